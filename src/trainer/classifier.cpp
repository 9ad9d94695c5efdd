#include "trainer/classifier.h"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "weights/stored_parameters.h"
#include "weights/tensor_io.h"
#include "weights/tensor_store.h"

namespace unfog {

namespace {

constexpr std::array<std::int64_t, 5> kWidths{24, 48, 96, 160, PictureClassifier::featureCount};
constexpr std::int64_t kGroups = 8;
constexpr double kEps = 1e-5;
constexpr const char* kNamesKey = "classes";

} // namespace

PictureClassifier::PictureClassifier(const Parameters& parameters, ClassNames names)
    : m_names(std::move(names)),
      m_objects(parameters / "objects", featureCount, static_cast<std::int64_t>(m_names.objects.size())),
      m_backgrounds(parameters / "backgrounds", featureCount,
                    static_cast<std::int64_t>(m_names.backgrounds.size())),
      m_styles(parameters / "styles", featureCount, static_cast<std::int64_t>(m_names.styles.size()))
{
    std::int64_t in = 3;
    for (std::size_t i = 0; i < kWidths.size(); ++i) {
        const Parameters level = parameters / "levels" / static_cast<int>(i);
        const std::int64_t width = kWidths[i];
        m_levels.push_back({Conv2d(level / "reduce", in, width, 3, 2, 1),
                            GroupNorm(level / "reduce_norm", width, kGroups, kEps),
                            Conv2d(level / "refine", width, width, 3, 1, 1),
                            GroupNorm(level / "refine_norm", width, kGroups, kEps)});
        in = width;
    }
}

PictureClassifier::Judgement PictureClassifier::operator()(const at::Tensor& pictures) const
{
    TORCH_CHECK(pictures.dim() == 4 && pictures.size(2) == sidePx && pictures.size(3) == sidePx,
                "the classifier judges pictures of ", sidePx, " x ", sidePx, ", not ", pictures.sizes());
    at::Tensor x = pictures;
    for (std::size_t i = 0; i < m_levels.size(); ++i) {
        const Level& level = m_levels[i];
        x = level.reduceNorm(level.reduce(x), Activation::Silu);
        // The first level is a quarter of the work already, and sees edges only.
        if (i > 0)
            x = x + level.refineNorm(level.refine(x), Activation::Silu);
    }
    const at::Tensor features = x.mean({2, 3});
    return {m_objects(features), m_backgrounds(features), m_styles(features), features};
}

Result<void> saveClassifier(const std::filesystem::path& file,
                            const std::map<std::string, at::Tensor>& weights, const ClassNames& names)
{
    const nlohmann::json classes{
        {"objects", names.objects}, {"backgrounds", names.backgrounds}, {"styles", names.styles}};
    return writeTensors(file, weights, {{kNamesKey, classes.dump()}});
}

Result<PictureClassifier> loadClassifier(const std::filesystem::path& file)
{
    auto store = TensorStore::open(file);
    if (!store)
        return tl::unexpected(store.error());
    const auto& metadata = store->files().front()->metadata();
    const auto found = metadata.find(kNamesKey);
    const nlohmann::json classes =
        found == metadata.end() ? nlohmann::json() : nlohmann::json::parse(found->second, nullptr, false);
    ClassNames names;
    try {
        names = {classes.at("objects"), classes.at("backgrounds"), classes.at("styles")};
    } catch (const nlohmann::json::exception&) {
        return fail(ErrorKind::BadFile,
                    file.string() + " is no picture classifier: it does not name its classes");
    }
    StoredParameters parameters(std::move(*store), "classifier", at::kFloat, at::kCPU);
    const at::NoGradGuard noGradient;
    PictureClassifier classifier{Parameters(parameters), std::move(names)};
    if (const auto finished = parameters.finish(); !finished)
        return tl::unexpected(finished.error());
    return classifier;
}

} // namespace unfog

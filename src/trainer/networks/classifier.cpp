#include "trainer/networks/classifier.h"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include <ATen/core/grad_mode.h>

#include "weights/files/tensor_io.h"
#include "weights/files/tensor_store.h"
#include "weights/parameters/stored_parameters.h"

namespace unfog {

namespace {

struct BlockShape {
    std::int64_t in, out, stride;
};
/// From 128 x 128 to 4 x 4. Where the map is large a second convolution costs more than it learns.
constexpr std::array<BlockShape, 7> kBlocks{
    {{3, 24, 2}, {24, 48, 2}, {48, 96, 2}, {96, 96, 1}, {96, 128, 2}, {128, 128, 1}, {128, 128, 2}}};
constexpr std::int64_t kLastSide = PictureClassifier::sidePx / 32;
constexpr std::int64_t kLastValues = kBlocks.back().out * kLastSide * kLastSide;
constexpr std::int64_t kGroups = 8;
constexpr double kEps = 1e-5;
constexpr const char* kNamesKey = "classes";

} // namespace

PictureClassifier::PictureClassifier(const Parameters& parameters, ClassNames names)
    : m_names(std::move(names)), m_features(parameters / "features", kLastValues, featureCount),
      m_objects(parameters / "objects", featureCount, static_cast<std::int64_t>(m_names.objects.size())),
      m_backgrounds(parameters / "backgrounds", featureCount,
                    static_cast<std::int64_t>(m_names.backgrounds.size())),
      m_styles(parameters / "styles", featureCount, static_cast<std::int64_t>(m_names.styles.size())),
      m_featureNorm(parameters / "feature_norm", featureCount, kEps)
{
    for (std::size_t i = 0; i < kBlocks.size(); ++i) {
        const Parameters block = parameters / "blocks" / static_cast<int>(i);
        const auto [in, out, stride] = kBlocks[i];
        m_blocks.push_back({Conv2d(block / "convolution", in, out, 3, stride, 1),
                            GroupNorm(block / "norm", out, kGroups, kEps), stride == 1});
    }
}

PictureClassifier::Judgement PictureClassifier::operator()(const at::Tensor& pictures) const
{
    TORCH_CHECK(pictures.dim() == 4 && pictures.size(2) == sidePx && pictures.size(3) == sidePx,
                "the classifier judges images of ", sidePx, " x ", sidePx, ", not ", pictures.sizes());
    at::Tensor x = pictures;
    for (const Block& block : m_blocks) {
        const at::Tensor y = block.norm(block.convolution(x), Activation::Silu);
        x = block.isResidual ? x + y : y;
    }
    // Places are kept, not averaged: the objects stand in the middle, and are learned far sooner so.
    const at::Tensor places = x.permute({0, 2, 3, 1}).reshape({x.size(0), kLastValues});
    const at::Tensor features = at::silu(m_featureNorm(m_features(places)));
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
                    file.string() + " is no image classifier: it does not name its classes");
    }
    StoredParameters parameters(std::move(*store), "classifier", at::kFloat, at::kCPU);
    const at::NoGradGuard noGradient;
    PictureClassifier classifier{Parameters(parameters), std::move(names)};
    if (const auto finished = parameters.finish(); !finished)
        return tl::unexpected(finished.error());
    return classifier;
}

} // namespace unfog

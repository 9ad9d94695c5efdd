#include <fstream>

#include "pipeline/run/guarded.h"
#include "replay/replay_models.h"

namespace unfog::replay {

namespace fs = std::filesystem;

NetworkTolerances tolerancesOn(const ComputeTarget& target)
{
    if (target.dtype == at::kHalf)
        return {1e-2, 3e-2, 0.0, 2e-2, true};
    if (target.dtype == at::kBFloat16)
        return {8e-2, 0.25, 0.0, 8e-2, true};
    return target.device.is_cuda() ? NetworkTolerances{1e-4, 5e-4, 1e-2, 4e-2} : NetworkTolerances{};
}

Result<fs::path> ModelShelf::find(const std::string& name) const
{
    std::string looked;
    for (const fs::path& folder : m_folders) {
        fs::path candidate = folder / name;
        std::error_code error;
        if (fs::is_regular_file(candidate, error) && fs::file_size(candidate, error) < 4096) {
            std::ifstream link(candidate);
            std::string target;
            std::getline(link, target);
            candidate = folder / target;
        }
        if (fs::is_directory(candidate, error))
            return candidate;
        looked += (looked.empty() ? "" : ", ") + candidate.string();
    }
    return fail(ErrorKind::BadFile, "model " + name + " was not found at " + looked);
}

Result<const LoadedModel*> ModelShelf::folderModel(const std::string& name)
{
    auto folder = find(name);
    if (!folder)
        return tl::unexpected(folder.error());
    return load(*folder, {});
}

Result<const LoadedModel*> ModelShelf::singleFileModel(const fs::path& file, const std::string& name)
{
    auto folder = find(name);
    if (!folder)
        return tl::unexpected(folder.error());
    return load(file, *folder / "tokenizer");
}

Result<const LoadedModel*> ModelShelf::load(const fs::path& path, const fs::path& tokenizer)
{
    if (const auto held = m_loaded.find(path); held != m_loaded.end())
        return held->second.get();
    auto model = guarded("loading", [&] { return loadModel(path, tokenizer, m_target, {}, {}); });
    if (!model)
        return tl::unexpected(model.error());
    return (m_loaded[path] = std::move(*model)).get();
}

} // namespace unfog::replay

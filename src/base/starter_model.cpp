#include "base/starter_model.h"

#include <system_error>

namespace unfog {

std::filesystem::path findStarterModel()
{
    namespace fs = std::filesystem;
    std::error_code error;
    const auto in = [&](const fs::path& folder) -> fs::path {
        for (const fs::path& candidate :
             {folder / "models" / "starter", folder / "share" / "unfog" / "models" / "starter"}) {
            if (fs::exists(candidate / "model_index.json", error))
                return fs::canonical(candidate, error);
        }
        return {};
    };
    fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
    for (; folder.has_relative_path(); folder = folder.parent_path()) {
        if (fs::path found = in(folder); !found.empty())
            return found;
    }
    return in(UNFOG_SOURCE_DIR);
}

} // namespace unfog

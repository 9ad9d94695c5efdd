#include <system_error>

#include "cli/commands.h"

namespace unfog::cli {

std::filesystem::path starterModel()
{
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    for (const fs::path& candidate :
         {program.parent_path().parent_path() / "share" / "unfog" / "models" / "starter",
          fs::path(UNFOG_SOURCE_DIR) / "models" / "starter"}) {
        if (fs::is_directory(candidate, error))
            return candidate;
    }
    return "models/starter";
}

} // namespace unfog::cli

#pragma once

#include <filesystem>

namespace unfog {

/// The folder of the model that comes with the program: `models/starter` or `share/unfog/models/starter` in
/// the folder of the program or the nearest one above it, else in the source tree that the program was built
/// from. Empty where there is none. All programs find the same one.
std::filesystem::path findStarterModel();

} // namespace unfog

#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace unfog {

/// The JSON object in a small file; an empty one where the file is absent. Errors: unreadable, no JSON
/// object.
Result<nlohmann::json> readJsonObject(const std::filesystem::path& file);

} // namespace unfog

#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/result.h"

namespace unfog {

/// Tensor name → file name of its shard.
using ShardIndex = std::map<std::string, std::string>;

/// Reads the `weight_map` of a `*.safetensors.index.json`. Refused: a tensor that is listed twice, and a
/// shard that is not the plain name of a .safetensors file (no folder, no "..", no absolute path).
Result<ShardIndex> readShardIndex(const std::filesystem::path& path);

} // namespace unfog

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "weights/files/safetensors_header.h"

namespace unfog {

struct TensorToWrite {
    Dtype dtype = Dtype::F32;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> bytes; ///< little-endian, row-major; exactly what dtype and shape need
};

using TensorsToWrite = std::map<std::string, TensorToWrite, std::less<>>;

/// Writes a file that `SafetensorsFile::open` accepts, to a temporary name in the same folder, flushed to the
/// disk and renamed: at every moment `path` is either the old file or the complete new one. The same input
/// gives the same bytes: wide dtypes first, then by name; the header is padded with spaces to a multiple
/// of 8. Errors: a name or metadata text that is not UTF-8, a byte count that does not fit the shape, the
/// disk.
Result<void> writeSafetensors(const std::filesystem::path& path, const TensorsToWrite& tensors,
                              const std::map<std::string, std::string>& metadata = {});

} // namespace unfog

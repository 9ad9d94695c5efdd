#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "weights/files/safetensors_file.h"

namespace unfog {

/// One tensor as a network sees it: all or some rows of a stored one, transposed where asked.
struct StoredTensor {
    std::shared_ptr<const SafetensorsFile> file;
    const TensorInfo* info = nullptr; ///< of the stored tensor, owned by `file`
    std::string storedName;
    std::int64_t firstRow = 0; ///< the part along dimension 0 …
    std::int64_t rows = -1;    ///< … −1: all of it
    bool transposed = false;   ///< of a matrix

    std::vector<std::int64_t> shape() const; ///< after the selection
};

/// How one name of ours comes from a stored one.
struct KeyMapping {
    std::string name;
    std::string storedName;
    std::int64_t firstRow = 0;
    std::int64_t rows = -1;
    bool transposed = false;

    bool operator==(const KeyMapping&) const = default;
};

/// One or many safetensors files as one index from names to tensors. A value: copies share the open files.
class TensorStore final {
public:
    TensorStore() = default;

    static Result<TensorStore> open(const std::filesystem::path& file);

    /// The weights of one component of a diffusers folder: `baseName`.safetensors, else its shards by
    /// `baseName`.safetensors.index.json, else the same in the fp16 variant. `baseName` is "model" for text
    /// encoders and "diffusion_pytorch_model" otherwise. Shards must be plain names in the same folder, and
    /// every tensor in exactly the shard that the index says. A folder with only pickle files is refused with
    /// the reason.
    static Result<TensorStore> openComponent(const std::filesystem::path& folder,
                                             const std::string& baseName);

    const std::map<std::string, StoredTensor, std::less<>>& tensors() const { return m_tensors; }
    const StoredTensor* find(std::string_view name) const; ///< null when absent
    bool has(std::string_view name) const { return find(name) != nullptr; }

    /// The same files under other names. Every `storedName` must be in this store, and rows must be in range.
    TensorStore view(const std::vector<KeyMapping>& mappings) const;

    const std::vector<std::shared_ptr<const SafetensorsFile>>& files() const { return m_files; }
    std::string description() const;  ///< the file, or the first of them and how many
    std::uint64_t valueCount() const; ///< parameters in all tensors of this view

    /// An error once a file is no longer the one that was opened.
    Result<void> unchanged() const;

    /// `SafetensorsFile::headerSha256`; of several files, the SHA-256 of those texts in the order of the file
    /// names.
    std::string headerSha256() const;

private:
    static Result<TensorStore> openShards(const std::filesystem::path& index);

    std::vector<std::shared_ptr<const SafetensorsFile>> m_files;
    std::map<std::string, StoredTensor, std::less<>> m_tensors;
};

} // namespace unfog

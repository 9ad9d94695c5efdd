#include "weights/files/tensor_store.h"

#include <algorithm>
#include <cassert>
#include <set>

#include "base/sha256.h"
#include "weights/files/shard_index.h"

namespace unfog {
namespace {

namespace fs = std::filesystem;

bool isPickleName(const fs::path& path)
{
    std::string extension = path.extension().string();
    return extension == ".bin" || extension == ".ckpt" || extension == ".pt" || extension == ".pth";
}

bool isThere(const fs::path& path)
{
    std::error_code ignored;
    return fs::exists(path, ignored);
}

/// "diffusion_pytorch_model" and, as they are in the folder, "diffusion_pytorch_model.bf16" …: the plain one
/// first, then fp16, then the others by name.
std::vector<std::string> variantsOf(const fs::path& folder, const std::string& baseName)
{
    std::set<std::string> others;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::string name = entry->path().filename().string();
        if (!name.starts_with(baseName + '.'))
            continue;
        for (const char* ending : {".safetensors.index.json", ".safetensors"}) {
            if (!name.ends_with(ending))
                continue;
            name.resize(name.size() - std::string(ending).size());
            // A shard is no variant: "….bf16-00001-of-00002".
            if (name.size() > baseName.size() && name.find("-of-") == std::string::npos)
                others.insert(name);
            break;
        }
    }
    others.erase(baseName + ".fp16");
    std::vector<std::string> stems = {baseName, baseName + ".fp16"};
    stems.insert(stems.end(), others.begin(), others.end());
    return stems;
}

} // namespace

std::vector<std::int64_t> StoredTensor::shape() const
{
    std::vector<std::int64_t> shape = info->shape;
    if (rows >= 0)
        shape.front() = rows;
    if (transposed)
        std::reverse(shape.begin(), shape.end());
    return shape;
}

Result<TensorStore> TensorStore::open(const fs::path& path)
{
    Result<std::shared_ptr<const SafetensorsFile>> file = SafetensorsFile::open(path);
    if (!file)
        return tl::unexpected(file.error());
    TensorStore store;
    for (const auto& [name, info] : (*file)->tensors())
        store.m_tensors.emplace(name, StoredTensor{*file, &info, name});
    store.m_files.push_back(std::move(*file));
    return store;
}

Result<TensorStore> TensorStore::openComponent(const fs::path& folder, const std::string& baseName)
{
    for (const std::string& stem : variantsOf(folder, baseName)) {
        if (fs::path file = folder / (stem + ".safetensors"); isThere(file))
            return open(file);
        // Both spellings of the variant's index are in use.
        for (const std::string& index :
             {stem + ".safetensors.index.json",
              baseName + ".safetensors.index" + stem.substr(baseName.size()) + ".json"})
            if (isThere(folder / index))
                return openShards(folder / index);
    }
    std::error_code error;
    std::string pickle;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        if (isPickleName(entry->path()))
            pickle = std::max(pickle, entry->path().filename().string());
    if (!pickle.empty())
        return fail(ErrorKind::Unsupported,
                    folder.string() + " has only " + pickle +
                        ": pickle can run code, so it is never opened; convert to safetensors");
    return fail(ErrorKind::BadFile, folder.string() + " has no weights: expected " + baseName +
                                        ".safetensors, " + baseName +
                                        ".safetensors.index.json or a variant of one, such as .fp16" +
                                        (error ? " (" + error.message() + ")" : ""));
}

Result<TensorStore> TensorStore::openShards(const fs::path& indexPath)
{
    Result<ShardIndex> index = readShardIndex(indexPath);
    if (!index)
        return tl::unexpected(index.error());
    std::set<std::string> shardNames;
    for (const auto& [tensor, shard] : *index)
        shardNames.insert(shard);

    TensorStore store;
    for (const std::string& shardName : shardNames) {
        fs::path shardPath = indexPath.parent_path() / shardName;
        if (!isThere(shardPath))
            return fail(ErrorKind::BadFile, indexPath.string() + " names the shard " + quotedName(shardName) +
                                                ", which is missing in the folder");
        Result<TensorStore> shard = open(shardPath);
        if (!shard)
            return shard;
        for (auto& [name, tensor] : shard->m_tensors) {
            auto expected = index->find(name);
            if (expected == index->end() || expected->second != shardName)
                return fail(ErrorKind::BadFile,
                            shardPath.string() + " has tensor " + quotedName(name) + ", which " +
                                indexPath.filename().string() +
                                (expected == index->end() ? " does not list"
                                                          : " places in " + quotedName(expected->second)));
            store.m_tensors.emplace(name, std::move(tensor));
        }
        store.m_files.push_back(shard->m_files.front());
    }
    for (const auto& [name, shard] : *index)
        if (!store.has(name))
            return fail(ErrorKind::BadFile, indexPath.string() + " places tensor " + quotedName(name) +
                                                " in " + quotedName(shard) + ", which does not have it");
    return store;
}

const StoredTensor* TensorStore::find(std::string_view name) const
{
    auto found = m_tensors.find(name);
    return found == m_tensors.end() ? nullptr : &found->second;
}

TensorStore TensorStore::view(const std::vector<KeyMapping>& mappings) const
{
    TensorStore result;
    result.m_files = m_files;
    for (const KeyMapping& mapping : mappings) {
        const StoredTensor* stored = find(mapping.storedName);
        assert(stored && "a key map names a tensor that is not in the store");
        assert((mapping.rows < 0 || stored->rows < 0) && "rows of rows are not needed");
        StoredTensor tensor = *stored;
        tensor.transposed = stored->transposed != mapping.transposed;
        if (mapping.rows >= 0) {
            assert(!stored->info->shape.empty() &&
                   mapping.firstRow + mapping.rows <= stored->info->shape.front());
            tensor.firstRow = mapping.firstRow;
            tensor.rows = mapping.rows;
        }
        assert(!tensor.transposed || tensor.info->shape.size() == 2);
        result.m_tensors.insert_or_assign(mapping.name, std::move(tensor));
    }
    return result;
}

std::string TensorStore::description() const
{
    if (m_files.empty())
        return "no file";
    std::string text = m_files.front()->path().string();
    return m_files.size() == 1 ? text
                               : text + " and " + std::to_string(m_files.size() - 1) + " further shards";
}

std::uint64_t TensorStore::valueCount() const
{
    std::uint64_t count = 0;
    for (const auto& [name, tensor] : m_tensors) {
        std::uint64_t values = 1;
        for (std::int64_t dimension : tensor.shape())
            values *= static_cast<std::uint64_t>(dimension);
        count += values;
    }
    return count;
}

Result<void> TensorStore::unchanged() const
{
    for (const auto& file : m_files)
        if (Result<void> same = file->unchanged(); !same)
            return same;
    return {};
}

std::string TensorStore::headerSha256() const
{
    if (m_files.size() == 1)
        return m_files.front()->headerSha256();
    Sha256 hash;
    for (const auto& file : m_files) {
        std::string text = file->headerSha256();
        hash.update(std::as_bytes(std::span(text)));
    }
    return m_files.empty() ? std::string() : hash.finishHex();
}

} // namespace unfog

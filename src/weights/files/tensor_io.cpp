#include "weights/files/tensor_io.h"

#include <array>
#include <atomic>
#include <mutex>
#include <utility>

#include <ATen/Parallel.h>

#include "weights/files/safetensors_writer.h"

namespace unfog {
namespace {

constexpr std::array<std::pair<Dtype, at::ScalarType>, 10> kTypes{{
    {Dtype::F64, at::kDouble},
    {Dtype::F32, at::kFloat},
    {Dtype::F16, at::kHalf},
    {Dtype::BF16, at::kBFloat16},
    {Dtype::I64, at::kLong},
    {Dtype::I32, at::kInt},
    {Dtype::I16, at::kShort},
    {Dtype::I8, at::kChar},
    {Dtype::U8, at::kByte},
    {Dtype::Bool, at::kBool},
}};

tl::unexpected<Error> unsupported(const SafetensorsFile& file, const std::string& name, Dtype dtype)
{
    return fail(ErrorKind::Unsupported,
                file.path().string() + " has tensor " + quotedName(name) + " of dtype " +
                    std::string(dtypeName(dtype)) +
                    "; supported are F64, F32, F16, BF16, I64, I32, I16, I8, U8 and BOOL");
}

tl::unexpected<Error> absent(const SafetensorsFile& file, const std::string& name)
{
    return fail(ErrorKind::BadFile, file.path().string() + " has no tensor " + quotedName(name));
}

// Reading by several threads: one alone copies from the page cache at a third of the memory's speed.
Result<void> readParallel(const SafetensorsFile& file, const TensorInfo& info, std::uint64_t firstByte,
                          std::span<std::byte> into)
{
    constexpr std::int64_t kGrainBytes = 4 << 20;
    std::mutex mutex;
    Result<void> result;
    at::parallel_for(
        0, static_cast<std::int64_t>(into.size()), kGrainBytes, [&](std::int64_t begin, std::int64_t end) {
            std::size_t first = static_cast<std::size_t>(begin);
            Result<void> part = file.read(info, firstByte + first,
                                          into.subspan(first, static_cast<std::size_t>(end - begin)));
            if (!part) {
                std::lock_guard lock(mutex);
                result = part;
            }
        });
    return result;
}

} // namespace

std::optional<at::ScalarType> scalarTypeOf(Dtype dtype)
{
    for (const auto& [ours, torch] : kTypes)
        if (ours == dtype)
            return torch;
    return std::nullopt;
}

std::optional<Dtype> dtypeOf(at::ScalarType type)
{
    for (const auto& [ours, torch] : kTypes)
        if (torch == type)
            return ours;
    return std::nullopt;
}

Result<at::Tensor> readTensor(const StoredTensor& tensor)
{
    std::optional<at::ScalarType> type = scalarTypeOf(tensor.info->dtype);
    if (!type)
        return unsupported(*tensor.file, tensor.storedName, tensor.info->dtype);
    std::vector<std::int64_t> shape = tensor.info->shape;
    std::uint64_t firstByte = 0;
    if (tensor.rows >= 0) {
        std::uint64_t allRows = static_cast<std::uint64_t>(shape.front());
        firstByte =
            allRows == 0 ? 0 : tensor.info->byteCount / allRows * static_cast<std::uint64_t>(tensor.firstRow);
        shape.front() = tensor.rows;
    }
    at::Tensor values = at::empty(shape, at::TensorOptions().dtype(*type));
    std::span<std::byte> into(static_cast<std::byte*>(values.data_ptr()), values.nbytes());
    if (Result<void> read = readParallel(*tensor.file, *tensor.info, firstByte, into); !read)
        return tl::unexpected(read.error());
    return tensor.transposed ? values.t() : values;
}

Result<at::Tensor> readTensor(const SafetensorsFile& file, const std::string& name)
{
    const TensorInfo* info = file.find(name);
    if (!info)
        return absent(file, name);
    // The tensor is only borrowed for the call, so the file needs no owner here.
    std::shared_ptr<const SafetensorsFile> borrowed(std::shared_ptr<const SafetensorsFile>(), &file);
    return readTensor(StoredTensor{borrowed, info, name});
}

Result<std::map<std::string, at::Tensor>> readTensors(const std::filesystem::path& path)
{
    Result<std::shared_ptr<const SafetensorsFile>> file = SafetensorsFile::open(path);
    if (!file)
        return tl::unexpected(file.error());
    std::map<std::string, at::Tensor> tensors;
    for (const auto& [name, info] : (*file)->tensors()) {
        Result<at::Tensor> tensor = readTensor(**file, name);
        if (!tensor)
            return tl::unexpected(tensor.error());
        tensors.emplace(name, std::move(*tensor));
    }
    return tensors;
}

Result<void> writeTensors(const std::filesystem::path& path, const std::map<std::string, at::Tensor>& tensors,
                          const std::map<std::string, std::string>& metadata)
{
    std::vector<at::Tensor> onCpu; // owns the bytes until they are written
    TensorsToWrite toWrite;
    for (const auto& [name, tensor] : tensors) {
        std::optional<Dtype> dtype = dtypeOf(tensor.scalar_type());
        if (!dtype)
            return fail(ErrorKind::Unsupported, path.string() + " cannot be written: tensor " +
                                                    quotedName(name) + " has the LibTorch type " +
                                                    c10::toString(tensor.scalar_type()));
        const at::Tensor& plain = onCpu.emplace_back(tensor.detach().to(at::kCPU).contiguous());
        toWrite[name] = {
            *dtype, plain.sizes().vec(), {static_cast<const std::byte*>(plain.data_ptr()), plain.nbytes()}};
    }
    return writeSafetensors(path, toWrite, metadata);
}

} // namespace unfog

#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <ATen/ATen.h>

#include "base/result.h"
#include "weights/files/safetensors_file.h"
#include "weights/files/tensor_store.h"

/// Stored tensors as at::Tensor and back. F64, F32, F16, BF16, I64, I32, I16, I8, U8 and BOOL; the other
/// dtypes of the format are an Unsupported error that names the dtype. Everything here is on the CPU.
namespace unfog {

std::optional<at::ScalarType> scalarTypeOf(Dtype dtype);
std::optional<Dtype> dtypeOf(at::ScalarType type);

/// A copy of one tensor, of one as a network sees it, and of all of a file.
Result<at::Tensor> readTensor(const SafetensorsFile& file, const std::string& name);
Result<at::Tensor> readTensor(const StoredTensor& tensor);
Result<std::map<std::string, at::Tensor>> readTensors(const std::filesystem::path& path);

/// As writeSafetensors; tensors of any device and layout.
Result<void> writeTensors(const std::filesystem::path& path, const std::map<std::string, at::Tensor>& tensors,
                          const std::map<std::string, std::string>& metadata = {});

} // namespace unfog

#include "pipeline/model/memory_plan.h"

#include <algorithm>
#include <fstream>
#include <limits>

#include "networks/autoencoder/autoencoder.h"
#include "networks/kernels/kernels.h"
#include "networks/kernels/kernels_switches.h"
#include "networks/layers/memory_estimate.h"
#include "pipeline/device/cuda_support.h"

namespace unfog {

namespace {

bool usesOwnKernels(const ComputeTarget& target)
{
    return target.device.is_cpu() && kernels::isOn(kernels::FastPath::Kernels);
}

std::int64_t bytesPerNumber(const ComputeTarget& target)
{
    return target.device.is_cpu() || target.dtype == at::kFloat ? 4 : 2;
}

/// As the network holds it.
std::int64_t weightBytes(const StoredTensor& tensor, const ComputeTarget& target)
{
    const std::vector<std::int64_t> shape = tensor.shape();
    std::int64_t numbers = 1;
    for (const std::int64_t size : shape)
        numbers *= size;
    const bool isMatrix = shape.size() >= 2;
    std::int64_t width = bytesPerNumber(target);
    if (target.device.is_cpu() && isMatrix) {
        const bool storedNarrow = tensor.info->dtype == Dtype::F16 || tensor.info->dtype == Dtype::BF16;
        width = target.dtype != at::kFloat || (storedNarrow && usesOwnKernels(target)) ? 2 : 4;
        if (usesOwnKernels(target))
            numbers =
                numbers / std::max<std::int64_t>(shape.front(), 1) *
                ((shape.front() + kernels::panelColumns - 1) / kernels::panelColumns * kernels::panelColumns);
    }
    return numbers * width;
}

std::int64_t weightBytes(const CheckpointPart& part, const ComputeTarget& target,
                         const std::string& prefix = {})
{
    std::int64_t bytes = 0;
    for (const auto& [name, tensor] : part.store.tensors())
        if (name.starts_with(prefix))
            bytes += weightBytes(tensor, target);
    return bytes;
}

std::int64_t encoderBytes(const ModelFiles& files, const ComputeTarget& target)
{
    const Checkpoint& checkpoint = files.checkpoint;
    return weightBytes(checkpoint.textEncoder, target) +
           (checkpoint.textEncoder2 ? weightBytes(*checkpoint.textEncoder2, target) : 0);
}

/// In the order in which a pass visits them.
std::vector<std::int64_t> unetBlockBytes(const ModelFiles& files, const ComputeTarget& target)
{
    const CheckpointPart& unet = files.checkpoint.unet;
    const std::size_t levels = files.unetConfig.levels.size();
    std::vector<std::int64_t> bytes;
    for (std::size_t i = 0; i < levels; ++i)
        bytes.push_back(weightBytes(unet, target, "down_blocks." + std::to_string(i) + "."));
    bytes.push_back(weightBytes(unet, target, "mid_block."));
    for (std::size_t i = 0; i < levels; ++i)
        bytes.push_back(weightBytes(unet, target, "up_blocks." + std::to_string(i) + "."));
    return bytes;
}

} // namespace

std::string describe(MemoryStage stage)
{
    switch (stage) {
    case MemoryStage::Plain:
        return "everything stayed in memory";
    case MemoryStage::TiledDecode:
        return "the image was decoded in tiles";
    case MemoryStage::EncodersAway:
        return "the text encoders left memory after use";
    case MemoryStage::StreamedUnet:
        return "the UNet's blocks came into memory one by one";
    }
    return {};
}

ComputeTarget encoderTarget(const ComputeTarget& target, MemoryStage stage)
{
    return target.device.is_cuda() && stage >= MemoryStage::EncodersAway ? ComputeTarget() : target;
}

MemoryEstimate estimateMemory(const ModelFiles& files, const ComputeTarget& target, const RunShape& shape,
                              MemoryStage stage)
{
    const ComputeTarget decodes = autoencoderTarget(files, target);
    const std::int64_t scale = files.vaeConfig.scale();
    TensorShapes sampled;
    sampled.rows = std::int64_t{shape.images} * (shape.guided ? 2 : 1);
    sampled.height = shape.heightPx / scale;
    sampled.width = shape.widthPx / scale;
    sampled.bytesPerNumber = bytesPerNumber(target);
    sampled.ownKernels = usesOwnKernels(target);
    TensorShapes decoded = sampled;
    decoded.rows = 1;
    decoded.bytesPerNumber = bytesPerNumber(decodes);
    if (stage >= MemoryStage::TiledDecode) {
        decoded.height = std::min<std::int64_t>(decoded.height, TilePlan().side);
        decoded.width = std::min<std::int64_t>(decoded.width, TilePlan().side);
    }

    const bool encodesElsewhere = encoderTarget(target, stage).device != target.device;
    const std::int64_t encoders = encodesElsewhere ? 0 : encoderBytes(files, target);
    const std::vector<std::int64_t> blocks = unetBlockBytes(files, target);
    std::int64_t unet = weightBytes(files.checkpoint.unet, target);
    const bool streams = stage == MemoryStage::StreamedUnet;
    if (streams)
        for (const std::int64_t block : blocks)
            unet -= block;

    MemoryEstimate estimate;
    const bool keepsEncoders = stage < MemoryStage::EncodersAway;
    estimate.weightBytes = unet + weightBytes(files.checkpoint.vae, decodes) + (keepsEncoders ? encoders : 0);
    const std::int64_t tokens = files.textConfigs.front().positions;
    const std::int64_t sampling =
        unetTensorBytes(files.unetConfig, sampled, tokens, streams ? blocks : std::vector<std::int64_t>());
    const std::int64_t decoding = decoderTensorBytes(files.vaeConfig, decoded);
    estimate.peakBytes =
        estimate.weightBytes + std::max({sampling, decoding, keepsEncoders ? std::int64_t{0} : encoders});
    return estimate;
}

MemoryStage planMemory(const ModelFiles& files, const ComputeTarget& target, const RunShape& shape,
                       std::int64_t availableBytes)
{
    for (const MemoryStage stage : {MemoryStage::Plain, MemoryStage::TiledDecode, MemoryStage::EncodersAway})
        if (estimateMemory(files, target, shape, stage).peakBytes <= availableBytes / 10 * 9)
            return stage;
    return MemoryStage::StreamedUnet;
}

std::int64_t freeMemoryBytes(const ComputeTarget& target)
{
    if (target.device.is_cuda()) {
        if (const auto memory = cuda::memory(target.device.index()))
            return static_cast<std::int64_t>(memory->freeBytes);
        return std::numeric_limits<std::int64_t>::max();
    }
    std::ifstream file("/proc/meminfo");
    for (std::string name, unit; file >> name;) {
        std::int64_t kibibytes = 0;
        if (name == "MemAvailable:" && file >> kibibytes)
            return kibibytes * 1024;
        std::getline(file, unit);
    }
    return std::numeric_limits<std::int64_t>::max();
}

} // namespace unfog

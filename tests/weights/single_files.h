#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <ATen/ATen.h>

/// Single-file checkpoints made for tests, by ways of their own that do not use the key maps under test.
namespace unfog::testing {

using Tensors = std::map<std::string, at::Tensor>;

inline std::filesystem::path referenceModel(const std::string& name)
{
    return std::filesystem::path(UNFOG_REFERENCE_DIR) / "models" / name;
}

/// The tensors of one component of a reference model.
Tensors componentTensors(const std::string& model, const std::string& component);

/// The recorded single file of tiny-sd15, put together again: the recipe says for each of its names which
/// tensor of the folder has the same bytes (found by comparing the recording's contents), and its shape.
Tensors recordedSingleFile();

/// A UNet of a reference model under the names of the original code, by that code's numbering of blocks.
Tensors ldmUnet(const Tensors& diffusers, int layersPerBlock);
Tensors ldmVae(const Tensors& diffusers, int levels);
/// With fused query, key and value, and `text_projection` where the encoder has one.
Tensors openClipText(const Tensors& transformers);

/// Names and shapes of a published size.
using Shapes = std::map<std::string, std::vector<std::int64_t>>;

struct LdmUnetSize {
    std::int64_t channels = 320;
    std::vector<std::int64_t> multipliers{1, 2, 4, 4};
    std::vector<std::int64_t> transformerDepth{1, 1, 1, 0}; ///< by level, 0 = no attention
    std::int64_t middleDepth = 1;
    std::int64_t context = 768;
    bool linear = false;
    std::int64_t addedFeatures = 0; ///< XL
};
/// Of Stable Diffusion XL.
inline LdmUnetSize xlUnetSize()
{
    LdmUnetSize size;
    size.multipliers = {1, 2, 4};
    size.transformerDepth = {0, 2, 10};
    size.middleDepth = 10;
    size.context = 2048;
    size.linear = true;
    size.addedFeatures = 2816;
    return size;
}
Shapes ldmUnetShapes(const LdmUnetSize& size, const std::string& prefix);
Shapes ldmVaeShapes(const std::string& prefix);
Shapes clipTextShapes(std::int64_t features, std::int64_t layers, const std::string& prefix);
Shapes openClipTextShapes(std::int64_t features, std::int64_t layers, const std::string& prefix);

/// A float16 file of these shapes whose data are a hole: it takes no room on the disk.
void writeSparseFile(const std::filesystem::path& path, const Shapes& shapes);

} // namespace unfog::testing

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "base/result.h"
#include "networks/layers/layers.h"
#include "weights/parameters/parameters.h"

/// A small convolutional network that says what a starter picture shows. It judges generated pictures.
namespace unfog {

struct ClassNames {
    std::vector<std::string> objects;
    std::vector<std::string> backgrounds;
    std::vector<std::string> styles;

    bool operator==(const ClassNames&) const = default;
};

class PictureClassifier final {
public:
    static constexpr std::int64_t sidePx = 128;
    static constexpr std::int64_t featureCount = 256;

    struct Judgement {
        at::Tensor objects;     ///< [batch, objects], logits
        at::Tensor backgrounds; ///< [batch, backgrounds], logits; means nothing for a blueprint
        at::Tensor styles;      ///< [batch, styles], logits
        at::Tensor features;    ///< [batch, featureCount], from which the logits are linear
    };

    PictureClassifier(const Parameters& parameters, ClassNames names);

    const ClassNames& names() const { return m_names; }

    /// pictures: [batch, 3, sidePx, sidePx] in [−1, 1].
    Judgement operator()(const at::Tensor& pictures) const;

private:
    struct Block {
        Conv2d convolution;
        GroupNorm norm;
        bool isResidual = false;
    };

    ClassNames m_names;
    std::vector<Block> m_blocks;
    Linear m_features, m_objects, m_backgrounds, m_styles;
    LayerNorm m_featureNorm;
};

/// One safetensors file with the weights, and the class names in its metadata.
Result<void> saveClassifier(const std::filesystem::path& file,
                            const std::map<std::string, at::Tensor>& weights, const ClassNames& names);

/// Float32 on the CPU. BadFile: no classifier of ours, or of other shapes.
Result<PictureClassifier> loadClassifier(const std::filesystem::path& file);

} // namespace unfog

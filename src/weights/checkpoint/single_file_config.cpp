#include "weights/checkpoint/single_file_config.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace unfog {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMaxLevels = 16;
constexpr std::int64_t kFeaturesPerHead = 64;

// Shapes of one component; remembers the first tensor that is missing or has another rank.
class Shapes final {
public:
    explicit Shapes(const TensorStore& store) : m_store(store) {}

    std::int64_t dimension(const std::string& name, std::size_t index)
    {
        const StoredTensor* tensor = m_store.find(name);
        std::vector<std::int64_t> shape = tensor ? tensor->shape() : std::vector<std::int64_t>{};
        if (index < shape.size() && shape[index] > 0)
            return shape[index];
        if (m_problem.empty())
            m_problem = tensor ? "tensor " + quotedName(name) + " has " + std::to_string(shape.size()) +
                                     " dimensions; expected more than " + std::to_string(index) +
                                     ", none of them 0"
                               : "tensor " + quotedName(name) + " is missing";
        return 1;
    }

    // How many of base + "0" + rest, base + "1" + rest, … there are.
    std::int64_t count(const std::string& base, const std::string& rest) const
    {
        std::int64_t n = 0;
        while (m_store.has(std::string(base).append(std::to_string(n)).append(rest)))
            ++n;
        return n;
    }

    bool has(const std::string& name) const { return m_store.has(name); }

    void refuse(const std::string& problem)
    {
        if (m_problem.empty())
            m_problem = problem;
    }

    Result<std::string> finish(const Json& json, const char* component) const
    {
        if (m_problem.empty())
            return json.dump(2);
        return fail(ErrorKind::Unsupported, std::string("the ") + component + " of " + m_store.description() +
                                                " cannot be understood from its shapes: " + m_problem);
    }

private:
    const TensorStore& m_store;
    std::string m_problem;
};

std::int64_t headsOf64(Shapes& shapes, std::int64_t features)
{
    if (features % kFeaturesPerHead != 0)
        shapes.refuse("the number of attention heads is not stored, and " + std::to_string(features) +
                      " features are not a multiple of 64 as in the published models");
    return std::max<std::int64_t>(features / kFeaturesPerHead, 1);
}

Json oneForAll(const std::vector<std::int64_t>& values)
{
    bool same =
        std::all_of(values.begin(), values.end(), [&](std::int64_t v) { return v == values.front(); });
    return same ? Json(values.front()) : Json(values);
}

std::int64_t transformerDepth(const Shapes& shapes, const std::string& block)
{
    return shapes.count(block + "attentions.0.transformer_blocks.", ".norm1.weight");
}

std::int64_t nativeLatentSize(ModelFamily family)
{
    return family == ModelFamily::Sd1 ? 64 : family == ModelFamily::Sd2 ? 96 : 128;
}

} // namespace

Result<std::string> inferUnetConfig(const TensorStore& unet, ModelFamily family,
                                    std::int64_t pooledTextFeatures)
{
    Shapes shapes(unet);
    std::int64_t levels = shapes.count("down_blocks.", ".resnets.0.conv1.weight");
    if (levels == 0 || levels > kMaxLevels) {
        shapes.refuse("it has " + std::to_string(levels) + " levels; expected 1 to " +
                      std::to_string(kMaxLevels));
        return shapes.finish(Json(), "UNet");
    }
    std::vector<std::int64_t> channels, layers, depths, heads;
    Json downTypes = Json::array(), upTypes = Json::array();
    for (std::int64_t level = 0; level < levels; ++level) {
        std::string down = "down_blocks." + std::to_string(level) + ".";
        std::string up = "up_blocks." + std::to_string(level) + ".";
        channels.push_back(shapes.dimension(down + "resnets.0.conv1.weight", 0));
        layers.push_back(shapes.count(down + "resnets.", ".conv1.weight"));
        depths.push_back(transformerDepth(shapes, down));
        downTypes.push_back(depths.back() > 0 ? "CrossAttnDownBlock2D" : "DownBlock2D");
        upTypes.push_back(transformerDepth(shapes, up) > 0 ? "CrossAttnUpBlock2D" : "UpBlock2D");
    }
    // The middle block takes the depth of the last level, also where that level has no attention of its own.
    std::int64_t middleDepth = transformerDepth(shapes, "mid_block.");
    if (middleDepth == 0)
        shapes.refuse("its middle block has no attention");
    if (depths.back() == 0)
        depths.back() = middleDepth;
    if (depths.back() != middleDepth)
        shapes.refuse("its middle block has " + std::to_string(middleDepth) +
                      " transformer layers; expected " + std::to_string(depths.back()) +
                      " as in the last level");
    for (std::int64_t level = 0; level < levels; ++level) {
        bool attends = downTypes[level] == "CrossAttnDownBlock2D" ||
                       upTypes[levels - 1 - level] == "CrossAttnUpBlock2D" || level + 1 == levels;
        heads.push_back(family == ModelFamily::Sd1 ? 8 : attends ? headsOf64(shapes, channels[level]) : 1);
        depths[level] = std::max<std::int64_t>(depths[level], 1);
    }
    std::int64_t inChannels = shapes.dimension("conv_in.weight", 1);
    std::int64_t outChannels = shapes.dimension("conv_out.weight", 0);
    if (inChannels != outChannels)
        shapes.refuse("it takes " + std::to_string(inChannels) + " channels and gives " +
                      std::to_string(outChannels) +
                      ", as models for inpainting, depth or editing do; expected equally many");
    std::string middle = "mid_block.attentions.0.";
    std::string crossKey = middle + "transformer_blocks.0.attn2.to_k.weight";

    Json json{{"_class_name", "UNet2DConditionModel"},
              {"sample_size", nativeLatentSize(family)},
              {"in_channels", inChannels},
              {"out_channels", outChannels},
              {"block_out_channels", channels},
              {"layers_per_block", oneForAll(layers)},
              {"down_block_types", downTypes},
              {"mid_block_type", "UNetMidBlock2DCrossAttn"},
              {"up_block_types", upTypes},
              {"attention_head_dim", oneForAll(heads)},
              {"cross_attention_dim", shapes.dimension(crossKey, 1)},
              {"transformer_layers_per_block", oneForAll(depths)},
              {"use_linear_projection", !shapes.has(middle + "proj_in.weight") ||
                                            unet.find(middle + "proj_in.weight")->shape().size() == 2},
              {"norm_num_groups", 32},
              {"act_fn", "silu"}};
    if (family == ModelFamily::SdXl) {
        // Pooled text and six sizes, each as a sinusoid of so many features (Podell et al. 2023,
        // section 2.2).
        std::int64_t inputs = shapes.dimension("add_embedding.linear_1.weight", 1);
        std::int64_t sizes = inputs - pooledTextFeatures;
        if (sizes <= 0 || sizes % 12 != 0)
            shapes.refuse("its added conditioning has " + std::to_string(inputs) + " features; expected " +
                          std::to_string(pooledTextFeatures) + " of pooled text and six even parts");
        json["addition_embed_type"] = "text_time";
        json["addition_time_embed_dim"] = sizes / 6;
        json["projection_class_embeddings_input_dim"] = inputs;
    }
    return shapes.finish(json, "UNet");
}

Result<std::string> inferVaeConfig(const TensorStore& vae, ModelFamily family)
{
    Shapes shapes(vae);
    std::int64_t levels = shapes.count("decoder.up_blocks.", ".resnets.0.conv1.weight");
    if (levels == 0 || levels > kMaxLevels) {
        shapes.refuse("it has " + std::to_string(levels) + " levels; expected 1 to " +
                      std::to_string(kMaxLevels));
        return shapes.finish(Json(), "autoencoder");
    }
    std::vector<std::int64_t> channels;
    // Counted in the decoder, since a file may carry that half alone.
    for (std::int64_t level = 0; level < levels; ++level)
        channels.push_back(shapes.dimension(
            "decoder.up_blocks." + std::to_string(levels - 1 - level) + ".resnets.0.conv1.weight", 0));
    std::int64_t decoderLayers = shapes.count("decoder.up_blocks.0.resnets.", ".conv1.weight");
    if (decoderLayers < 2)
        shapes.refuse("its decoder has " + std::to_string(decoderLayers) +
                      " blocks a level; expected at least 2");

    bool attention = shapes.has("decoder.mid_block.attentions.0.to_q.weight");
    Json json{{"_class_name", "AutoencoderKL"},
              {"in_channels", shapes.dimension("decoder.conv_out.weight", 0)},
              {"out_channels", shapes.dimension("decoder.conv_out.weight", 0)},
              {"latent_channels", shapes.dimension("decoder.conv_in.weight", 1)},
              {"block_out_channels", channels},
              {"layers_per_block", decoderLayers - 1},
              {"down_block_types", Json(std::vector<std::string>(channels.size(), "DownEncoderBlock2D"))},
              {"up_block_types", Json(std::vector<std::string>(channels.size(), "UpDecoderBlock2D"))},
              {"mid_block_add_attention", attention},
              {"norm_num_groups", 32},
              {"act_fn", "silu"},
              {"sample_size", nativeLatentSize(family) * 8},
              {"scaling_factor", family == ModelFamily::SdXl ? 0.13025 : 0.18215},
              {"use_quant_conv", shapes.has("quant_conv.weight")},
              {"use_post_quant_conv", shapes.has("post_quant_conv.weight")},
              {"force_upcast", true}};
    return shapes.finish(json, "autoencoder");
}

Result<std::string> inferTextConfig(const TensorStore& text, bool openClip)
{
    Shapes shapes(text);
    std::string tokens = "text_model.embeddings.token_embedding.weight";
    std::int64_t features = shapes.dimension(tokens, 1);
    bool projection = openClip && shapes.has("text_projection.weight");
    Json json{
        {"model_type", "clip_text_model"},
        {"architectures", Json::array({projection ? "CLIPTextModelWithProjection" : "CLIPTextModel"})},
        {"vocab_size", shapes.dimension(tokens, 0)},
        {"max_position_embeddings", shapes.dimension("text_model.embeddings.position_embedding.weight", 0)},
        {"hidden_size", features},
        {"intermediate_size", shapes.dimension("text_model.encoder.layers.0.mlp.fc1.weight", 0)},
        {"num_hidden_layers", shapes.count("text_model.encoder.layers.", ".layer_norm1.weight")},
        {"num_attention_heads", headsOf64(shapes, features)},
        {"hidden_act", openClip ? "gelu" : "quick_gelu"},
        {"layer_norm_eps", 1e-5},
        {"bos_token_id", 49406},
        {"eos_token_id", 49407},
        {"projection_dim", projection ? shapes.dimension("text_projection.weight", 0) : features}};
    return shapes.finish(json, "text encoder");
}

std::string defaultSchedulerConfig(ModelFamily family, bool vPrediction, bool zeroTerminalSnr)
{
    // PNDM can't begin at zero signal-to-noise ratio, DDIM can.
    const bool takesPndm = family == ModelFamily::Sd1 && !zeroTerminalSnr;
    const char* className = takesPndm                     ? "PNDMScheduler"
                            : family == ModelFamily::SdXl ? "EulerDiscreteScheduler"
                                                          : "DDIMScheduler";
    Json json{{"_class_name", className},
              {"num_train_timesteps", 1000},
              {"beta_start", 0.00085},
              {"beta_end", 0.012},
              {"beta_schedule", "scaled_linear"},
              {"trained_betas", nullptr},
              {"prediction_type", vPrediction ? "v_prediction" : "epsilon"},
              {"steps_offset", 1},
              {"timestep_spacing", zeroTerminalSnr ? "trailing" : "leading"}};
    if (takesPndm) {
        json["skip_prk_steps"] = true;
        json["set_alpha_to_one"] = false;
    } else if (family != ModelFamily::SdXl) {
        json["clip_sample"] = false;
        json["set_alpha_to_one"] = false;
    } else {
        json["interpolation_type"] = "linear";
        json["use_karras_sigmas"] = false;
    }
    if (zeroTerminalSnr)
        json["rescale_betas_zero_snr"] = true;
    return json.dump(2);
}

} // namespace unfog

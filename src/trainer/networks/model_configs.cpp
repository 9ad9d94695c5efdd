#include "trainer/networks/model_configs.h"

#include <cassert>
#include <vector>

namespace unfog {

namespace {

using Json = nlohmann::ordered_json;

/// The version of the reference whose files these are.
constexpr const char* diffusersVersion = "0.35.1";

Json pair(const char* library, const char* name)
{
    return Json::array({library, name});
}

} // namespace

Json unetConfigJson(const UNetConfig& config)
{
    Json channels = Json::array(), heads = Json::array(), down = Json::array(), up = Json::array();
    for (const UNetLevel& level : config.levels) {
        assert(level.layers == config.levels.front().layers);
        channels.push_back(level.channels);
        heads.push_back(level.heads);
        down.push_back(level.downAttention ? "CrossAttnDownBlock2D" : "DownBlock2D");
        up.insert(up.begin(), level.upAttention ? "CrossAttnUpBlock2D" : "UpBlock2D");
    }
    Json json;
    json["_class_name"] = "UNet2DConditionModel";
    json["_diffusers_version"] = diffusersVersion;
    json["act_fn"] = "silu";
    // In this family the key named after the features of a head gives the number of heads.
    json["attention_head_dim"] = heads;
    json["block_out_channels"] = channels;
    json["center_input_sample"] = false;
    json["cross_attention_dim"] = config.crossAttentionFeatures;
    json["down_block_types"] = down;
    json["downsample_padding"] = config.downsamplePadding;
    json["flip_sin_to_cos"] = config.flipSinToCos;
    json["freq_shift"] = config.freqShift == 0.0 ? Json(0) : Json(config.freqShift);
    json["in_channels"] = config.inChannels;
    json["layers_per_block"] = config.levels.front().layers;
    json["mid_block_scale_factor"] = 1;
    json["mid_block_type"] = "UNetMidBlock2DCrossAttn";
    json["norm_eps"] = config.normEps;
    json["norm_num_groups"] = config.normGroups;
    json["out_channels"] = config.outChannels;
    json["sample_size"] = config.sampleSize ? Json(*config.sampleSize) : Json(nullptr);
    json["transformer_layers_per_block"] = 1;
    json["up_block_types"] = up;
    json["use_linear_projection"] = config.linearProjection;
    return json;
}

Json vaeConfigJson(const VaeConfig& config, std::int64_t pictureSidePx)
{
    Json json;
    json["_class_name"] = "AutoencoderKL";
    json["_diffusers_version"] = diffusersVersion;
    json["act_fn"] = "silu";
    json["block_out_channels"] = config.channels;
    json["down_block_types"] = std::vector<std::string>(config.channels.size(), "DownEncoderBlock2D");
    json["force_upcast"] = config.forceUpcast;
    json["in_channels"] = config.inChannels;
    json["latent_channels"] = config.latentChannels;
    json["layers_per_block"] = config.layers;
    json["mid_block_add_attention"] = config.midAttention;
    json["norm_num_groups"] = config.normGroups;
    json["out_channels"] = config.outChannels;
    json["sample_size"] = pictureSidePx;
    json["scaling_factor"] = config.scalingFactor;
    json["up_block_types"] = std::vector<std::string>(config.channels.size(), "UpDecoderBlock2D");
    json["use_post_quant_conv"] = config.postQuantConv;
    json["use_quant_conv"] = config.quantConv;
    return json;
}

Json textConfigJson(const ClipTextConfig& config, std::int64_t startToken)
{
    Json json;
    json["architectures"] = Json::array({"CLIPTextModel"});
    json["attention_dropout"] = 0.0;
    json["bos_token_id"] = startToken;
    json["dropout"] = 0.0;
    json["eos_token_id"] = config.endToken;
    json["hidden_act"] = config.activation == ClipActivation::Gelu ? "gelu" : "quick_gelu";
    json["hidden_size"] = config.features;
    json["intermediate_size"] = config.feedForwardFeatures;
    json["layer_norm_eps"] = config.normEps;
    json["max_position_embeddings"] = config.positions;
    json["model_type"] = "clip_text_model";
    json["num_attention_heads"] = config.heads;
    json["num_hidden_layers"] = config.layers;
    json["pad_token_id"] = config.endToken;
    json["projection_dim"] = config.projectionFeatures;
    // The weights are stored as float16; the reference computes in the type named here and must find one for
    // all parts.
    json["torch_dtype"] = "float32";
    json["vocab_size"] = config.vocabulary;
    return json;
}

Json schedulerConfigJson(const std::string& betaSchedule, double betaStart, double betaEnd,
                         const std::string& predictionType, int trainTimesteps)
{
    Json json;
    json["_class_name"] = "DPMSolverMultistepScheduler";
    json["_diffusers_version"] = diffusersVersion;
    json["algorithm_type"] = "dpmsolver++";
    json["beta_end"] = betaEnd;
    json["beta_schedule"] = betaSchedule;
    json["beta_start"] = betaStart;
    // Latents exceed ±1, where DDPM and DDIM would cut them without this.
    json["clip_sample"] = false;
    json["dynamic_thresholding_ratio"] = 0.995;
    json["euler_at_final"] = false;
    json["final_sigmas_type"] = "zero";
    json["lower_order_final"] = true;
    json["num_train_timesteps"] = trainTimesteps;
    json["prediction_type"] = predictionType;
    json["rescale_betas_zero_snr"] = false;
    json["sample_max_value"] = 1.0;
    json["solver_order"] = 2;
    json["solver_type"] = "midpoint";
    json["steps_offset"] = 1;
    json["thresholding"] = false;
    json["timestep_spacing"] = "linspace";
    json["trained_betas"] = nullptr;
    json["use_karras_sigmas"] = false;
    json["variance_type"] = nullptr;
    return json;
}

Json modelIndexJson()
{
    Json json;
    json["_class_name"] = "StableDiffusionPipeline";
    json["_diffusers_version"] = diffusersVersion;
    json["feature_extractor"] = Json::array({nullptr, nullptr});
    json["requires_safety_checker"] = false;
    json["safety_checker"] = Json::array({nullptr, nullptr});
    json["scheduler"] = pair("diffusers", "DPMSolverMultistepScheduler");
    json["text_encoder"] = pair("transformers", "CLIPTextModel");
    json["tokenizer"] = pair("transformers", "CLIPTokenizer");
    json["unet"] = pair("diffusers", "UNet2DConditionModel");
    json["vae"] = pair("diffusers", "AutoencoderKL");
    return json;
}

} // namespace unfog

#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "networks/autoencoder/vae_config.h"
#include "networks/clip/clip_text_config.h"
#include "networks/unet/unet_config.h"

/// The configuration files of a model folder in the diffusers layout, from our own values: what the
/// reference reads, key for key, and what `…Config::parse` reads back equal.
namespace unfog {

/// "unet/config.json". Levels must be alike where the format has one key for all: layers, depth 1.
nlohmann::ordered_json unetConfigJson(const UNetConfig& config);

/// "vae/config.json". `pictureSidePx`: the side of the pictures it was trained on.
nlohmann::ordered_json vaeConfigJson(const VaeConfig& config, std::int64_t pictureSidePx);

/// "text_encoder/config.json". `startToken` as the tokenizer has it; padding is the end token.
nlohmann::ordered_json textConfigJson(const ClipTextConfig& config, std::int64_t startToken);

/// "scheduler/scheduler_config.json" of DPM-Solver++ 2M. Names as in NoiseScheduleSettings and Prediction.
nlohmann::ordered_json schedulerConfigJson(const std::string& betaSchedule, double betaStart, double betaEnd,
                                           const std::string& predictionType, int trainTimesteps);

/// "model_index.json" of a StableDiffusionPipeline without safety checker.
nlohmann::ordered_json modelIndexJson();

} // namespace unfog

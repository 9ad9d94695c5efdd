#include "networks/clip/clip_text_config.h"

#include "networks/layers/config_reader.h"

namespace unfog {

Result<ClipTextConfig> ClipTextConfig::parse(std::string_view jsonText, const std::string& where)
{
    ConfigReader reader(jsonText, where);
    reader.allowUnknownKeys();
    reader.choice("model_type", "clip_text_model", {"clip_text_model"});
    ClipTextConfig config;
    config.vocabulary = reader.integer("vocab_size", 49408, 1, 1 << 24);
    config.positions = reader.integer("max_position_embeddings", 77);
    config.features = reader.integer("hidden_size", 512);
    config.feedForwardFeatures = reader.integer("intermediate_size", 2048);
    config.layers = reader.integer("num_hidden_layers", 12, 1, 1024);
    config.heads = reader.integer("num_attention_heads", 8);
    config.normEps = reader.positive("layer_norm_eps", 1e-5);
    config.endToken = reader.integer("eos_token_id", 49407, 0, 1 << 24);
    config.projectionFeatures = reader.integer("projection_dim", 512);
    config.activation = reader.choice("hidden_act", "quick_gelu", {"quick_gelu", "gelu"}) == "gelu"
                            ? ClipActivation::Gelu
                            : ClipActivation::QuickGelu;
    reader.off("attention_dropout", {"0"});
    reader.off("dropout", {"0"});

    const auto architectures =
        reader.choices("architectures", {"CLIPTextModel"}, {"CLIPTextModel", "CLIPTextModelWithProjection"});
    config.projection = architectures.front() == "CLIPTextModelWithProjection";
    if (config.features % config.heads != 0)
        reader.fail(ErrorKind::BadFile, "\"hidden_size\" " + std::to_string(config.features) +
                                            " is not divisible by \"num_attention_heads\" " +
                                            std::to_string(config.heads));
    return reader.finish().map([&] { return config; });
}

} // namespace unfog

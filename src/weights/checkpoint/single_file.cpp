#include "weights/checkpoint/single_file.h"

#include <algorithm>
#include <array>

#include "weights/names/harmless_extras.h"
#include "weights/names/key_maps.h"

namespace unfog {
namespace {

constexpr std::string_view kUnet = "model.diffusion_model.";
constexpr std::string_view kVae = "first_stage_model.";

struct TextPrefixes {
    std::string_view first;
    std::string_view second; ///< "" none
};

TextPrefixes textPrefixes(ModelFamily family)
{
    switch (family) {
    case ModelFamily::Sd1:
        return {"cond_stage_model.transformer.", ""};
    case ModelFamily::Sd2:
        return {"cond_stage_model.model.", ""};
    case ModelFamily::SdXl:
        break;
    }
    return {"conditioner.embedders.0.transformer.", "conditioner.embedders.1.model."};
}

} // namespace

Result<SingleFileParts> splitSingleFile(const TensorStore& file)
{
    Result<ModelFamily> family = detectSingleFileFamily(file);
    if (!family)
        return tl::unexpected(family.error());
    SingleFileParts parts;
    parts.family = *family;
    TextPrefixes text = textPrefixes(*family);
    parts.unet = file.view(mapLdmUnet(file, kUnet));
    parts.vae = file.view(mapLdmVae(file, kVae));
    parts.textEncoder = file.view(*family == ModelFamily::Sd2 ? mapOpenClipText(file, text.first, false)
                                                              : mapClipText(file, text.first));
    if (*family == ModelFamily::SdXl)
        parts.textEncoder2 = file.view(mapOpenClipText(file, text.second, true));
    if (!parts.vae.has("decoder.conv_in.weight"))
        return fail(ErrorKind::Unsupported,
                    file.description() + " has no autoencoder: expected tensors under " + std::string(kVae));
    if (!parts.textEncoder.has("text_model.embeddings.token_embedding.weight"))
        return fail(ErrorKind::Unsupported, file.description() +
                                                " has no text encoder: expected tensors under " +
                                                std::string(text.first));

    for (const auto& [name, tensor] : file.tensors()) {
        bool inComponent = name.starts_with(kUnet) || name.starts_with(kVae) ||
                           name.starts_with(text.first) ||
                           (!text.second.empty() && name.starts_with(text.second));
        if (!inComponent && !isHarmlessExtra(name))
            parts.unusedTensors.push_back(name);
    }
    parts.declaresVPrediction = file.has("v_pred");
    parts.declaresZeroTerminalSnr = file.has("ztsnr");
    return parts;
}

} // namespace unfog

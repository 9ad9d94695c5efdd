#pragma once

#include "generation/request/canvas.h"
#include "generation/request/guidance_settings.h"
#include "generation/request/image_inputs.h"
#include "generation/request/model_choice.h"
#include "generation/request/output.h"
#include "generation/request/prompts.h"
#include "generation/request/sampler_settings.h"

namespace unfog {

/// Everything that decides an image, in one value. The same value is run, queued, written into the PNG and
/// stored in the gallery. What a person can set in it, with names, ranges and texts, is the table in
/// generation/request/request_fields.h; its JSON form is in generation/request/request_json.h.
struct GenerationRequest {
    ModelChoice model;
    Prompts prompts;
    SamplerSettings sampler;
    GuidanceSettings guidance;
    Canvas canvas;
    ImageInputs images;
    Output output;

    bool operator==(const GenerationRequest&) const = default;
};

} // namespace unfog

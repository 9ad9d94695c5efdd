#include "generation/request/validate.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace unfog {

namespace {

std::string number(double value)
{
    std::ostringstream out;
    out.imbue(std::locale::classic());
    out << value;
    return out.str();
}

template <class Number>
Result<void> within(const std::string& field, Number value, Number low, Number high)
{
    if (value >= low && value <= high)
        return {};
    return fail(ErrorKind::InvalidRequest,
                field + " must be " + number(low) + " to " + number(high) + ", found " + number(value) + ".");
}

} // namespace

Result<void> validateSize(const std::string& field, int sizePx)
{
    if (sizePx == 0)
        return {};
    if (auto range = within(field, sizePx, kMinSizePx, kMaxSizePx); !range)
        return range;
    if (sizePx % kSizeStepPx == 0)
        return {};
    const int below = std::max(kMinSizePx, sizePx / kSizeStepPx * kSizeStepPx);
    const int above = std::min(kMaxSizePx, (sizePx / kSizeStepPx + 1) * kSizeStepPx);
    return fail(ErrorKind::InvalidRequest, field + " must be a multiple of " + std::to_string(kSizeStepPx) +
                                               ", found " + std::to_string(sizePx) + "; the nearest are " +
                                               std::to_string(below) + " and " + std::to_string(above) + ".");
}

Result<void> validateRequest(const GenerationRequest& request)
{
    if (request.model.empty())
        return fail(ErrorKind::InvalidRequest,
                    "No model was named: expected a model folder or a .safetensors file.");
    for (auto check :
         {validateSize("width", request.widthPx), validateSize("height", request.heightPx),
          within("steps", request.sampler.steps, 1, kMaxSteps), within("count", request.count, 1, kMaxCount),
          within("guidance", request.guidanceScale, kMinGuidance, kMaxGuidance),
          within("guidance rescale", request.guidanceRescale, 0.0, 1.0),
          within("clip skip", request.clipSkip, 0, kMaxClipSkip),
          within("eta", request.sampler.eta.value_or(0.0), 0.0, 1.0)}) {
        if (!check)
            return check;
    }
    const double sigmaMax = request.sampler.sigmaMax.value_or(0.0);
    if (sigmaMax != 0.0) {
        if (auto range = within("largest σ", sigmaMax, kMinSigmaMax, kMaxSigmaMax); !range)
            return fail(ErrorKind::InvalidRequest,
                        range.error().message + " 0 stands for the model's own end.");
    }
    if (request.initImage) {
        const double strength = request.initImage->strength;
        if (!(strength > 0.0 && strength <= 1.0))
            return fail(ErrorKind::InvalidRequest,
                        "strength must be above 0 and at most 1, found " + number(strength) + ".");
        if (static_cast<int>(request.sampler.steps * strength) < 1)
            return fail(
                ErrorKind::InvalidRequest,
                "strength " + number(strength) + " of " + std::to_string(request.sampler.steps) +
                    " steps leaves no step to run; raise strength or steps so that their product reaches 1.");
    }
    return {};
}

} // namespace unfog

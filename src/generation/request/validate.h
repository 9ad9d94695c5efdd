#pragma once

#include "base/result.h"
#include "generation/request/generation_request.h"

/// The ranges of a request, said once: fields, command line and engine refuse the same values with the same
/// words.
namespace unfog {

inline constexpr int kSizeStepPx = 8;
inline constexpr int kMinSizePx = 8;
inline constexpr int kMaxSizePx = 8192;
inline constexpr int kMaxSteps = 1000;
inline constexpr int kMaxCount = 1000;
/// Of SamplerSettings::sigmaMax where it is not 0.
inline constexpr double kMinSigmaMax = 0.5;
inline constexpr double kMaxSigmaMax = 1e6;
inline constexpr int kMaxClipSkip = 32;
inline constexpr double kMinGuidance = 1.0;
inline constexpr double kMaxGuidance = 100.0;

/// InvalidRequest with one sentence that names the field, its range and what was given. Does not look at
/// the model: names of schedulers and spacings are checked where the noise schedule is known.
Result<void> validateRequest(const GenerationRequest& request);

/// "width", 510 → refused with the nearest multiples of 8; 0 stands for the model's native size.
Result<void> validateSize(const std::string& field, int sizePx);

} // namespace unfog

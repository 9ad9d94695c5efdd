#include "generation/request/validate.h"

#include <algorithm>

#include "generation/request/request_fields.h"

namespace unfog {

Result<void> validateSize(const std::string& field, int sizePx)
{
    if (sizePx == 0)
        return {};
    if (sizePx < kMinSizePx || sizePx > kMaxSizePx)
        return fail(ErrorKind::InvalidRequest, field + " must be " + std::to_string(kMinSizePx) + " to " +
                                                   std::to_string(kMaxSizePx) + ", found " +
                                                   std::to_string(sizePx) + ".");
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
    for (const RequestField& field : requestFields()) {
        if (auto valid = validateField(field, request); !valid)
            return valid;
    }
    return {};
}

} // namespace unfog

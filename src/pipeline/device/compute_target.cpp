#include "pipeline/device/compute_target.h"

#include "generation/request/request_json.h"
#include "pipeline/device/cuda_support.h"

namespace unfog {

std::string ComputeTarget::deviceText() const
{
    return device.is_cuda() ? device.str() + " (" + cuda::deviceName(device.index()) + ")" : "cpu";
}

std::string ComputeTarget::precisionText() const
{
    return dtype == at::kHalf ? "float16" : dtype == at::kBFloat16 ? "bfloat16" : "float32";
}

std::string ComputeTarget::precisionAdvice() const
{
    return device.is_cpu() || dtype == at::kFloat ? "" : " Try precision float32.";
}

Result<ComputeTarget> chooseTarget(DeviceChoice device, Precision precision)
{
    const bool asksForCard = device.kind == DeviceChoice::Kind::Cuda;
    if (asksForCard && !cuda::isAvailable(device.card))
        return fail(ErrorKind::InvalidRequest, "Device " + nameOf(device) + " was asked for, but " +
                                                   cuda::whyUnavailable(device.card) + ".");
    std::optional<int> card;
    if (asksForCard)
        card = device.card;
    else if (device.kind == DeviceChoice::Kind::Auto)
        card = cuda::firstCard();
    ComputeTarget target;
    const bool useCuda = card.has_value();
    target.device =
        useCuda ? at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(*card)) : at::Device(at::kCPU);
    switch (precision) {
    case Precision::Auto:
        target.dtype = useCuda ? at::kHalf : at::kFloat;
        break;
    case Precision::Float32:
        break;
    case Precision::Float16:
        target.dtype = at::kHalf;
        break;
    case Precision::BFloat16:
        if (useCuda && !cuda::supportsBfloat16(*card))
            return fail(ErrorKind::InvalidRequest,
                        "Precision bfloat16 needs a card of compute capability 8.0 or newer; " +
                            cuda::deviceName(*card) + " is older; expected float32 or float16.");
        target.dtype = at::kBFloat16;
        break;
    }
    return target;
}

} // namespace unfog

#include "pipeline/compute_target.h"

#include "pipeline/cuda_support.h"

namespace unfog {

std::string ComputeTarget::deviceText() const
{
    return device.is_cuda() ? "cuda:0 (" + cuda::deviceName() + ")" : "cpu";
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
    if (device == DeviceChoice::Cuda && !cuda::isAvailable())
        return fail(ErrorKind::InvalidRequest,
                    "Device cuda was asked for, but " + cuda::whyUnavailable() + ".");
    ComputeTarget target;
    const bool useCuda =
        device == DeviceChoice::Cuda || (device == DeviceChoice::Auto && cuda::isAvailable());
    target.device = useCuda ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
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
        if (useCuda && !cuda::supportsBfloat16())
            return fail(ErrorKind::InvalidRequest,
                        "Precision bfloat16 needs a card of compute capability 8.0 or newer; " +
                            cuda::deviceName() + " is older; expected float32 or float16.");
        target.dtype = at::kBFloat16;
        break;
    }
    return target;
}

} // namespace unfog

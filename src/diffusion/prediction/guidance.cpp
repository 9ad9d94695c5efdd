#include "diffusion/prediction/guidance.h"

namespace unfog {

namespace {

at::Tensor deviationOfImages(const at::Tensor& batch)
{
    std::vector<std::int64_t> shape(static_cast<std::size_t>(batch.dim()), 1);
    shape[0] = batch.size(0);
    return batch.flatten(1).std(std::vector<std::int64_t>{1}, /*unbiased=*/true).view(shape);
}

} // namespace

at::Tensor guide(const at::Tensor& unconditional, const at::Tensor& conditional, double guidanceScale,
                 double guidanceRescale)
{
    at::Tensor guided = unconditional + (conditional - unconditional) * guidanceScale;
    if (guidanceRescale <= 0.0)
        return guided;
    const at::Tensor rescaled = guided * (deviationOfImages(conditional) / deviationOfImages(guided));
    return rescaled * guidanceRescale + guided * (1.0 - guidanceRescale);
}

} // namespace unfog

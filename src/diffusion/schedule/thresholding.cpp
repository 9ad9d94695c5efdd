#include "diffusion/schedule/thresholding.h"

namespace unfog {

at::Tensor dynamicallyThresholded(const at::Tensor& original, double ratio, double largest)
{
    const auto dtype = original.scalar_type();
    // quantile() knows no half precision
    const at::Tensor images = (dtype == at::kDouble ? original : original.to(at::kFloat)).flatten(1);
    const at::Tensor s = at::quantile(images.abs(), ratio, 1).clamp(1.0, largest).unsqueeze(1);
    return (at::minimum(at::maximum(images, -s), s) / s).view(original.sizes()).to(dtype);
}

} // namespace unfog

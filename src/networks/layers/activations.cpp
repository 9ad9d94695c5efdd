#include "networks/layers/activations.h"

#include <cassert>

#include <ATen/record_function.h>

#include "networks/kernels/kernels.h"
#include "networks/kernels/kernels_threads.h"

namespace unfog {

namespace {

constexpr int64_t grain = 1 << 16;

at::Tensor mapped(const at::Tensor& x, void (*function)(int64_t, const float*, float*))
{
    RECORD_USER_SCOPE("unfog::activation");
    const at::Tensor source = x.is_non_overlapping_and_dense() ? x : x.contiguous();
    at::Tensor result = at::empty_like(source);
    const float* from = source.data_ptr<float>();
    float* to = result.data_ptr<float>();
    kernels::forEachRange(source.numel(), grain, [&](int64_t begin, int64_t end) {
        function(end - begin, from + begin, to + begin);
    });
    return result;
}

} // namespace

at::Tensor silu(const at::Tensor& x)
{
    return kernels::canRun(x) ? mapped(x, kernels::table().silu) : at::silu(x);
}

at::Tensor quickGelu(const at::Tensor& x)
{
    return kernels::canRun(x) ? mapped(x, kernels::table().quickGelu) : x * at::sigmoid(x * 1.702);
}

at::Tensor gelu(const at::Tensor& x)
{
    return kernels::canRun(x) ? mapped(x, kernels::table().gelu) : at::gelu(x);
}

at::Tensor geglu(const at::Tensor& x)
{
    RECORD_USER_SCOPE("unfog::geglu");
    assert(x.size(-1) % 2 == 0);
    const int64_t features = x.size(-1) / 2;
    if (!kernels::canRun(x))
        return x.narrow(-1, 0, features) * at::gelu(x.narrow(-1, features, features));
    const at::Tensor source = x.contiguous();
    std::vector<int64_t> sizes = x.sizes().vec();
    sizes.back() = features;
    at::Tensor result = at::empty(sizes, x.options());
    if (result.numel() == 0)
        return result;
    const float* from = source.data_ptr<float>();
    float* to = result.data_ptr<float>();
    kernels::forEachRange(
        result.numel() / features, std::max<int64_t>(grain / features, 1), [&](int64_t begin, int64_t end) {
            kernels::table().geglu(end - begin, features, from + 2 * begin * features, to + begin * features);
        });
    return result;
}

} // namespace unfog

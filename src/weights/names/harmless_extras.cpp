#include "weights/names/harmless_extras.h"

#include <algorithm>
#include <array>

namespace unfog {
namespace {

// Name endings, then beginnings. The schedule buffers are those of the original DDPM training code.
constexpr std::array<std::string_view, 5> kHarmlessEndings{"embeddings.position_ids", "logit_scale",
                                                           "num_batches_tracked", "model_ema.decay",
                                                           "model_ema.num_updates"};
constexpr std::array<std::string_view, 22> kHarmlessBeginnings{"model_ema.",
                                                               "first_stage_model.loss.",
                                                               "first_stage_model.model_ema.",
                                                               "denoiser.sigmas",
                                                               "betas",
                                                               "alphas_cumprod",
                                                               "sqrt_alphas_cumprod",
                                                               "sqrt_one_minus_alphas_cumprod",
                                                               "log_one_minus_alphas_cumprod",
                                                               "sqrt_recip_alphas_cumprod",
                                                               "sqrt_recipm1_alphas_cumprod",
                                                               "posterior_variance",
                                                               "posterior_log_variance_clipped",
                                                               "posterior_mean_coef1",
                                                               "posterior_mean_coef2",
                                                               "lvlb_weights",
                                                               "logvar",
                                                               "scale_factor",
                                                               "global_step",
                                                               "v_pred",
                                                               "ztsnr",
                                                               "loss."};

} // namespace

bool isHarmlessExtra(std::string_view name)
{
    return std::any_of(kHarmlessEndings.begin(), kHarmlessEndings.end(),
                       [&](std::string_view ending) { return name.ends_with(ending); }) ||
           std::any_of(kHarmlessBeginnings.begin(), kHarmlessBeginnings.end(),
                       [&](std::string_view beginning) { return name.starts_with(beginning); });
}

} // namespace unfog

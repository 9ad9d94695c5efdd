#pragma once

#include <optional>
#include <vector>

#include "diffusion/catalogue/scheduler_config.h"

/// How far up a run goes where the schedule's own end is beyond use.
///
/// Zero terminal SNR (Lin et al. 2023) and cosine schedules end at σ = √((1 − ᾱ)/ᾱ) in the thousands or at
/// infinity. That suits methods that step in α and σ of the variance-preserving form (DDIM, DPM-Solver++,
/// UniPC: x̂₀ has the weight 1 − O(1/σ) whatever σ is). It does not suit
/// - spacings made from σ itself (Karras, exponential, beta, Lu): with ρ = 7 and σ from 20,000 down to 0.006
/// three
///   quarters of the steps lie above σ = 10, where x_t is noise alone;
/// - methods that integrate a polynomial in σ or in ε̂ (Heun, DPM2, LMS, DPM-Solver and its SDE, DEIS, PNDM):
/// over
///   a step from σ to σ′ ≪ σ an error of x̂₀ enters with the factor σ/σ′ instead of 1.
/// They begin at a finite level instead, as k-diffusion does with every model: 80, the σ_max of Karras et al.
/// 2022, table 1. x_T then lacks a part of weight 1/80 of the image, below what a network can tell from
/// noise. The beta spacing is nearly even in σ itself, so from 80 down all but four of 30 steps would lie
/// above σ = 3: it begins at 15, where Stable Diffusion's schedule, for which it is used, ends.
namespace unfog {

/// A schedule that ends above this is beyond use for the methods above. Stable Diffusion ends at 14.6, the
/// linear schedule of Ho et al. 2020 at 157.
constexpr double kLargestUsableSigma = 200.0;
constexpr double kDefaultSigmaMax = 80.0;
constexpr double kDefaultBetaSigmaMax = 15.0;

/// The ceiling that a run with `config` has where the request names none: the number above for a class or
/// spacing named there if the schedule ends above kLargestUsableSigma, else none. `alphasCumprod` is that of
/// the scheduler.
std::optional<double> defaultSigmaMax(const SchedulerConfig& config,
                                      const std::vector<double>& alphasCumprod);

/// SDE-DPM-Solver in ε̂ ("sde-dpmsolver", Lu et al. 2022b) adds the variance 2 (eʰ − 1)² of a level's own, h
/// the step in log SNR / 2: it needs small, even h. True where the configuration's spacing, timesteps or
/// beta, has steps of h ≈ 2 on a schedule that ends above kLargestUsableSigma.
bool needsEvenLogSnr(const SchedulerConfig& config, const std::vector<double>& alphasCumprod);

/// Whether the class heeds SchedulerConfig::sigmaCeiling: all of diffusion but LCM and TCD, whose timesteps
/// are those of their distillation.
bool heedsSigmaCeiling(const SchedulerConfig& config);

/// The training timesteps that spacings count as all: those with σ at or below the ceiling, at least 2;
/// without a ceiling all of them.
int visitableTimesteps(const SchedulerConfig& config, const std::vector<double>& alphasCumprod);

} // namespace unfog

#pragma once

#include <cstdint>
#include <string_view>

#include <ATen/ATen.h>

/// Random numbers as functions of what they are for: a run that is stopped and goes on draws the same ones,
/// and nothing but the seed and the step needs to be kept.
namespace unfog {

/// Mixes two numbers into one that shows no pattern of either (splitmix64, Steele et al. 2014).
std::uint64_t mixed(std::uint64_t a, std::uint64_t b);

/// A CPU generator of its own for `purpose` ("noise", a weight's name) at `index` (a step).
at::Generator namedStream(std::uint64_t seed, std::string_view purpose, std::uint64_t index = 0);

} // namespace unfog

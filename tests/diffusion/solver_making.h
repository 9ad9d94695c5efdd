#pragma once

#include <memory>

#include <nlohmann/json.hpp>

#include "diffusion/scheduler.h"

namespace unfog {

/// A scheduler of `className` on Stable Diffusion's training schedule, with `keys` added or replaced; fails
/// the test and returns nothing where the configuration is refused.
std::unique_ptr<Scheduler> makeSolver(const std::string& className, const nlohmann::json& keys = {});

/// The reason why such a configuration is refused; empty where it is accepted.
std::string refusal(const std::string& className, const nlohmann::json& keys);

} // namespace unfog

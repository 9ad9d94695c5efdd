#pragma once

#include <memory>
#include <string>
#include <vector>

#include "diffusion/catalogue/scheduler_config.h"
#include "diffusion/scheduler.h"
#include "generation/engine/sampler_catalog.h"
#include "generation/request/generation_request.h"

/// The schedulers by name, for people, and from a model's own configuration.
namespace unfog {

/// Any class of knownSchedulerClasses; fails as the class's own `create` does.
Result<std::unique_ptr<Scheduler>> makeScheduler(const SchedulerConfig& config);

/// One scheduler as a person chooses it: a class and the keys that make it that one.
struct SchedulerInfo {
    std::string name;        ///< in a request: "dpmpp-2m"
    std::string title{};     ///< for people: `schedulerDisplayName` of generation/interchange/sampler_names.h
    std::string description; ///< one line
    std::string className;
    bool stochastic = false; ///< draws noise while sampling
    bool usesEta = false;
    double defaultEta = 0.0;                   ///< where `usesEta`: what stands in for an η that is left out
    bool isFlow = false;                       ///< for flow-matching models only
    void (*apply)(SchedulerConfig&) = nullptr; ///< sets those keys; null = none
};

const std::vector<SchedulerInfo>& knownSchedulers();
/// Null when there is no such name.
const SchedulerInfo* findScheduler(const std::string& name);

/// "linspace", "leading", "trailing", "karras", "exponential", "beta", "lu", "flow": those that a class
/// heeds.
std::vector<std::string> supportedSpacings(const std::string& className);
struct SpacingInfo {
    std::string name;
    std::string title;
    std::string description;
};
const std::vector<SpacingInfo>& knownSpacings();

/// The configuration for a run: the model's own, with what `settings` names put in its place; the noise
/// schedule and every key that the model's file states carry over, as in the reference. `sigmaCeiling` is
/// what the request says or, where anything differs from the model's own configuration, defaultSigmaMax.
/// Unknown or unsupported names are errors that list what is known.
Result<SchedulerConfig> configFor(const std::string& modelSchedulerJson, const SamplerSettings& settings);

/// The name under which `config` is listed; the first of its class where no entry fits it exactly.
std::string schedulerNameOf(const SchedulerConfig& config);

/// The spacing that `config` comes to, as supportedSpacings names it; "" where its class has levels of its
/// own.
std::string spacingNameOf(const SchedulerConfig& config);

/// What settings that are left out come to with a model of this configuration, whatever scheduler is chosen;
/// `clipSkip` is not decided here. Empty names where the configuration cannot be read.
SamplerDefaults samplerDefaults(const std::string& modelSchedulerJson);

} // namespace unfog

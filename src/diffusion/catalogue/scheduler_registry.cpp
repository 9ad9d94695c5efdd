#include "diffusion/catalogue/scheduler_registry.h"

#include <algorithm>
#include <utility>

#include "diffusion/ddpm/ddim.h"
#include "diffusion/ddpm/ddpm.h"
#include "diffusion/ddpm/lcm.h"
#include "diffusion/ddpm/pndm.h"
#include "diffusion/ddpm/tcd.h"
#include "diffusion/dpm/deis.h"
#include "diffusion/dpm/dpm_solver_multistep.h"
#include "diffusion/dpm/dpm_solver_singlestep.h"
#include "diffusion/dpm/unipc.h"
#include "diffusion/flow/flow_match.h"
#include "diffusion/karras/dpm2.h"
#include "diffusion/karras/euler.h"
#include "diffusion/karras/euler_ancestral.h"
#include "diffusion/karras/heun.h"
#include "diffusion/karras/lms.h"
#include "diffusion/prediction/prediction.h"
#include "diffusion/schedule/sigma_ceiling.h"
#include "generation/interchange/sampler_names.h"

namespace unfog {

namespace {

using Create = Result<std::unique_ptr<Scheduler>> (*)(const SchedulerConfig&);

struct ClassEntry {
    const char* name;
    Create create;
    /// Which groups of spacings the class heeds.
    bool timesteps;
    bool levels;
    bool lu;
    bool flow;
};

constexpr ClassEntry kClasses[] = {
    {"DDPMScheduler", Ddpm::create, true, false, false, false},
    {"DDIMScheduler", Ddim::create, true, false, false, false},
    {"PNDMScheduler", Pndm::create, true, false, false, false},
    {"LCMScheduler", Lcm::create, false, false, false, false},
    {"TCDScheduler", Tcd::create, false, false, false, false},
    {"EulerDiscreteScheduler", Euler::create, true, true, false, false},
    {"EulerAncestralDiscreteScheduler", EulerAncestral::create, true, false, false, false},
    {"HeunDiscreteScheduler", Heun::create, true, true, false, false},
    {"KDPM2DiscreteScheduler", Dpm2::create, true, true, false, false},
    {"KDPM2AncestralDiscreteScheduler", Dpm2::create, true, true, false, false},
    {"LMSDiscreteScheduler", Lms::create, true, true, false, false},
    {"DPMSolverMultistepScheduler", DpmSolverMultistep::create, true, true, true, true},
    {"DPMSolverSinglestepScheduler", DpmSolverSinglestep::create, false, true, false, true},
    {"UniPCMultistepScheduler", UniPc::create, true, true, false, true},
    {"DEISMultistepScheduler", Deis::create, true, true, false, true},
    {"FlowMatchEulerDiscreteScheduler", FlowMatchEuler::create, false, true, false, false},
    {"FlowMatchHeunDiscreteScheduler", FlowMatchHeun::create, false, false, false, false},
};

const ClassEntry* findClass(const std::string& name)
{
    for (const ClassEntry& entry : kClasses) {
        if (name == entry.name)
            return &entry;
    }
    return nullptr;
}

template <class Entry>
std::string listOfNames(const std::vector<Entry>& entries)
{
    std::string list;
    for (const Entry& entry : entries)
        list += (list.empty() ? "" : ", ") + entry.name;
    return list;
}

void solver(SchedulerConfig& config, const char* algorithm, int order, const char* type)
{
    config.algorithmType = algorithm;
    config.solverOrder = order;
    config.solverType = type;
    const std::string name = algorithm;
    config.finalSigmasType = name == "dpmsolver" || name == "sde-dpmsolver" ? "sigma_min" : "zero";
}

std::vector<SchedulerInfo> allSchedulers()
{
    const auto multistep = "DPMSolverMultistepScheduler";
    const auto singlestep = "DPMSolverSinglestepScheduler";
    std::vector<SchedulerInfo> all = {
        {.name = "dpmpp-2m",
         .description = "DPM-Solver++ of second order, one evaluation a step: good images in 15 to 25 steps.",
         .className = multistep,
         .apply = [](SchedulerConfig& c) { solver(c, "dpmsolver++", 2, "midpoint"); }},
        {.name = "dpmpp-2m-heun",
         .description = "As 2M, with the other second-order correction.",
         .className = multistep,
         .apply = [](SchedulerConfig& c) { solver(c, "dpmsolver++", 2, "heun"); }},
        {.name = "dpmpp-3m",
         .description = "DPM-Solver++ of third order, one evaluation a step: most exact without guidance.",
         .className = multistep,
         .apply = [](SchedulerConfig& c) { solver(c, "dpmsolver++", 3, "midpoint"); }},
        {.name = "dpmpp-1",
         .description = "DPM-Solver++ of first order; the same curve as DDIM.",
         .className = multistep,
         .apply = [](SchedulerConfig& c) { solver(c, "dpmsolver++", 1, "midpoint"); }},
        {.name = "dpmpp-2m-sde",
         .description = "Second order with fresh noise each step: more texture, 20 to 40 steps.",
         .className = multistep,
         .stochastic = true,
         .apply = [](SchedulerConfig& c) { solver(c, "sde-dpmsolver++", 2, "midpoint"); }},
        {.name = "dpmpp-1-sde",
         .description = "First order with fresh noise each step.",
         .className = multistep,
         .stochastic = true,
         .apply = [](SchedulerConfig& c) { solver(c, "sde-dpmsolver++", 1, "midpoint"); }},
        {.name = "dpm-1",
         .description = "First order in the predicted noise.",
         .className = multistep,
         .apply = [](SchedulerConfig& c) { solver(c, "dpmsolver", 1, "midpoint"); }},
        {.name = "dpm-2",
         .description = "Second order in the predicted noise; unsteady at high guidance.",
         .className = multistep,
         .apply = [](SchedulerConfig& c) { solver(c, "dpmsolver", 2, "midpoint"); }},
        {.name = "dpm-3",
         .description = "Third order in the predicted noise; for no or low guidance.",
         .className = multistep,
         .apply = [](SchedulerConfig& c) { solver(c, "dpmsolver", 3, "midpoint"); }},
        {.name = "dpm-2-sde",
         .description = "Second order in the predicted noise, with fresh noise each step.",
         .className = multistep,
         .stochastic = true,
         .apply = [](SchedulerConfig& c) { solver(c, "sde-dpmsolver", 2, "midpoint"); }},
        {.name = "dpmpp-2s",
         .description = "Second order by pairs of evaluations, restarted each pair.",
         .className = singlestep,
         .apply = [](SchedulerConfig& c) { solver(c, "dpmsolver++", 2, "midpoint"); }},
        {.name = "dpmpp-3s",
         .description = "Third order by triples of evaluations, restarted each triple.",
         .className = singlestep,
         .apply = [](SchedulerConfig& c) { solver(c, "dpmsolver++", 3, "midpoint"); }},
        {.name = "unipc",
         .description = "Predictor and corrector with one evaluation a step: good from 8 to 15 steps.",
         .className = "UniPCMultistepScheduler",
         .apply =
             [](SchedulerConfig& c) {
                 c.solverType = "bh2";
                 c.solverOrder = 2;
             }},
        {.name = "unipc-bh1",
         .description = "The variant for few steps without guidance.",
         .className = "UniPCMultistepScheduler",
         .apply =
             [](SchedulerConfig& c) {
                 c.solverType = "bh1";
                 c.solverOrder = 2;
             }},
        {.name = "deis",
         .description = "Exponential integrator of second order in log ρ.",
         .className = "DEISMultistepScheduler",
         .apply =
             [](SchedulerConfig& c) {
                 c.algorithmType = "deis";
                 c.solverType = "logrho";
                 c.solverOrder = 2;
             }},
        {.name = "euler",
         .description = "First order in σ: simple and steady, 25 to 40 steps.",
         .className = "EulerDiscreteScheduler"},
        {.name = "euler-ancestral",
         .description = "Fresh noise each step: lively, never settles as steps grow.",
         .className = "EulerAncestralDiscreteScheduler",
         .stochastic = true},
        {.name = "heun",
         .description = "Second order, two evaluations a step.",
         .className = "HeunDiscreteScheduler"},
        {.name = "dpm2",
         .description = "Second order through a midpoint, two evaluations a step.",
         .className = "KDPM2DiscreteScheduler"},
        {.name = "dpm2-ancestral",
         .description = "DPM2 with fresh noise each step.",
         .className = "KDPM2AncestralDiscreteScheduler",
         .stochastic = true},
        {.name = "lms",
         .description = "Linear multistep of fourth order.",
         .className = "LMSDiscreteScheduler"},
        {.name = "ddim",
         .description = "The classic first-order curve; η above 0 adds noise. 30 to 50 steps.",
         .className = "DDIMScheduler",
         .stochastic = true,
         .usesEta = true},
        {.name = "ddpm",
         .description = "The reverse process as trained, with noise each step: hundreds of steps.",
         .className = "DDPMScheduler",
         .stochastic = true},
        {.name = "pndm",
         .description = "Four-step linear method with a linear start; one evaluation more than steps.",
         .className = "PNDMScheduler",
         .apply = [](SchedulerConfig& c) { c.skipPrkSteps = true; }},
        {.name = "pndm-rk",
         .description = "As PNDM with a Runge-Kutta start: nine evaluations more.",
         .className = "PNDMScheduler",
         .apply = [](SchedulerConfig& c) { c.skipPrkSteps = false; }},
        {.name = "lcm",
         .description = "For latent consistency models: 2 to 8 steps.",
         .className = "LCMScheduler",
         .stochastic = true},
        {.name = "tcd",
         .description = "For trajectory consistency models: 2 to 8 steps.",
         .className = "TCDScheduler",
         .stochastic = true,
         .usesEta = true,
         .defaultEta = Tcd::kDefaultGamma},
        {.name = "flow-euler",
         .description = "First order, for flow-matching models.",
         .className = "FlowMatchEulerDiscreteScheduler",
         .isFlow = true,
         .apply = [](SchedulerConfig& c) { c.stochasticSampling = false; }},
        {.name = "flow-euler-stochastic",
         .description = "To the clean image and back up with fresh noise each step.",
         .className = "FlowMatchEulerDiscreteScheduler",
         .stochastic = true,
         .isFlow = true,
         .apply = [](SchedulerConfig& c) { c.stochasticSampling = true; }},
        {.name = "flow-heun",
         .description = "Second order, for flow-matching models.",
         .className = "FlowMatchHeunDiscreteScheduler",
         .isFlow = true},
    };
    for (SchedulerInfo& info : all)
        info.title = schedulerDisplayName(info.name);
    return all;
}

Result<void> applySpacing(SchedulerConfig& config, const std::string& spacing)
{
    const std::string scheduler = schedulerDisplayName(schedulerNameOf(config));
    const std::vector<std::string> supported = supportedSpacings(config.className);
    if (std::find(supported.begin(), supported.end(), spacing) == supported.end()) {
        const auto& all = knownSpacings();
        const bool known = std::any_of(all.begin(), all.end(),
                                       [&](const SpacingInfo& info) { return info.name == spacing; });
        if (!known)
            return fail(ErrorKind::InvalidRequest,
                        "Spacing \"" + spacing + "\" is unknown; known are " + listOfNames(all) + ".");
        std::string list;
        for (const std::string& name : supported)
            list += (list.empty() ? "" : ", ") + name;
        return fail(
            ErrorKind::InvalidRequest,
            "Spacing \"" + spacing + "\" does not go with " + scheduler + ", which " +
                (supported.empty() ? std::string("has a spacing of its own only.") : "knows " + list + "."));
    }
    if (spacing == "flow" && config.predictionType != "flow_prediction")
        return fail(ErrorKind::InvalidRequest,
                    "Spacing \"flow\" does not go with this model: it was trained by "
                    "diffusion, not by flow matching.");
    config.useKarrasSigmas = spacing == "karras";
    config.useExponentialSigmas = spacing == "exponential";
    config.useBetaSigmas = spacing == "beta";
    config.useLuLambdas = spacing == "lu";
    config.useFlowSigmas = spacing == "flow";
    if (spacing == "linspace" || spacing == "leading" || spacing == "trailing")
        config.timestepSpacing = spacing;
    return {};
}

Result<void> applySigmaMax(SchedulerConfig& config, const SchedulerConfig& own,
                           const SamplerSettings& settings)
{
    if (settings.sigmaMax) {
        if (*settings.sigmaMax == 0.0)
            return {};
        if (!heedsSigmaCeiling(config))
            return fail(ErrorKind::InvalidRequest, "A largest σ does not go with " +
                                                       schedulerDisplayName(schedulerNameOf(config)) +
                                                       ", which has noise levels of its own.");
        config.sigmaCeiling = settings.sigmaMax;
        return {};
    }
    if (config == own)
        return {};
    const auto scheduler = makeScheduler(config);
    if (!scheduler)
        return {}; // makeScheduler tells the caller why
    if (needsEvenLogSnr(config, (*scheduler)->alphasCumprod())) {
        if (!settings.spacing.empty())
            return fail(ErrorKind::InvalidRequest, "Spacing \"" + settings.spacing + "\" does not go with " +
                                                       schedulerDisplayName(settings.scheduler) +
                                                       " on this model: its steps are too far apart in noise "
                                                       "level; use karras, exponential or lu.");
        config.useLuLambdas = true;
    }
    config.sigmaCeiling = defaultSigmaMax(config, (*scheduler)->alphasCumprod());
    return {};
}

} // namespace

Result<std::unique_ptr<Scheduler>> makeScheduler(const SchedulerConfig& config)
{
    if (const ClassEntry* entry = findClass(config.className))
        return entry->create(config);
    std::string list;
    for (const std::string& name : knownSchedulerClasses())
        list += (list.empty() ? "" : ", ") + name;
    return fail(ErrorKind::Unsupported,
                "scheduler configuration: _class_name is \"" + config.className + "\", known are " + list);
}

const std::vector<SchedulerInfo>& knownSchedulers()
{
    static const std::vector<SchedulerInfo> all = allSchedulers();
    return all;
}

const SchedulerInfo* findScheduler(const std::string& name)
{
    for (const SchedulerInfo& info : knownSchedulers()) {
        if (info.name == name)
            return &info;
    }
    return nullptr;
}

const std::vector<SpacingInfo>& knownSpacings()
{
    static const std::vector<SpacingInfo> all = [] {
        std::vector<SpacingInfo> infos = {
            {"linspace", {}, "Timesteps even from the last to the first."},
            {"leading", {}, "Even timesteps from the first on; the last ones are left out."},
            {"trailing",
             {},
             "Even timesteps that end at the very last: needed for zero-terminal-SNR models."},
            {"karras", {}, "More of the steps at low noise (ρ = 7): fine detail."},
            {"exponential", {}, "Even in log σ."},
            {"beta", {}, "More steps at both ends, by quantiles of Beta(0.6, 0.6)."},
            {"lu", {}, "Even in the log signal-to-noise ratio, as the DPM-Solver papers have it."},
            {"flow", {}, "Levels of flow matching, shifted."},
        };
        for (SpacingInfo& info : infos)
            info.title = spacingDisplayName(info.name);
        return infos;
    }();
    return all;
}

std::vector<std::string> supportedSpacings(const std::string& className)
{
    std::vector<std::string> names;
    const ClassEntry* entry = findClass(className);
    if (!entry)
        return names;
    const auto add = [&](bool heeded, std::initializer_list<const char*> more) {
        if (heeded)
            names.insert(names.end(), more.begin(), more.end());
    };
    add(entry->timesteps, {"linspace", "leading", "trailing"});
    add(className == "DPMSolverSinglestepScheduler", {"linspace"});
    add(entry->levels, {"karras", "exponential", "beta"});
    add(entry->lu, {"lu"});
    add(entry->flow, {"flow"});
    return names;
}

Result<SchedulerConfig> configFor(const std::string& modelSchedulerJson, const SamplerSettings& settings)
{
    auto own = SchedulerConfig::parse(modelSchedulerJson);
    // Betas and prediction hold for every scheduler: the class that the file names is a preference.
    const bool ownIsUnknown = !own && own.error().kind == ErrorKind::Unsupported;
    if (!own && ownIsUnknown && settings.scheduler.empty())
        return fail(ErrorKind::Unsupported, own.error().message + "; choose another scheduler (--scheduler)");
    if (!own && !ownIsUnknown)
        return own;
    if (ownIsUnknown)
        own = SchedulerConfig();
    SchedulerConfig config = *own;
    if (!settings.scheduler.empty()) {
        const SchedulerInfo* info = findScheduler(settings.scheduler);
        if (!info)
            return fail(ErrorKind::InvalidRequest, "Scheduler \"" + settings.scheduler +
                                                       "\" is unknown; known are " +
                                                       listOfNames(knownSchedulers()) + ".");
        const SchedulerInfo* ofModel = findScheduler(schedulerNameOf(*own));
        if (!ownIsUnknown && ofModel && ofModel->isFlow != info->isFlow)
            return fail(ErrorKind::InvalidRequest,
                        "Scheduler " + info->title + " (\"" + info->name +
                            "\") does not go with this model: it was trained " +
                            (ofModel->isFlow ? "by flow matching." : "by diffusion, not by flow matching."));
        auto exchanged = SchedulerConfig::parseAs(modelSchedulerJson, info->className);
        if (!exchanged)
            return exchanged;
        config = *exchanged;
        if (info->apply)
            info->apply(config);
    }
    if (!settings.prediction.empty()) {
        if (!parsePrediction(settings.prediction))
            return fail(ErrorKind::InvalidRequest,
                        "Prediction \"" + settings.prediction +
                            "\" is unknown; known are epsilon, v_prediction, sample, "
                            "flow_prediction.");
        config.predictionType = settings.prediction;
    }
    if (!settings.spacing.empty()) {
        if (auto applied = applySpacing(config, settings.spacing); !applied)
            return tl::unexpected(applied.error());
    }
    if (auto applied = applySigmaMax(config, *own, settings); !applied)
        return tl::unexpected(applied.error());
    return config;
}

std::string spacingNameOf(const SchedulerConfig& config)
{
    const std::vector<std::string> heeded = supportedSpacings(config.className);
    const std::pair<bool, std::string> inOrder[] = {
        {config.useFlowSigmas, "flow"},     {config.useLuLambdas, "lu"},
        {config.useKarrasSigmas, "karras"}, {config.useExponentialSigmas, "exponential"},
        {config.useBetaSigmas, "beta"},     {true, config.timestepSpacing}};
    for (const auto& [isSet, spacing] : inOrder) {
        if (isSet && std::find(heeded.begin(), heeded.end(), spacing) != heeded.end())
            return spacing;
    }
    return {};
}

SamplerDefaults samplerDefaults(const std::string& modelSchedulerJson)
{
    SamplerDefaults defaults;
    const auto own = configFor(modelSchedulerJson, {});
    if (!own)
        return defaults;
    defaults.scheduler = schedulerNameOf(*own);
    defaults.prediction = own->predictionType;
    defaults.spacings[""] = spacingNameOf(*own);
    for (const SchedulerInfo& info : knownSchedulers()) {
        SamplerSettings settings;
        settings.scheduler = info.name;
        if (const auto config = configFor(modelSchedulerJson, settings))
            defaults.spacings[info.name] = spacingNameOf(*config);
    }
    return defaults;
}

std::string schedulerNameOf(const SchedulerConfig& config)
{
    std::string first;
    for (const SchedulerInfo& info : knownSchedulers()) {
        if (info.className != config.className)
            continue;
        if (first.empty())
            first = info.name;
        SchedulerConfig applied = config;
        if (info.apply)
            info.apply(applied);
        if (applied == config)
            return info.name;
    }
    return first;
}

} // namespace unfog

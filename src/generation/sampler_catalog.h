#pragma once

#include <string>
#include <vector>

/// What a person can choose from when sampling, as plain words: filled by the engine
/// (pipeline/sampler_catalog.h), shown by forms and lists that know nothing of Torch.
namespace unfog {

struct NamedChoice {
    std::string name;        ///< as it stands in a GenerationRequest, e.g. "dpmpp-2m"
    std::string title;       ///< for people, e.g. "DPM-Solver++ 2M"
    std::string description; ///< one line: what it does to the picture or to the speed
};

struct SchedulerChoice {
    NamedChoice scheduler;
    std::vector<std::string> spacings; ///< names of the spacings it accepts
    bool usesEta = false;
};

struct SamplerCatalog {
    std::vector<SchedulerChoice> schedulers;
    std::vector<NamedChoice> spacings;
    std::vector<NamedChoice> predictions;

    /// None when the name is not known.
    const SchedulerChoice* find(const std::string& name) const
    {
        for (const SchedulerChoice& choice : schedulers) {
            if (choice.scheduler.name == name)
                return &choice;
        }
        return nullptr;
    }
};

} // namespace unfog

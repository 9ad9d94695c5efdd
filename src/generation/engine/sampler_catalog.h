#pragma once

#include <map>
#include <string>
#include <vector>

/// What a person can choose from when sampling, as plain words: filled by the engine
/// (pipeline/run/sampler_catalog.h), shown by forms and lists that know nothing of Torch.
namespace unfog {

struct NamedChoice {
    std::string name;        ///< as it stands in a GenerationRequest, e.g. "dpmpp-2m"
    std::string title;       ///< for people, e.g. "DPM2 ancestral (DPM2 a)"
    std::string description; ///< one line: what it does to the image or to the speed
};

struct SchedulerChoice {
    NamedChoice scheduler;
    std::vector<std::string> spacings; ///< names of the spacings it accepts
    bool usesEta = false;
    double defaultEta = 0.0; ///< where `usesEta`: what stands in for an η that is left out
};

/// What the settings that a request leaves to the model come to, by their names. Empty: not known.
struct SamplerDefaults {
    std::string scheduler;
    std::string prediction;
    /// By the scheduler chosen ("" = the model's own): the spacing; "" where the scheduler has levels of its
    /// own.
    std::map<std::string, std::string> spacings;
    int clipSkip = 0; ///< last layers of the text encoder that the model leaves out by itself

    bool operator==(const SamplerDefaults&) const = default;
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

/// What of the catalogue can't work with one model, with the reason in a sentence.
struct SamplerLimits {
    struct Entry {
        std::string name;
        std::string reason;

        bool operator==(const Entry&) const = default;
    };
    std::vector<Entry> schedulers;
    std::vector<Entry> spacings; ///< with any scheduler
    std::vector<Entry> pairs;    ///< named "scheduler/spacing": both go with the model, not with each other

    bool operator==(const SamplerLimits&) const = default;

    /// Null when nothing speaks against it.
    const std::string* reasonAgainstScheduler(const std::string& name) const
    {
        return reasonIn(schedulers, name);
    }
    const std::string* reasonAgainstSpacing(const std::string& name) const
    {
        return reasonIn(spacings, name);
    }

    const std::string* reasonAgainst(const std::string& scheduler, const std::string& spacing) const
    {
        if (const std::string* reason = reasonAgainstScheduler(scheduler))
            return reason;
        if (const std::string* reason = reasonAgainstSpacing(spacing))
            return reason;
        return reasonIn(pairs, scheduler + "/" + spacing);
    }

private:
    static const std::string* reasonIn(const std::vector<Entry>& entries, const std::string& name)
    {
        for (const Entry& entry : entries) {
            if (entry.name == name)
                return &entry.reason;
        }
        return nullptr;
    }
};

} // namespace unfog

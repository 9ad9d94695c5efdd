#include "generation/interchange/imported_parameters.h"

#include <algorithm>
#include <utility>

#include "generation/interchange/a1111_text.h"
#include "generation/interchange/foreign_json.h"
#include "generation/request/validate.h"

namespace unfog {
namespace {

constexpr std::size_t sentenceValueBytes = 200;

/// Keeps request and account of one import together while they are fitted.
class Fitter final {
public:
    Fitter(ImportedParameters& parameters, const SamplerCatalog& catalog, const ImportTarget& target)
        : m_parameters(parameters), m_request(parameters.request), m_catalog(catalog), m_target(target)
    {
    }

    void run()
    {
        ranges();
        scheduler();
        prediction();
        spacing();
        eta();
        size();
        clipSkip();
        initImage();
    }

private:
    void tell(const std::string& name, const std::string& value, ImportOutcome outcome, std::string note)
    {
        if (ImportedValue* known = m_parameters.find(name)) {
            known->outcome = outcome;
            known->note = std::move(note);
        } else {
            m_parameters.values.push_back({name, value, outcome, std::move(note)});
        }
    }

    /// For records of our own that were changed by hand or written by another version.
    template <class Number>
    void range(const char* name, Number low, Number high, Number byDefault, Number& value)
    {
        if (value >= low && value <= high)
            return;
        const Number said = value;
        value = said < low ? low : said > high ? high : byDefault; // no comparison holds for NaN
        tell(name, std::to_string(said), ImportOutcome::Approximated,
             "possible are " + std::to_string(low) + " to " + std::to_string(high));
    }

    void ranges()
    {
        const GenerationRequest defaults;
        range("Steps", 1, kMaxSteps, defaults.sampler.steps, m_request.sampler.steps);
        range("Images", 1, kMaxCount, 1, m_request.output.count);
        range("CFG scale", kMinGuidance, kMaxGuidance, defaults.guidance.scale, m_request.guidance.scale);
        range("CFG rescale", 0.0, 1.0, 0.0, m_request.guidance.rescale);
        range("Clip skip", 0, kMaxClipSkip, 0, m_request.prompts.clipSkip);
        if (m_request.sampler.eta)
            range("Eta", 0.0, 1.0, 0.0, *m_request.sampler.eta);
    }

    void scheduler()
    {
        std::string& name = m_request.sampler.scheduler;
        if (name.empty() || m_catalog.find(name))
            return;
        tell("Sampler", name, ImportOutcome::Ignored,
             "there is no such sampler here; the model's own is used");
        name.clear();
    }

    void prediction()
    {
        std::string& name = m_request.sampler.prediction;
        const bool isKnown = std::any_of(m_catalog.predictions.begin(), m_catalog.predictions.end(),
                                         [&](const NamedChoice& choice) { return choice.name == name; });
        if (name.empty() || isKnown)
            return;
        tell("Prediction", name, ImportOutcome::Ignored,
             "there is no such prediction here; the model's own is used");
        name.clear();
    }

    void spacing()
    {
        std::string& name = m_request.sampler.spacing;
        if (name.empty())
            return;
        const bool isKnown = std::any_of(m_catalog.spacings.begin(), m_catalog.spacings.end(),
                                         [&](const NamedChoice& choice) { return choice.name == name; });
        const SchedulerChoice* scheduler = m_catalog.find(m_request.sampler.scheduler);
        if (!isKnown)
            tell("Schedule type", name, ImportOutcome::Ignored, "there is no such schedule here");
        else if (!scheduler)
            tell("Schedule type", name, ImportOutcome::Ignored, "it is left out with the sampler");
        else if (std::find(scheduler->spacings.begin(), scheduler->spacings.end(), name) ==
                 scheduler->spacings.end())
            tell("Schedule type", name, ImportOutcome::Ignored,
                 "it does not go with " + scheduler->scheduler.title +
                     " here; the model's own schedule is used");
        else
            return;
        name.clear();
    }

    void eta()
    {
        auto& eta = m_request.sampler.eta;
        const SchedulerChoice* scheduler = m_catalog.find(m_request.sampler.scheduler);
        if (!eta || !scheduler || scheduler->usesEta)
            return;
        const std::string said = std::to_string(*eta);
        eta.reset();
        for (const char* name : {"Eta", "Eta DDIM"})
            if (m_parameters.find(name))
                tell(name, said, ImportOutcome::Ignored, scheduler->scheduler.title + " has no eta here");
    }

    void size()
    {
        const int step = std::max(kSizeStepPx, m_target.latentDownscale);
        const int width = m_request.canvas.widthPx, height = m_request.canvas.heightPx;
        for (int* side : {&m_request.canvas.widthPx, &m_request.canvas.heightPx})
            if (*side != 0)
                *side = std::clamp((std::min(*side, kMaxSizePx) + step / 2) / step * step, step,
                                   kMaxSizePx / step * step);
        if (m_request.canvas.widthPx != width || m_request.canvas.heightPx != height)
            tell("Size", std::to_string(width) + "x" + std::to_string(height), ImportOutcome::Approximated,
                 std::to_string(m_request.canvas.widthPx) + " × " +
                     std::to_string(m_request.canvas.heightPx) + " is used; sides are multiples of " +
                     std::to_string(step));
    }

    void clipSkip()
    {
        int& skipped = m_request.prompts.clipSkip;
        if (skipped == 0)
            return;
        const bool isXl = m_target.family == TargetFamily::Xl;
        const bool isLater = isXl || m_target.family == TargetFamily::Second;
        if (m_parameters.clipSkipOfWebUi && isLater) {
            tell("Clip skip", std::to_string(skipped + 1), ImportOutcome::Ignored,
                 isXl ? "A1111 takes the penultimate layer of XL models whatever it says"
                      : "A1111 has it for Stable Diffusion 1 only");
            skipped = 0;
            return;
        }
        const int most = m_target.textLayers - (isXl ? 1 : 0);
        if (m_target.textLayers == 0 || skipped <= most)
            return;
        tell("Clip skip", std::to_string(skipped), ImportOutcome::Ignored,
             "the text encoder of the model has " + std::to_string(m_target.textLayers) + " layers only");
        skipped = 0;
    }

    void initImage()
    {
        if (!m_request.images.start)
            return;
        double& strength = m_request.images.start->strength;
        const double least = 1.0 / m_request.sampler.steps;
        if (strength >= least && strength <= 1.0)
            return;
        const std::string said = std::to_string(strength);
        strength = strength < least ? least : strength > 1.0 ? 1.0 : InitImage().strength;
        // One step's share may be rounded to just below it.
        while (static_cast<int>(m_request.sampler.steps * strength) < 1)
            strength = std::min(1.0, strength * 1.001);
        tell("Denoising strength", said, ImportOutcome::Approximated,
             "at least one step must be left to run");
    }

    ImportedParameters& m_parameters;
    GenerationRequest& m_request;
    const SamplerCatalog& m_catalog;
    const ImportTarget& m_target;
};

} // namespace

TargetFamily targetFamily(std::string_view name)
{
    const auto has = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
    if (has("XL"))
        return TargetFamily::Xl;
    const std::size_t digit = name.find_first_of("12"); // "SD 2.1" is of the second family
    return digit == std::string_view::npos ? TargetFamily::Unknown
           : name[digit] == '1'            ? TargetFamily::First
                                           : TargetFamily::Second;
}

std::string_view nameOf(ImportOutcome outcome)
{
    switch (outcome) {
    case ImportOutcome::Applied:
        return "Applied";
    case ImportOutcome::Approximated:
        return "Approximated";
    case ImportOutcome::Ignored:
        break;
    }
    return "Ignored";
}

std::string shortened(std::string_view utf8, std::size_t limit)
{
    if (utf8.size() <= limit)
        return std::string(utf8);
    std::size_t end = limit;
    while (end > 0 && (utf8[end] & 0xC0) == 0x80)
        --end;
    return std::string(utf8.substr(0, end)) + "…";
}

std::string sentenceOf(const ImportedValue& value)
{
    std::string sentence = value.name;
    if (!value.value.empty())
        sentence += ": \"" + shortened(value.value, sentenceValueBytes) + "\"";
    if (!value.note.empty())
        sentence += (value.value.empty() ? ": " : "; ") + value.note;
    return sentence;
}

const ImportedValue* ImportedParameters::find(std::string_view name) const
{
    for (const ImportedValue& value : values)
        if (value.name == name)
            return &value;
    return nullptr;
}

ImportedValue* ImportedParameters::find(std::string_view name)
{
    return const_cast<ImportedValue*>(std::as_const(*this).find(name));
}

void fitToEngine(ImportedParameters& parameters, const SamplerCatalog& catalog, const ImportTarget& target)
{
    Fitter(parameters, catalog, target).run();
}

std::optional<ImportedParameters> importText(std::string_view text)
{
    if (auto json = readForeignJson(text))
        return std::move(json->parameters);
    const A1111Parameters parameters = parseA1111Text(text);
    return parameters.values.empty() ? std::nullopt : std::optional(toRequest(parameters));
}

} // namespace unfog

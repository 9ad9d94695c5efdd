#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "base/ascii_text.h"
#include "generation/interchange/a1111_text.h"
#include "generation/interchange/foreign_names.h"
#include "generation/request/validate.h"

namespace unfog {
namespace {

constexpr int maxClipSkip = kMaxClipSkip + 1; // A1111 counts from 1

/// "v1.10.1" → "A1111", "Fooocus v2.5.0" → "Fooocus", "f2.0.1v1.10.1" → "Forge".
std::string programOfVersion(const std::string* version)
{
    if (!version || version->empty() || (*version)[0] == 'v' ||
        ((*version)[0] >= '0' && (*version)[0] <= '9'))
        return "A1111";
    if (version->size() > 1 && (*version)[0] == 'f' && (*version)[1] >= '0' && (*version)[1] <= '9')
        return "Forge";
    return version->substr(0, version->find(' '));
}

std::optional<double> parseNumber(std::string_view text)
{
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

std::optional<std::uint64_t> parseSeed(std::string_view text)
{
    if (text.ends_with(".0"))
        text.remove_suffix(2);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

/// "512 x 768", "(512, 768)", "512×768" → 512, 768. Exactly two numbers, and little between them.
std::optional<std::pair<long, long>> parseSize(std::string_view text)
{
    std::vector<long> numbers;
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] < '0' || text[i] > '9') {
            if (text[i] == '-' || text[i] == '.')
                return std::nullopt;
            ++i;
            continue;
        }
        long value = 0;
        const auto [end, error] = std::from_chars(text.data() + i, text.data() + text.size(), value);
        if (error != std::errc{})
            return std::nullopt;
        numbers.push_back(value);
        i = static_cast<std::size_t>(end - text.data());
    }
    if (numbers.size() != 2)
        return std::nullopt;
    return std::pair(numbers[0], numbers[1]);
}

/// The nearest side that can be drawn.
int nearestSide(long side)
{
    const long rounded = (side + kSizeStepPx / 2) / kSizeStepPx * kSizeStepPx;
    return static_cast<int>(std::clamp<long>(rounded, kMinSizePx, kMaxSizePx));
}

/// Fills a request from the values of a text and keeps the account of it.
class RequestReader final {
public:
    explicit RequestReader(const A1111Parameters& parameters) : m_parameters(parameters)
    {
        out.program = programOfVersion(parameters.find("Version"));
        out.request.prompts.positive = parameters.prompt;
        out.request.prompts.negative = parameters.negativePrompt;
        if (!parameters.prompt.empty())
            add("Prompt", parameters.prompt, ImportOutcome::Applied);
        if (!parameters.negativePrompt.empty())
            add("Negative prompt", parameters.negativePrompt, ImportOutcome::Applied);
    }

    /// `keys`: spellings of one setting, the first is its name.
    template <class Number>
    bool number(std::initializer_list<const char*> keys, double low, double high, Number& target)
    {
        const std::string* text = take(keys);
        if (!text)
            return false;
        const char* name = *keys.begin();
        const auto value = parseNumber(*text);
        if (!value)
            return add(name, *text, ImportOutcome::Ignored, "it is not a number");
        const double fitting =
            std::clamp(std::is_integral_v<Number> ? std::round(*value) : *value, low, high);
        target = static_cast<Number>(fitting);
        if (fitting == *value)
            add(name, *text, ImportOutcome::Applied);
        else
            add(name, *text, ImportOutcome::Approximated,
                numberText(fitting) + " is used; possible are " + numberText(low) + " to " +
                    numberText(high));
        return true;
    }

    void sampler()
    {
        const std::string* text = take({"Sampler", "Sampler name"});
        const std::string* schedule = take({"Schedule type", "Scheduler", "Noise schedule"});
        std::string_view scheduleName = schedule ? std::string_view(*schedule) : "";
        if (text) {
            const ForeignSampler split = splitForeignSampler(*text);
            const auto spacing = spacingOfForeign(scheduleName);
            if (spacing && spacing->name.empty())
                scheduleName = split.schedule;
            if (const auto scheduler = schedulerOfForeign(split.sampler)) {
                out.request.sampler.scheduler = scheduler->name;
                add("Sampler", *text, scheduler->deviation);
            } else {
                add("Sampler", *text, ImportOutcome::Ignored,
                    "there is no such sampler here; the model's own is used");
            }
        }
        const std::string said = schedule ? *schedule : std::string(scheduleName);
        if (said.empty())
            return;
        if (const auto spacing = spacingOfForeign(scheduleName)) {
            out.request.sampler.spacing = spacing->name;
            add("Schedule type", said, spacing->deviation);
        } else {
            add("Schedule type", said, ImportOutcome::Ignored, "there is no such schedule here");
        }
    }

    void seed()
    {
        const std::string* rng = take({"RNG"}); // says nothing without a seed
        const std::string* text = take({"Seed", "Noise seed"});
        if (!text)
            return;
        const auto value = parseSeed(*text);
        if (!value) {
            add("Seed", *text, ImportOutcome::Ignored,
                "it is not a whole number from 0 to " +
                    std::to_string(std::numeric_limits<std::uint64_t>::max()));
            return;
        }
        out.request.output.seed = *value;
        out.hasSeed = true;
        const std::string otherNoise = "here noise is drawn on the CPU, so the same seed gives another image";
        if (rng && *rng == "CPU") {
            add("Seed", *text, ImportOutcome::Applied);
            add("RNG", *rng, ImportOutcome::Applied);
        } else if (rng) {
            add("Seed", *text, ImportOutcome::Applied);
            add("RNG", *rng, ImportOutcome::Approximated, otherNoise);
        } else {
            add("Seed", *text, ImportOutcome::Approximated,
                otherNoise + ", unless the source drew it there too");
        }
    }

    void size()
    {
        std::string said;
        const std::string* width = take({"Size-1", "Width", "Resolution-1"});
        const std::string* height = take({"Size-2", "Height", "Resolution-2"});
        if (width && height)
            said = *width + "x" + *height;
        else if (const std::string* text = take({"Size", "Resolution"}))
            said = *text;
        if (said.empty())
            return;
        const auto sides = parseSize(said);
        if (!sides || sides->first <= 0 || sides->second <= 0) {
            add("Size", said, ImportOutcome::Ignored, "it is not a size; the model's own is used");
            return;
        }
        out.request.canvas.widthPx = nearestSide(sides->first);
        out.request.canvas.heightPx = nearestSide(sides->second);
        const bool isExact =
            out.request.canvas.widthPx == sides->first && out.request.canvas.heightPx == sides->second;
        add("Size", said,
            isExact ? ""
                    : std::to_string(out.request.canvas.widthPx) + " × " +
                          std::to_string(out.request.canvas.heightPx) + " is used; sides are multiples of " +
                          std::to_string(kSizeStepPx) + " up to " + std::to_string(kMaxSizePx));
    }

    void clipSkip()
    {
        int counted = 1;
        if (!number({"Clip skip"}, 1, maxClipSkip, counted))
            return;
        out.request.prompts.clipSkip = counted - 1;
        out.clipSkipOfWebUi = true;
    }

    void eta()
    {
        for (const char* key : {"Eta", "Eta DDIM"}) {
            double value = 0.0;
            if (number({key}, 0.0, 1.0, value))
                out.request.sampler.eta = value;
        }
    }

    void sigmaMax()
    {
        double value = 0.0;
        if (number({"Schedule max sigma", "Sigma max"}, kMinSigmaMax, kMaxSigmaMax, value))
            out.request.sampler.sigmaMax = value;
    }

    void model()
    {
        const std::string* name = take({"Model", "Model name", "Base model", "Checkpoint"});
        if (!name)
            return;
        out.modelName = *name;
        add("Model", *name, ImportOutcome::Ignored,
            "a name does not say where the model is: choose it yourself");
    }

    void rest()
    {
        take({"Version"});
        for (std::size_t i = 0; i < m_parameters.values.size(); ++i) {
            auto [key, value] = m_parameters.values[i];
            if (m_taken.contains(foldedName(key)))
                continue;
            if (key.ends_with("-1") && i + 1 < m_parameters.values.size() &&
                m_parameters.values[i + 1].first == key.substr(0, key.size() - 1) + "2") {
                value += "x" + m_parameters.values[++i].second;
                key.resize(key.size() - 2);
            }
            add(key, value, ImportOutcome::Ignored, reasonFor(key));
        }
        for (const auto& [key, value] : m_parameters.extras)
            add(key, value, ImportOutcome::Ignored, "it stands behind the settings");
    }

    ImportedParameters out;

private:
    static std::string reasonFor(const std::string& key)
    {
        const std::string folded = foldedName(key);
        if (folded == "denoisingstrength" || folded == "strength")
            return "the image that it started from is not recorded";
        if (folded == "modelhash")
            return "no model is looked for by it";
        if (folded.starts_with("lora") || folded.starts_with("lyco"))
            return "LoRA is not applied here";
        return "there is nothing like it here";
    }

    /// The value under one of these spellings; all of them count as dealt with.
    const std::string* take(std::initializer_list<const char*> keys)
    {
        const std::string* found = nullptr;
        for (const char* key : keys) {
            m_taken.insert(foldedName(key));
            if (!found)
                found = m_parameters.find(key);
        }
        return found;
    }

    bool add(std::string name, std::string value, ImportOutcome outcome, std::string note = {})
    {
        out.values.push_back({std::move(name), std::move(value), outcome, std::move(note)});
        return outcome != ImportOutcome::Ignored;
    }

    void add(std::string name, std::string value, std::string_view deviation)
    {
        add(std::move(name), std::move(value),
            deviation.empty() ? ImportOutcome::Applied : ImportOutcome::Approximated, std::string(deviation));
    }

    const A1111Parameters& m_parameters;
    std::set<std::string, std::less<>> m_taken; ///< folded keys
};

} // namespace

ImportedParameters toRequest(const A1111Parameters& parameters)
{
    RequestReader reader(parameters);
    GenerationRequest& request = reader.out.request;
    reader.number({"Steps"}, 1, kMaxSteps, request.sampler.steps);
    reader.sampler();
    reader.number({"CFG scale", "CFG", "Guidance scale"}, kMinGuidance, kMaxGuidance, request.guidance.scale);
    reader.number({"CFG rescale", "Guidance rescale", "CFG rescale multiplier"}, 0.0, 1.0,
                  request.guidance.rescale);
    reader.seed();
    reader.size();
    reader.clipSkip();
    reader.eta();
    reader.sigmaMax();
    reader.model();
    reader.rest();
    return std::move(reader.out);
}

} // namespace unfog

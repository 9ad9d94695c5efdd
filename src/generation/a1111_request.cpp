#include <algorithm>
#include <charconv>
#include <optional>

#include "generation/a1111_names.h"
#include "generation/a1111_text.h"
#include "generation/validate.h"

namespace unfog {
namespace {

template <class Number>
std::optional<Number> parseNumber(std::string_view text)
{
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

/// Fills a request from the values of a text and keeps the account of it.
class RequestReader final {
public:
    explicit RequestReader(const A1111Parameters& parameters) : m_parameters(parameters)
    {
        out.request.prompt = parameters.prompt;
        out.request.negativePrompt = parameters.negativePrompt;
    }

    template <class Number>
    void number(const char* key, Number low, Number high, Number& target)
    {
        const std::string* text = m_parameters.find(key);
        if (!text)
            return;
        const auto value = parseNumber<Number>(*text);
        if (!value || !(*value >= low && *value <= high))
            return ignore(key, *text, "is not a number in its range");
        target = *value;
        out.taken.emplace_back(key);
    }

    void sampler()
    {
        const std::string* text = m_parameters.find("Sampler");
        const std::string* schedule = m_parameters.find("Schedule type");
        std::string_view scheduleName = schedule ? std::string_view(*schedule) : "";
        if (text) {
            const A1111Sampler split = splitA1111Sampler(*text);
            if (scheduleName.empty() || scheduleName == "Automatic")
                scheduleName = split.scheduleType;
            if (const auto scheduler = schedulerOfA1111(split.sampler)) {
                out.request.sampler.scheduler = *scheduler;
                out.taken.emplace_back("Sampler");
            } else {
                ignore("Sampler", *text, "is not known here");
            }
        }
        if (scheduleName.empty())
            return;
        if (const auto spacing = spacingOfA1111(scheduleName)) {
            out.request.sampler.spacing = *spacing;
            if (schedule)
                out.taken.emplace_back("Schedule type");
        } else {
            ignore("Schedule type", *schedule, "is not known here");
        }
    }

    void size()
    {
        const std::string* width = m_parameters.find("Size-1");
        const std::string* height = m_parameters.find("Size-2");
        if (!width || !height)
            return;
        const int w = parseNumber<int>(*width).value_or(-1), h = parseNumber<int>(*height).value_or(-1);
        if (!validateSize("width", w) || !validateSize("height", h) || w == 0 || h == 0)
            return ignore("Size", *width + "x" + *height, "is not a size that can be drawn here");
        out.request.widthPx = w;
        out.request.heightPx = h;
        out.taken.emplace_back("Size");
    }

    void eta()
    {
        for (const char* key : {"Eta", "Eta DDIM"})
            if (m_parameters.find(key)) {
                double value = -1.0;
                number(key, 0.0, 1.0, value);
                if (value >= 0.0)
                    out.request.sampler.eta = value;
            }
    }

    void model()
    {
        if (const std::string* name = m_parameters.find("Model"))
            out.modelName = *name;
    }

    void rest()
    {
        const std::string* rng = m_parameters.find("RNG");
        if (rng && *rng == "CPU")
            out.taken.emplace_back("RNG");
        else if (m_parameters.find("Seed"))
            out.ignored.push_back(
                "RNG: " + (rng ? "\"" + *rng + "\"" : std::string("not stated, so drawn on a GPU")) +
                "; here noise is drawn on the CPU, so the same seed gives another picture");
        for (const auto& [key, value] : m_parameters.values) {
            const bool isPartOfSize = key == "Size-1" || key == "Size-2";
            if (isPartOfSize || key == "RNG" || key == "Model" || key == "Version" || isMentioned(key))
                continue;
            ignore(key, value,
                   key == "Denoising strength"
                       ? "is left out: the picture that it started from is not recorded"
                       : "is not used here");
        }
    }

    A1111Request out;

private:
    void ignore(const std::string& key, const std::string& value, const char* why)
    {
        out.ignored.push_back(key + ": \"" + value + "\" " + why);
        m_mentioned.push_back(key);
    }

    bool isMentioned(const std::string& key) const
    {
        return std::find(out.taken.begin(), out.taken.end(), key) != out.taken.end() ||
               std::find(m_mentioned.begin(), m_mentioned.end(), key) != m_mentioned.end();
    }

    const A1111Parameters& m_parameters;
    std::vector<std::string> m_mentioned;
};

} // namespace

A1111Request toRequest(const A1111Parameters& parameters)
{
    RequestReader reader(parameters);
    GenerationRequest& request = reader.out.request;
    reader.number("Steps", 1, kMaxSteps, request.sampler.steps);
    reader.sampler();
    reader.number("CFG scale", kMinGuidance, kMaxGuidance, request.guidanceScale);
    reader.number("CFG rescale", 0.0, 1.0, request.guidanceRescale);
    reader.number("Seed", std::uint64_t{0}, ~std::uint64_t{0}, request.seed);
    reader.size();
    int clipSkip = 1;
    reader.number("Clip skip", 1, 33, clipSkip);
    request.clipSkip = clipSkip - 1;
    reader.eta();
    reader.model();
    reader.rest();
    return std::move(reader.out);
}

} // namespace unfog

#include "generation/interchange/a1111_text.h"

#include <nlohmann/json.hpp>

#include "base/ascii_text.h"
#include "generation/interchange/a1111_names.h"

namespace unfog {
namespace {

std::string wellFormed(const std::string& text)
{
    using nlohmann::json;
    std::string out =
        json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
    std::erase(out, '\0');
    return out;
}

/// The settings line of a text that is being written.
class SettingsLine final {
public:
    void add(std::string_view key, const std::string& value)
    {
        m_line += (m_line.empty() ? "" : ", ") + std::string(key) + ": ";
        m_line += value.find_first_of(",\n:") == std::string::npos ? value : nlohmann::json(value).dump();
    }
    const std::string& text() const { return m_line; }

private:
    std::string m_line;
};

std::string modelNameOf(const std::string& path)
{
    std::string name = lastPathPart(path);
    if (name.ends_with(".safetensors"))
        name.resize(name.size() - std::string_view(".safetensors").size());
    return name;
}

} // namespace

std::string writeA1111Text(const GenerationRequest& request, const A1111Origin& origin)
{
    const SamplerSettings& sampler = request.sampler;
    SettingsLine line;
    line.add("Steps", std::to_string(sampler.steps));
    if (!sampler.scheduler.empty())
        line.add("Sampler", a1111SamplerName(sampler.scheduler));
    if (!sampler.spacing.empty())
        line.add("Schedule type", a1111ScheduleName(sampler.spacing));
    line.add("CFG scale", numberText(request.guidanceScale));
    line.add("Seed", std::to_string(request.seed));
    if (request.widthPx > 0 && request.heightPx > 0)
        line.add("Size", std::to_string(request.widthPx) + "x" + std::to_string(request.heightPx));
    const std::string model = origin.modelName.empty() ? modelNameOf(request.model) : origin.modelName;
    if (!model.empty())
        line.add("Model", wellFormed(model));
    if (request.initImage)
        line.add("Denoising strength", numberText(request.initImage->strength));
    // Their 1 is the last layer, our 0; ours counts the layers that are skipped.
    if (request.clipSkip > 0)
        line.add("Clip skip", std::to_string(request.clipSkip + 1));
    line.add("RNG", "CPU");
    if (sampler.eta)
        line.add(sampler.scheduler == "ddim" ? "Eta DDIM" : "Eta", numberText(*sampler.eta));
    if (sampler.sigmaMax && *sampler.sigmaMax > 0.0)
        line.add("Schedule max sigma", numberText(*sampler.sigmaMax));
    if (request.guidanceRescale > 0.0)
        line.add("CFG rescale", numberText(request.guidanceRescale));
    if (!origin.engineVersion.empty())
        line.add("Version", "Unfog " + wellFormed(origin.engineVersion));

    std::string text = wellFormed(request.prompt);
    if (!request.negativePrompt.empty())
        text += "\nNegative prompt: " + wellFormed(request.negativePrompt);
    text += '\n' + line.text();
    return std::string(trimmed(text));
}

} // namespace unfog

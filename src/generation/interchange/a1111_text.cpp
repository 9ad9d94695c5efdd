#include "generation/interchange/a1111_text.h"

#include <nlohmann/json.hpp>

#include "base/ascii_text.h"
#include "generation/interchange/a1111_names.h"
#include "generation/request/request_fields.h"

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
    // Numbers that stand there as they are; 0 of a real one means "off" or "not told".
    const auto add = [&](const char* key) {
        const RequestField& field = requestField(key);
        const FieldValue value = field.get(request);
        if (value.is_number_integer())
            line.add(field.a1111, value.dump());
        else if (value.is_number() && value.get<double>() > 0.0)
            line.add(field.a1111, numberText(value.get<double>()));
    };
    add("sampler.steps");
    if (!sampler.scheduler.empty())
        line.add("Sampler", a1111SamplerName(sampler.scheduler));
    if (!sampler.spacing.empty())
        line.add("Schedule type", a1111ScheduleName(sampler.spacing));
    add("guidance.scale");
    add("output.seed");
    if (request.canvas.widthPx > 0 && request.canvas.heightPx > 0)
        line.add("Size",
                 std::to_string(request.canvas.widthPx) + "x" + std::to_string(request.canvas.heightPx));
    const std::string model = origin.modelName.empty() ? modelNameOf(request.model.path) : origin.modelName;
    if (!model.empty())
        line.add("Model", wellFormed(model));
    add("images.start.strength");
    // Their 1 is the last layer, our 0; ours counts the layers that are skipped.
    if (request.prompts.clipSkip > 0)
        line.add("Clip skip", std::to_string(request.prompts.clipSkip + 1));
    line.add("RNG", "CPU");
    if (sampler.eta)
        line.add(sampler.scheduler == "ddim" ? "Eta DDIM" : "Eta", numberText(*sampler.eta));
    add("sampler.sigma_max");
    add("guidance.rescale");
    if (!origin.engineVersion.empty())
        line.add("Version", "Unfog " + wellFormed(origin.engineVersion));

    std::string text = wellFormed(request.prompts.positive);
    if (!request.prompts.negative.empty())
        text += "\nNegative prompt: " + wellFormed(request.prompts.negative);
    text += '\n' + line.text();
    return std::string(trimmed(text));
}

} // namespace unfog

#include "generation/a1111_text.h"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "generation/a1111_names.h"
#include "generation/bounded_json.h"

namespace unfog {
namespace {

constexpr std::string_view negativeMark = "Negative prompt:";
constexpr std::size_t leastPairs = 3; ///< fewer on the last line: it belongs to the prompt

bool isSpace(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && isSpace(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isSpace(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string wellFormed(const std::string& text)
{
    using nlohmann::json;
    std::string out =
        json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
    std::erase(out, '\0');
    return out;
}

std::string numberText(double value)
{
    char digits[40];
    return std::string(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
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
    std::string_view name = path;
    while (name.ends_with('/'))
        name.remove_suffix(1);
    name.remove_prefix(name.rfind('/') + 1); // npos + 1 is 0
    if (name.ends_with(".safetensors"))
        name.remove_suffix(std::string_view(".safetensors").size());
    return std::string(name);
}

bool isKeyCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80 || c == '_' || c == ' ' || c == '-' || c == '/';
}

bool isKeyStart(char c)
{
    return isKeyCharacter(c) && c != ' ' && c != '-' && c != '/';
}

std::ptrdiff_t codePoints(std::string_view utf8)
{
    return std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

/// The length of a double-quoted, non-empty run with backslash escapes at the start of `text`, 0 if there is
/// none or something other than a comma or the end follows.
std::size_t quotedLength(std::string_view text)
{
    if (text.size() < 3 || text.front() != '"')
        return 0;
    std::size_t at = 1;
    while (at < text.size() && text[at] != '"')
        at += text[at] == '\\' ? 2 : 1;
    if (at >= text.size() || at == 1)
        return 0;
    return at + 1 == text.size() || text[at + 1] == ',' ? at + 1 : 0;
}

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

Pairs pairsOf(std::string_view line)
{
    Pairs pairs;
    std::size_t at = 0;
    while (at < line.size()) {
        while (at < line.size() && !isKeyStart(line[at]))
            ++at;
        const std::size_t start = at;
        while (at < line.size() && isKeyCharacter(line[at]))
            ++at;
        if (at >= line.size() || line[at] != ':' || codePoints(line.substr(start, at - start)) < 2)
            continue;
        const std::string_view key = line.substr(start, at - start);
        for (++at; at < line.size() && isSpace(line[at]);)
            ++at;
        std::size_t length = quotedLength(line.substr(at));
        if (length == 0)
            length = std::min(line.find(',', at), line.size()) - at;
        pairs.emplace_back(key, line.substr(at, length));
        at = std::min(at + length + 1, line.size());
    }
    return pairs;
}

std::string unquoted(std::string_view value)
{
    if (value.size() < 2 || value.front() != '"' || value.back() != '"')
        return std::string(value);
    const auto json = parseJson(value).value_or(nlohmann::json());
    return json.is_string() ? json.get<std::string>() : std::string(value);
}

void setValue(A1111Parameters& parameters, const std::string& key, std::string value)
{
    for (auto& [known, old] : parameters.values)
        if (known == key) {
            old = std::move(value);
            return;
        }
    parameters.values.emplace_back(key, std::move(value));
}

/// "512x768" → 3.
std::size_t crossOf(std::string_view value)
{
    const std::size_t cross = value.find('x');
    const auto digits = [](std::string_view text) {
        return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
    };
    const bool isSize =
        cross != std::string_view::npos && digits(value.substr(0, cross)) && digits(value.substr(cross + 1));
    return isSize ? cross : std::string_view::npos;
}

void addLine(std::string& text, std::string_view line)
{
    if (!text.empty())
        text += '\n';
    text += line;
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

const std::string* A1111Parameters::find(std::string_view key) const
{
    for (const auto& [known, value] : values)
        if (known == key)
            return &value;
    return nullptr;
}

A1111Parameters parseA1111Text(std::string_view text)
{
    A1111Parameters parameters;
    text = trimmed(text);
    const std::size_t lastBreak = text.rfind('\n');
    const Pairs pairs = pairsOf(text.substr(lastBreak + 1)); // npos + 1 is 0
    const bool hasSettings = pairs.size() >= leastPairs;
    std::string_view rest = hasSettings ? text.substr(0, lastBreak + 1) : text;
    bool isNegative = false;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = trimmed(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.starts_with(negativeMark)) {
            isNegative = true;
            line = trimmed(line.substr(negativeMark.size()));
        }
        addLine(isNegative ? parameters.negativePrompt : parameters.prompt, line);
    }
    if (!hasSettings)
        return parameters;
    for (const auto& [key, quoted] : pairs) {
        if (quoted.empty())
            continue;
        std::string value = unquoted(quoted);
        const std::string name(key);
        if (const std::size_t cross = crossOf(value); cross != std::string::npos) {
            setValue(parameters, name + "-1", value.substr(0, cross));
            setValue(parameters, name + "-2", value.substr(cross + 1));
        } else {
            setValue(parameters, name, std::move(value));
        }
    }
    return parameters;
}

} // namespace unfog

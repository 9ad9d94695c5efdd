#include "generation/interchange/foreign_json.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <nlohmann/json.hpp>

#include "base/ascii_text.h"
#include "generation/interchange/a1111_text.h"
#include "generation/interchange/foreign_names.h"

namespace unfog {
namespace {

using Json = nlohmann::ordered_json;

constexpr int maxDepth = 100;              ///< graphs of thousands of nodes stay below ten
constexpr std::size_t maxValueBytes = 400; ///< of a value that is only listed
constexpr std::size_t maxListed = 100;     ///< values
constexpr std::string_view elsewhere = "another program";

std::string_view withoutEnds(std::string_view text)
{
    constexpr std::string_view blank(" \t\r\n\0", 5);
    if (text.starts_with("\xEF\xBB\xBF")) // a byte order mark
        text.remove_prefix(3);
    const std::size_t first = text.find_first_not_of(blank);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

/// Calls `visit` with each character that is in no string.
template <class Visit>
void outsideStrings(std::string_view json, Visit&& visit)
{
    bool isInString = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (isInString && json[i] == '\\')
            ++i;
        else if (json[i] == '"')
            isInString = !isInString;
        else if (!isInString)
            visit(i);
    }
}

bool isTooDeep(std::string_view json)
{
    int depth = 0, deepest = 0;
    outsideStrings(json, [&](std::size_t i) {
        depth += json[i] == '{' || json[i] == '[' ? 1 : json[i] == '}' || json[i] == ']' ? -1 : 0;
        deepest = std::max(deepest, depth);
    });
    return deepest > maxDepth;
}

/// Python writes NaN and Infinity, which are no JSON.
std::string withoutNan(std::string_view json)
{
    std::string plain(json);
    outsideStrings(json, [&](std::size_t i) {
        for (const std::string_view word :
             {std::string_view("-Infinity"), std::string_view("Infinity"), std::string_view("NaN")})
            if (json.substr(i, word.size()) == word) {
                std::fill_n(plain.begin() + static_cast<std::ptrdiff_t>(i), word.size(), ' ');
                plain[i] = '0';
                return;
            }
    });
    return plain;
}

/// {" or [{: a prompt may begin with a bracket as well, hardly with these.
bool beginsAsJson(std::string_view text)
{
    if (text.empty() || (text.front() != '{' && text.front() != '['))
        return false;
    const std::size_t next = text.find_first_not_of(" \t\r\n", 1);
    return next != std::string_view::npos && text[next] == (text.front() == '{' ? '"' : '{');
}

/// Text of A1111 after all, with a prompt such as {"a"|"b"}.
bool hasLineOfSettings(std::string_view text)
{
    return text.find("\nSteps:") != std::string_view::npos;
}

bool has(const Json& object, std::initializer_list<const char*> keys)
{
    return std::all_of(keys.begin(), keys.end(), [&](const char* key) { return object.contains(key); });
}

bool startsWith(const Json& object, const char* key, std::string_view start)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_string() &&
           found->get_ref<const std::string&>().compare(0, start.size(), start) == 0;
}

bool isComfyGraph(const Json& object)
{
    return !object.empty() && std::any_of(object.begin(), object.end(), [](const Json& node) {
        return node.is_object() && node.contains("class_type");
    });
}

std::string programOf(const Json& object)
{
    if (has(object, {"sui_image_params"}))
        return "SwarmUI";
    if (isComfyGraph(object) || has(object, {"nodes", "links"}) || has(object, {"nodes", "last_node_id"}))
        return "ComfyUI";
    if (has(object, {"generation_mode"}) || has(object, {"positive_prompt", "cfg_scale"}) ||
        startsWith(object, "app_id", "invoke-ai") || (has(object, {"nodes", "edges"})))
        return "InvokeAI";
    if (startsWith(object, "software", "RuinedFooocus"))
        return "RuinedFooocus";
    if (startsWith(object, "version", "Fooocus") || startsWith(object, "metadata_scheme", "fooocus") ||
        has(object, {"base_model", "performance"}))
        return "Fooocus";
    if (has(object, {"uc", "c"}))
        return "Draw Things";
    if (has(object, {"uc", "scale"}) || has(object, {"signed_hash"}))
        return "NovelAI";
    if (has(object, {"use_stable_diffusion_model"}))
        return "Easy Diffusion";
    return std::string(elsewhere);
}

std::string plainText(const Json& value)
{
    if (value.is_string())
        return value.get<std::string>();
    if (value.is_number_float()) { // 6.0 is 6 to people
        return numberText(value.get<double>());
    }
    return shortened(value.dump(-1, ' ', false, Json::error_handler_t::replace), maxValueBytes);
}

/// {"name": "dream", …} → "dream".
std::string modelText(const Json& value)
{
    if (value.is_object())
        for (const char* key : {"name", "model_name", "title", "key"})
            if (const auto found = value.find(key); found != value.end() && found->is_string())
                return found->get<std::string>();
    return plainText(value);
}

/// A text, or InvokeAI's old list of {"prompt": …, "weight": …}.
std::string promptText(const Json& value)
{
    if (!value.is_array())
        return plainText(value);
    std::string text;
    for (const Json& part : value)
        if (part.is_object() && part.contains("prompt") && part["prompt"].is_string())
            text += (text.empty() ? "" : " ") + part["prompt"].get<std::string>();
    return text;
}

/// Our key of a program's folded one; "" = a field that is only listed.
std::string_view meaningOf(std::string_view folded, std::string_view program)
{
    struct Row {
        std::string_view theirs, ours;
    };
    constexpr std::array<Row, 34> rows = {{{"prompt", "prompt"},
                                           {"positiveprompt", "prompt"},
                                           {"c", "prompt"},
                                           {"negativeprompt", "negative"},
                                           {"negative", "negative"},
                                           {"uc", "negative"},
                                           {"steps", "Steps"},
                                           {"numinferencesteps", "Steps"},
                                           {"cfgscale", "CFG scale"},
                                           {"cfg", "CFG scale"},
                                           {"scale", "CFG scale"},
                                           {"guidancescale", "CFG scale"},
                                           {"cfgrescale", "CFG rescale"},
                                           {"cfgrescalemultiplier", "CFG rescale"},
                                           {"guidancerescale", "CFG rescale"},
                                           {"seed", "Seed"},
                                           {"noiseseed", "Seed"},
                                           {"width", "Width"},
                                           {"height", "Height"},
                                           {"size", "Size"},
                                           {"resolution", "Size"},
                                           {"sampler", "Sampler"},
                                           {"samplername", "Sampler"},
                                           {"scheduler", "Schedule type"},
                                           {"scheduletype", "Schedule type"},
                                           {"noiseschedule", "Schedule type"},
                                           {"model", "Model"},
                                           {"modelname", "Model"},
                                           {"basemodel", "Model"},
                                           {"basemodelname", "Model"},
                                           {"usestablediffusionmodel", "Model"},
                                           {"clipskip", "Clip skip"},
                                           {"clipstopatlayer", "Clip skip"},
                                           {"strength", "Denoising strength"}}};
    if (program == "InvokeAI" && folded == "scheduler")
        return "Sampler";
    for (const Row& row : rows)
        if (row.theirs == folded)
            return row.ours;
    return folded == "randdevice" ? "RNG" : "";
}

/// InvokeAI counts skipped layers, ComfyUI the last one that is used from the end.
std::string clipSkipOfA1111(const std::string& text, std::string_view program)
{
    int count = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), count).ec != std::errc{})
        return text;
    return std::to_string(program == "InvokeAI" ? count + 1 : count < 0 ? -count : count);
}

/// The object that holds the plain fields.
const Json& fieldsOf(const Json& object, std::string_view program)
{
    if (program == "SwarmUI")
        return object["sui_image_params"];
    if (program == "InvokeAI" && object.contains("image") && object["image"].is_object())
        return object["image"];
    return object;
}

void addField(A1111Parameters& parameters, const std::string& key, const Json& value,
              std::string_view program)
{
    const std::string_view meaning = meaningOf(foldedName(key), program);
    const bool isPlain = value.is_string() || value.is_number() || value.is_boolean();
    if (meaning == "prompt")
        parameters.prompt = promptText(value);
    else if (meaning == "negative")
        parameters.negativePrompt = promptText(value);
    else if (meaning == "Model")
        parameters.values.emplace_back(meaning, modelText(value));
    else if (meaning == "Clip skip" && isPlain)
        parameters.values.emplace_back(meaning, clipSkipOfA1111(plainText(value), program));
    else if (meaning == "RNG")
        parameters.values.emplace_back(meaning, value == "cpu" ? "CPU" : plainText(value));
    else if (!meaning.empty() && (isPlain || meaning == "Size"))
        parameters.values.emplace_back(meaning, plainText(value));
    else if (parameters.values.size() < maxListed)
        parameters.values.emplace_back(key, plainText(value));
}

std::optional<ImportedParameters> settingsOf(const Json& fields, const std::string& program)
{
    if (!fields.is_object())
        return std::nullopt;
    A1111Parameters parameters;
    for (const auto& [key, value] : fields.items())
        if (!value.is_null() && !(value.is_string() && value.get_ref<const std::string&>().empty()))
            addField(parameters, key, value, program);
    const bool hasSetting =
        parameters.find("Steps") || parameters.find("Seed") || parameters.find("CFG scale");
    if (!hasSetting)
        return std::nullopt;
    ImportedParameters read = toRequest(parameters);
    read.program = program;
    return read;
}

ForeignJson describe(const Json& json)
{
    ForeignJson found{std::string(elsewhere), "JSON of another program", std::nullopt};
    if (!json.is_object())
        return found;
    found.program = programOf(json);
    if (found.program == "ComfyUI") {
        found.what = isComfyGraph(json) ? "a ComfyUI graph" : "a ComfyUI workflow";
        return found;
    }
    if (found.program == "InvokeAI" && has(json, {"nodes", "edges"})) {
        found.what = "an InvokeAI graph";
        return found;
    }
    if (found.program != elsewhere)
        found.what = found.program + "'s parameters";
    found.parameters = settingsOf(fieldsOf(json, found.program), found.program);
    return found;
}

} // namespace

std::optional<ForeignJson> readForeignJson(std::string_view source)
{
    std::string_view text = withoutEnds(source);
    std::string unwrapped;
    if (text.starts_with("\"{")) { // JSON in a JSON text
        const Json json = Json::parse(text, nullptr, false);
        if (!json.is_string())
            return std::nullopt;
        unwrapped = json.get<std::string>();
        text = withoutEnds(unwrapped);
    }
    if (!beginsAsJson(text))
        return text == "{}" || text == "[]" ? std::optional(describe(Json())) : std::nullopt;
    const ForeignJson unread{std::string(elsewhere), "JSON that is nested too deeply", std::nullopt};
    if (isTooDeep(text))
        return unread;
    Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded())
        json = Json::parse(withoutNan(text), nullptr, false);
    if (!json.is_discarded())
        return describe(json);
    if (hasLineOfSettings(text))
        return std::nullopt;
    return ForeignJson{std::string(elsewhere), "damaged JSON", std::nullopt};
}

} // namespace unfog

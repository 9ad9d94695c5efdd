#include <algorithm>
#include <array>

#include "base/ascii_text.h"
#include "base/bounded_json.h"
#include "generation/interchange/a1111_text.h"
#include "generation/interchange/foreign_names.h"

namespace unfog {
namespace {

constexpr std::string_view negativeMark = "negative prompt:";
constexpr std::string_view stepsMark = "steps:";
constexpr std::size_t leastPairs = 3; ///< fewer on a line: it belongs to the prompt
constexpr std::ptrdiff_t leastKnownPairs = 2;

/// Where `lowerMark` begins a word of `text` at or before `from`; npos: nowhere.
std::size_t lastWord(std::string_view text, std::string_view lowerMark, std::size_t from)
{
    for (std::size_t at = std::min(from, text.size()) + 1; at-- > 0;)
        if (startsInAnyCase(text.substr(at), lowerMark) && (at == 0 || isAsciiSpace(text[at - 1])))
            return at;
    return std::string_view::npos;
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

/// The length of a JSON object or list at the start of `text`, 0 if there is none or it is never closed.
std::size_t bracketedLength(std::string_view text)
{
    if (text.empty() || (text.front() != '{' && text.front() != '['))
        return 0;
    std::size_t depth = 0;
    bool isInString = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (isInString && c == '\\')
            ++at;
        else if (c == '"')
            isInString = !isInString;
        else if (!isInString && (c == '{' || c == '['))
            ++depth;
        else if (!isInString && (c == '}' || c == ']') && --depth == 0)
            return at + 1;
    }
    return 0;
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
        const std::string_view key = trimmed(line.substr(start, at - start));
        for (++at; at < line.size() && isAsciiSpace(line[at]);)
            ++at;
        std::size_t length = quotedLength(line.substr(at));
        if (length == 0)
            length = bracketedLength(line.substr(at));
        if (length == 0)
            length = std::min(line.find(',', at), line.size()) - at;
        pairs.emplace_back(key, trimmed(line.substr(at, length)));
        at = std::min(at + length + 1, line.size());
    }
    return pairs;
}

bool isKnownKey(std::string_view key)
{
    constexpr std::array<std::string_view, 34> known = {"steps",
                                                        "sampler",
                                                        "samplername",
                                                        "scheduletype",
                                                        "scheduler",
                                                        "cfgscale",
                                                        "cfg",
                                                        "guidancescale",
                                                        "seed",
                                                        "size",
                                                        "resolution",
                                                        "width",
                                                        "height",
                                                        "modelhash",
                                                        "model",
                                                        "modelname",
                                                        "vaehash",
                                                        "vae",
                                                        "clipskip",
                                                        "version",
                                                        "rng",
                                                        "eta",
                                                        "ensd",
                                                        "denoisingstrength",
                                                        "facerestoration",
                                                        "variationseed",
                                                        "hiresupscale",
                                                        "hiressteps",
                                                        "hiresupscaler",
                                                        "lorahashes",
                                                        "hashes",
                                                        "tihashes",
                                                        "cfgrescale",
                                                        "distilledcfgscale"};
    return std::find(known.begin(), known.end(), foldedName(key)) != known.end();
}

std::ptrdiff_t knownCount(const Pairs& pairs)
{
    return std::count_if(pairs.begin(), pairs.end(), [](const auto& pair) { return isKnownKey(pair.first); });
}

bool startsWithKnownKey(std::string_view line, const Pairs& pairs)
{
    return !pairs.empty() && isKnownKey(pairs.front().first) && pairs.front().first.data() == line.data();
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

void addPairs(A1111Parameters& parameters, const Pairs& pairs)
{
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
}

void addLine(std::string& text, std::string_view line)
{
    if (!text.empty())
        text += '\n';
    text += line;
}

std::vector<std::string_view> linesOf(std::string_view text)
{
    std::vector<std::string_view> lines;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(trimmed(text.substr(at, end - at)));
        at = end + 1;
    }
    return lines;
}

/// The index of the last line that begins with "Steps:"; the number of lines when there is none.
std::size_t stepsLine(const std::vector<std::string_view>& lines)
{
    for (std::size_t i = lines.size(); i-- > 0;)
        if (startsInAnyCase(lines[i], stepsMark.substr(0, stepsMark.size() - 1))) {
            const Pairs pairs = pairsOf(lines[i]);
            if (pairs.size() >= leastPairs && startsWithKnownKey(lines[i], pairs))
                return i;
        }
    return lines.size();
}

/// The same for settings in another order.
std::size_t otherSettingsLine(const std::vector<std::string_view>& lines)
{
    for (std::size_t i = lines.size(); i-- > 0;) {
        const bool isLast = i + 1 == lines.size();
        const Pairs pairs = pairsOf(lines[i]);
        if (pairs.size() >= leastPairs && knownCount(pairs) >= leastKnownPairs &&
            (isLast || startsWithKnownKey(lines[i], pairs)))
            return i;
    }
    return lines.size();
}

void readPrompts(A1111Parameters& parameters, const std::vector<std::string_view>& lines, std::size_t count)
{
    bool isNegative = false;
    for (std::size_t i = 0; i < count; ++i) {
        std::string_view line = lines[i];
        if (startsInAnyCase(line, negativeMark)) {
            isNegative = true;
            line = trimmed(line.substr(negativeMark.size()));
        }
        addLine(isNegative ? parameters.negativePrompt : parameters.prompt, line);
    }
}

/// Lines behind the settings.
void readExtras(A1111Parameters& parameters, const std::vector<std::string_view>& lines, std::size_t first)
{
    for (std::size_t i = first; i < lines.size(); ++i) {
        const Pairs pairs = pairsOf(lines[i]);
        if (parameters.extras.empty() && startsWithKnownKey(lines[i], pairs)) {
            addPairs(parameters, pairs);
            continue;
        }
        const std::size_t colon = lines[i].find(':');
        const bool hasKey = !pairs.empty() && pairs.front().first.data() == lines[i].data();
        if (hasKey)
            parameters.extras.emplace_back(pairs.front().first, trimmed(lines[i].substr(colon + 1)));
        else if (!parameters.extras.empty())
            addLine(parameters.extras.back().second, lines[i]);
        else if (!lines[i].empty())
            parameters.extras.emplace_back("text behind the settings", lines[i]);
    }
}

/// "a boat Negative prompt: fog Steps: 12, Sampler: …", as some web pages copy it. False: no such text.
bool readWithoutLineBreaks(A1111Parameters& parameters, std::string_view text)
{
    for (std::size_t at = lastWord(text, stepsMark, text.size()); at != std::string_view::npos;
         at = at == 0 ? std::string_view::npos : lastWord(text, stepsMark, at - 1)) {
        const Pairs pairs = pairsOf(text.substr(at));
        const std::string_view before = trimmed(text.substr(0, at));
        const bool isAmongPairs = before.ends_with(',');
        if (isAmongPairs || pairs.size() < leastPairs || knownCount(pairs) < leastKnownPairs + 1)
            continue;
        addPairs(parameters, pairs);
        const std::size_t negative = lastWord(before, negativeMark, before.size());
        parameters.prompt = trimmed(before.substr(0, negative));
        if (negative != std::string_view::npos)
            parameters.negativePrompt = trimmed(before.substr(negative + negativeMark.size()));
        return true;
    }
    return false;
}

std::string withPlainLineEnds(std::string_view text)
{
    if (text.starts_with("\xEF\xBB\xBF")) // a byte order mark
        text.remove_prefix(3);
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n')
            continue;
        plain += text[i] == '\r' ? '\n' : text[i];
    }
    return plain;
}

} // namespace

const std::string* A1111Parameters::find(std::string_view key) const
{
    const std::string folded = foldedName(key);
    for (auto pair = values.rbegin(); pair != values.rend(); ++pair)
        if (foldedName(pair->first) == folded)
            return &pair->second;
    return nullptr;
}

A1111Parameters parseA1111Text(std::string_view source)
{
    A1111Parameters parameters;
    const std::string plain = withPlainLineEnds(source);
    const std::string_view text = trimmed(plain);
    const std::vector<std::string_view> lines = linesOf(text);
    std::size_t settings = stepsLine(lines);
    if (settings == lines.size() && readWithoutLineBreaks(parameters, text))
        return parameters;
    if (settings == lines.size())
        settings = otherSettingsLine(lines);
    readPrompts(parameters, lines, settings);
    if (settings == lines.size())
        return parameters;
    addPairs(parameters, pairsOf(lines[settings]));
    readExtras(parameters, lines, settings + 1);
    return parameters;
}

} // namespace unfog

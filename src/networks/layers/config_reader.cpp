#include "networks/layers/config_reader.h"

#include "base/bounded_json.h"

#include <algorithm>
#include <cmath>

namespace unfog {

namespace {

const nlohmann::json& nothing()
{
    static const nlohmann::json null;
    return null;
}

/// Long values are cut, so that a message stays one sentence; nested ones are only named, as printing
/// recurses.
std::string shown(const nlohmann::json& value)
{
    if (value.is_structured())
        for (const nlohmann::json& item : value)
            if (item.is_structured())
                return value.is_array() ? "a nested list" : "a nested object";
    std::string text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (text.size() > 80)
        text = text.substr(0, 80) + "…";
    return text;
}

std::string quotedList(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "\"" : ", \"") + name + "\"";
    return text;
}

bool isInteger(const nlohmann::json& value, int64_t least, int64_t most)
{
    if (!value.is_number_integer())
        return false;
    // Unsigned numbers beyond int64 would wrap around.
    if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
        return false;
    return value.get<int64_t>() >= least && value.get<int64_t>() <= most;
}

std::string rangeText(int64_t least, int64_t most)
{
    return "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
}

} // namespace

ConfigReader::ConfigReader(std::string_view jsonText, std::string where, const std::string& className)
    : m_where(std::move(where))
{
    m_json = parseJson(jsonText).value_or(nlohmann::json(nlohmann::json::value_t::discarded));
    if (m_json.is_discarded() || !m_json.is_object()) {
        fail(ErrorKind::BadFile, m_json.is_discarded() ? "not valid JSON" : "expected a JSON object");
        m_json = nlohmann::json::object();
    }
    const nlohmann::json& found = raw("_class_name");
    if (!className.empty() && !found.is_null() && found != className)
        unsupported("_class_name", "\"" + className + "\"");
    unused({"_diffusers_version", "_name_or_path"});
}

const nlohmann::json& ConfigReader::raw(const char* key)
{
    m_asked.emplace_back(key);
    const auto found = m_json.find(key);
    return found == m_json.end() ? nothing() : *found;
}

void ConfigReader::fail(ErrorKind kind, const std::string& message)
{
    if (!m_problem)
        m_problem = Error{kind, m_where + ": " + message};
}

void ConfigReader::unsupported(const char* key, const std::string& supported)
{
    const nlohmann::json& value = raw(key);
    fail(ErrorKind::Unsupported,
         "\"" + std::string(key) + "\" is " + shown(value) + "; supported: " + supported);
}

int64_t ConfigReader::integer(const char* key, int64_t otherwise, int64_t least, int64_t most)
{
    return m_json.contains(key) && raw(key).is_null() ? (unsupported(key, rangeText(least, most)), otherwise)
                                                      : optionalInteger(key, least, most).value_or(otherwise);
}

std::optional<int64_t> ConfigReader::optionalInteger(const char* key, int64_t least, int64_t most)
{
    const nlohmann::json& value = raw(key);
    if (value.is_null())
        return {};
    if (!isInteger(value, least, most)) {
        unsupported(key, rangeText(least, most));
        return {};
    }
    return value.get<int64_t>();
}

double ConfigReader::number(const char* key, double otherwise)
{
    const nlohmann::json& value = raw(key);
    if (value.is_null())
        return otherwise;
    if (!value.is_number() || !std::isfinite(value.get<double>())) {
        unsupported(key, "a finite number");
        return otherwise;
    }
    return value.get<double>();
}

double ConfigReader::positive(const char* key, double otherwise)
{
    const double value = number(key, otherwise);
    if (value > 0.0)
        return value;
    unsupported(key, "a number greater than 0");
    return otherwise;
}

bool ConfigReader::flag(const char* key, bool otherwise)
{
    const nlohmann::json& value = raw(key);
    if (value.is_null())
        return otherwise;
    if (!value.is_boolean()) {
        unsupported(key, "true, false");
        return otherwise;
    }
    return value.get<bool>();
}

std::string ConfigReader::choice(const char* key, const std::string& otherwise,
                                 const std::vector<std::string>& known)
{
    if (m_json.contains(key) && raw(key).is_null())
        unsupported(key, quotedList(known));
    return optionalChoice(key, known).value_or(otherwise);
}

std::optional<std::string> ConfigReader::optionalChoice(const char* key,
                                                        const std::vector<std::string>& known)
{
    const nlohmann::json& value = raw(key);
    if (value.is_null())
        return {};
    if (!value.is_string() ||
        std::find(known.begin(), known.end(), value.get_ref<const std::string&>()) == known.end()) {
        unsupported(key, quotedList(known));
        return {};
    }
    return value.get<std::string>();
}

std::vector<std::string> ConfigReader::choices(const char* key, const std::vector<std::string>& otherwise,
                                               const std::vector<std::string>& known)
{
    const nlohmann::json& value = raw(key);
    if (value.is_null())
        return otherwise;
    std::vector<std::string> names;
    if (value.is_array())
        for (const nlohmann::json& item : value)
            if (item.is_string() &&
                std::find(known.begin(), known.end(), item.get_ref<const std::string&>()) != known.end())
                names.push_back(item.get<std::string>());
    if (names.empty() || names.size() != value.size()) {
        unsupported(key, "a list of " + quotedList(known));
        return otherwise;
    }
    return names;
}

std::vector<int64_t> ConfigReader::integers(const char* key, const std::vector<int64_t>& otherwise)
{
    const nlohmann::json& value = raw(key);
    if (value.is_null())
        return otherwise;
    std::vector<int64_t> numbers;
    if (value.is_array())
        for (const nlohmann::json& item : value)
            if (isInteger(item, 1, 1 << 20))
                numbers.push_back(item.get<int64_t>());
    if (numbers.empty() || numbers.size() != value.size()) {
        unsupported(key, "a list of whole numbers from 1");
        return otherwise;
    }
    return numbers;
}

std::vector<int64_t> ConfigReader::perLevel(const char* key, int64_t otherwise, std::size_t levels,
                                            int64_t least)
{
    const nlohmann::json& value = raw(key);
    if (!value.is_array())
        return std::vector<int64_t>(levels, integer(key, otherwise, least));
    std::vector<int64_t> numbers;
    for (const nlohmann::json& item : value)
        if (isInteger(item, least, 1 << 20))
            numbers.push_back(item.get<int64_t>());
    if (numbers.size() != levels || value.size() != levels) {
        unsupported(key, "a whole number from " + std::to_string(least) + ", or a list of " +
                             std::to_string(levels) + " of them, one a level");
        return std::vector<int64_t>(levels, otherwise);
    }
    return numbers;
}

void ConfigReader::off(const char* key, std::initializer_list<const char*> allowed)
{
    if (!m_json.contains(key))
        return;
    const nlohmann::json& value = raw(key);
    std::string list;
    for (const char* text : allowed) {
        if (value == nlohmann::json::parse(text))
            return;
        list += (list.empty() ? "" : ", ") + std::string(text);
    }
    unsupported(key, list);
}

void ConfigReader::unused(std::initializer_list<const char*> keys)
{
    m_asked.insert(m_asked.end(), keys.begin(), keys.end());
}

Result<void> ConfigReader::finish()
{
    if (!m_unknownKeysAllowed)
        for (const auto& [key, value] : m_json.items())
            // A newer version saves its new keys as null unless they are used.
            if (!value.is_null() && std::find(m_asked.begin(), m_asked.end(), key) == m_asked.end()) {
                std::string known;
                std::sort(m_asked.begin(), m_asked.end());
                m_asked.erase(std::unique(m_asked.begin(), m_asked.end()), m_asked.end());
                for (const std::string& name : m_asked)
                    known.append(known.empty() ? "" : ", ").append(name);
                fail(ErrorKind::Unsupported,
                     "unknown key \"" + key + "\" with value " + shown(value) + "; known keys: " + known);
                break;
            }
    if (m_problem)
        return tl::unexpected(*m_problem);
    return {};
}

} // namespace unfog

#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"

/// Reads one network's config.json key by key, so that no key is passed over: a key that was never asked for
/// is an error, as is a value outside what the network computes. The first problem is kept and said by
/// `finish`.
namespace unfog {

class ConfigReader final {
public:
    /// `where` names the file in messages. `className`: what `_class_name` must be where it is given.
    ConfigReader(std::string_view jsonText, std::string where, const std::string& className = {});

    /// A whole number in [least, most]; `otherwise` where the key is absent.
    int64_t integer(const char* key, int64_t otherwise, int64_t least = 1, int64_t most = 1 << 20);
    /// As `integer`, and none for null or absent.
    std::optional<int64_t> optionalInteger(const char* key, int64_t least = 1, int64_t most = 1 << 20);
    /// A finite number > 0.
    double positive(const char* key, double otherwise);
    /// A finite number; null is `otherwise`.
    double number(const char* key, double otherwise);
    bool flag(const char* key, bool otherwise);
    /// One of `known`; any other is an error that lists them.
    std::string choice(const char* key, const std::string& otherwise, const std::vector<std::string>& known);
    /// As `choice`, where null is allowed as well and gives none.
    std::optional<std::string> optionalChoice(const char* key, const std::vector<std::string>& known);
    /// A list of strings, each one of `known`, at least one.
    std::vector<std::string> choices(const char* key, const std::vector<std::string>& otherwise,
                                     const std::vector<std::string>& known);
    /// A list of whole numbers ≥ 1, at least one.
    std::vector<int64_t> integers(const char* key, const std::vector<int64_t>& otherwise);
    /// One whole number for all levels, or a list with one for each.
    std::vector<int64_t> perLevel(const char* key, int64_t otherwise, std::size_t levels, int64_t least = 1);

    /// A key that would change the computation: absent, or one of the values (JSON texts) that leave it off.
    void off(const char* key, std::initializer_list<const char*> allowed);
    /// Keys that say nothing about the computation.
    void unused(std::initializer_list<const char*> keys);
    /// Any further key is accepted: for files in which a general library writes keys of its own.
    void allowUnknownKeys() { m_unknownKeysAllowed = true; }

    /// Records a problem that the caller found: `message` is put behind the file's name.
    void fail(ErrorKind kind, const std::string& message);
    bool contains(const char* key) const { return m_json.contains(key); }
    const std::optional<Error>& problem() const { return m_problem; }
    /// The first problem; a key that nobody asked for is one.
    Result<void> finish();

    /// The raw value for keys of irregular form; null where absent. Counts as asked for.
    const nlohmann::json& raw(const char* key);
    void unsupported(const char* key, const std::string& supported);

private:
    nlohmann::json m_json;
    std::string m_where;
    std::vector<std::string> m_asked;
    std::optional<Error> m_problem;
    bool m_unknownKeysAllowed = false;
};

} // namespace unfog

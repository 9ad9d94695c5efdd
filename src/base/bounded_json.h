#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"

/// Reading JSON that anybody may have written. What walks a tree of JSON (copies, writes, compares it) calls
/// itself once a level, so that a file of nothing but brackets would run the stack over.
namespace unfog {

/// Far more than any file of ours nests.
inline constexpr std::size_t kMaxJsonDepth = 64;

/// How deep objects and lists are nested in a JSON text; brackets in strings do not count. For a text that is
/// no JSON it is a number without meaning.
std::size_t jsonDepth(std::string_view text);

/// BadFile: "is nested 200000 levels deep; at most 64 are read", or "is not JSON: " and what was found at
/// which byte. `Value` is nlohmann::json or nlohmann::ordered_json.
template <class Value = nlohmann::json>
Result<Value> parseJson(std::string_view text)
{
    if (const std::size_t depth = jsonDepth(text); depth > kMaxJsonDepth)
        return fail(ErrorKind::BadFile, "is nested " + std::to_string(depth) + " levels deep; at most " +
                                            std::to_string(kMaxJsonDepth) + " are read");
    try {
        return Value::parse(text);
    } catch (const typename Value::exception& exception) {
        // "[json.exception.parse_error.101] parse error at line 1, …": the name in brackets is for
        // programmers.
        const std::string_view found = exception.what();
        const auto name = found.find("] ");
        return fail(ErrorKind::BadFile,
                    "is not JSON: " + std::string(name == found.npos ? found : found.substr(name + 2)));
    }
}

} // namespace unfog

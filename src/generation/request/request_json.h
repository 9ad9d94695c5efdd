#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "generation/engine/generation_engine.h"

/// The JSON form of a request and of how its picture came to be: in the PNG (iTXt chunk "unfog"), in the
/// queue, in the gallery, on the command line. One object: {"version": 2, "request": {…}, "provenance": {…}};
/// the keys of the request are those of request_fields.h.
namespace unfog {

/// What this program writes, and the newest that it reads. All older ones are read as well.
inline constexpr int kRecordVersion = 2;

struct GenerationRecord {
    GenerationRequest request;
    std::optional<Provenance> provenance; ///< none before the picture was made

    bool operator==(const GenerationRecord&) const = default;
};

/// Reading it back gives an equal record: 64-bit seeds and doubles are exact. Two things do not come back:
/// the pixels of the picture that image-to-image starts from (its file and SHA-256 do), and bytes that are no
/// UTF-8 (they become U+FFFD). Doubles must be finite. One line, keys in a fixed order.
std::string toJson(const GenerationRecord& record);

struct ParsedRecord {
    GenerationRecord record;
    std::vector<std::string> ignoredKeys; ///< not known here, e.g. "request.sampler.churn"
};

/// A key that is absent keeps the default of its member. Refused, naming the key, what was expected and what
/// was found: a value of the wrong type or outside the type's range, an unknown device or precision, text
/// that is not a JSON object or is nested too deep (bounded_json.h), no version. A version above
/// kRecordVersion is Unsupported. The ranges of validate.h are not checked.
Result<ParsedRecord> parseRecord(std::string_view json);

} // namespace unfog

#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "generation/request/generation_request.h"

/// THE table of what a request is made of. Its form, validation, JSON, command line options, gallery details,
/// comparisons, A1111 text and repair of settings walk through these rows; a new setting is a member of
/// GenerationRequest, a row here and the code that uses it.
namespace unfog {

/// A field's value as JSON: a text, a number, true or false; lists and objects for fields that are such.
/// Null: not set, the model or the scheduler decides.
using FieldValue = nlohmann::json;

enum class FieldKind { Text, Flag, Whole, Seed, Real, Name, Device, Precision };

/// What a model must be able to do for a field to make sense with it (ModelSummary::accepts).
enum class ModelFeature : std::uint32_t {
    Any = 0,
    Prompt = 1 << 0,
    NegativePrompt = 1 << 1, ///< classifier-free guidance with an unconditional half
    ClipSkip = 1 << 2,
    StartImage = 1 << 3,
};

/// The features of one model.
class ModelFeatures final {
public:
    constexpr ModelFeatures() = default;
    constexpr ModelFeatures(std::initializer_list<ModelFeature> features)
    {
        for (const ModelFeature feature : features)
            m_bits |= static_cast<std::uint32_t>(feature);
    }
    constexpr bool has(ModelFeature feature) const
    {
        return (m_bits & static_cast<std::uint32_t>(feature)) == static_cast<std::uint32_t>(feature);
    }
    bool operator==(const ModelFeatures&) const = default;

private:
    std::uint32_t m_bits = 0;
};

/// Numbers of a field, for validation and for the form.
struct FieldRange {
    double minimum = 0.0;
    double maximum = 0.0;
    double sliderMaximum = 0.0; ///< of a form's slider; more may be typed; 0 = no slider
    double step = 1.0;
    int decimals = 0;
};

struct RequestField {
    std::string_view key = {};  ///< in JSON, from the request down: "sampler.steps"
    std::string_view key1 = {}; ///< in JSON of version 1; "" = it was not there
    int since = 1;              ///< the first version of the JSON that has it
    FieldKind kind = FieldKind::Text;
    std::string_view name = {};   ///< in sentences: "guidance rescale"
    std::string_view label = {};  ///< in the form, with its mnemonic: "&Guidance"; "" = not in the form
    std::string_view tip = {};    ///< what it does to the image, for tooltips
    std::string_view option = {}; ///< of the command line: "--guidance-rescale"; "" = none, or read apart
    std::string_view help = {};   ///< of the command line
    FieldRange range = {};
    ModelFeature needs = ModelFeature::Any;
    std::string_view a1111 = {}; ///< its name in A1111's text and in ImportedParameters::values; "" = none

    FieldValue (*get)(const GenerationRequest&) = nullptr;
    /// InvalidRequest with what was expected, "a number", where the value has the wrong type or is no known
    /// name. Ranges are not looked at. Null unsets what can be unset.
    Result<void> (*set)(GenerationRequest&, const FieldValue&) = nullptr;
    /// InvalidRequest with a whole sentence; null = within `range`.
    Result<void> (*check)(const GenerationRequest&) = nullptr;

    FieldValue defaultValue() const { return get(GenerationRequest()); }
    bool isAtDefault(const GenerationRequest& request) const { return get(request) == defaultValue(); }
    /// The label without its mnemonic.
    std::string plainLabel() const;
};

/// In the order of the form and of the JSON.
std::span<const RequestField> requestFields();
/// A row by its key, which must be one.
const RequestField& requestField(std::string_view key);

/// The field's own rule, else its range; InvalidRequest with one sentence.
Result<void> validateField(const RequestField& field, const GenerationRequest& request);

/// A value from a text, as a command line has it: "7.5", "karras", "true". InvalidRequest with one sentence.
Result<FieldValue> parseFieldText(const RequestField& field, std::string_view text);

/// "auto", "cpu", "cuda" (the first card), "cuda:1".
std::string nameOf(DeviceChoice device);
/// "auto", "float32", "float16", "bfloat16".
std::string_view nameOf(Precision precision);

/// Unknown names are InvalidRequest and list what is known. "cuda:0" is "cuda"; at most 64 cards are counted.
Result<DeviceChoice> parseDevice(std::string_view name);
Result<Precision> parsePrecision(std::string_view name);

} // namespace unfog

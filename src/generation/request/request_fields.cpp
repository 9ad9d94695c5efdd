#include "generation/request/request_fields.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <optional>

#include "base/ascii_text.h"
#include "generation/request/validate.h"

namespace unfog {
namespace {

FieldValue valueOf(const std::string& value)
{
    return value;
}
FieldValue valueOf(bool value)
{
    return value;
}
FieldValue valueOf(int value)
{
    return value;
}
FieldValue valueOf(double value)
{
    return value;
}
FieldValue valueOf(std::uint64_t value)
{
    return value;
}
FieldValue valueOf(const std::optional<double>& value)
{
    return value ? FieldValue(*value) : FieldValue();
}
FieldValue valueOf(DeviceChoice value)
{
    return nameOf(value);
}
FieldValue valueOf(Precision value)
{
    return std::string(nameOf(value));
}

tl::unexpected<Error> expected(const char* what)
{
    return fail(ErrorKind::InvalidRequest, what);
}

Result<void> assign(std::string& to, const FieldValue& value)
{
    if (!value.is_string())
        return expected("a text");
    value.get_to(to);
    return {};
}

Result<void> assign(bool& to, const FieldValue& value)
{
    if (!value.is_boolean())
        return expected("true or false");
    value.get_to(to);
    return {};
}

Result<void> assign(int& to, const FieldValue& value)
{
    const bool fits = value.is_number_unsigned()
                          ? value.get<std::uint64_t>() <= std::uint64_t{0x7FFFFFFF}
                          : value.is_number_integer() && value.get<std::int64_t>() >= -0x80000000LL;
    if (!fits)
        return expected("a whole number of 32 bits");
    value.get_to(to);
    return {};
}

Result<void> assign(std::uint64_t& to, const FieldValue& value)
{
    if (!value.is_number_unsigned() && !(value.is_number_integer() && value.get<std::int64_t>() >= 0))
        return expected("a whole number of 64 bits, not negative");
    value.get_to(to);
    return {};
}

Result<void> assign(double& to, const FieldValue& value)
{
    if (!value.is_number())
        return expected("a number");
    value.get_to(to);
    return {};
}

Result<void> assign(std::optional<double>& to, const FieldValue& value)
{
    if (value.is_null()) {
        to.reset();
        return {};
    }
    double number = 0.0;
    auto assigned = assign(number, value);
    if (assigned)
        to = number;
    return assigned;
}

template <class Value>
Result<void> assignNamed(Value& to, const FieldValue& value, Result<Value> (*parse)(std::string_view))
{
    if (!value.is_string())
        return expected("a text");
    auto parsed = parse(value.get_ref<const std::string&>());
    if (!parsed)
        return tl::unexpected(parsed.error());
    to = *parsed;
    return {};
}

Result<void> assign(DeviceChoice& to, const FieldValue& value)
{
    return assignNamed(to, value, &parseDevice);
}
Result<void> assign(Precision& to, const FieldValue& value)
{
    return assignNamed(to, value, &parsePrecision);
}

/// A row of the member `Member` of the request's part `Part`.
template <auto Part, auto Member>
constexpr RequestField at(RequestField field)
{
    field.get = [](const GenerationRequest& request) { return valueOf(request.*Part.*Member); };
    field.set = [](GenerationRequest& request, const FieldValue& value) {
        return assign(request.*Part.*Member, value);
    };
    return field;
}

/// Of the start image: null and unset where there is none; setting a part of it makes one.
template <auto Member>
constexpr RequestField atStart(RequestField field)
{
    field.needs = ModelFeature::StartImage;
    field.get = [](const GenerationRequest& request) {
        return request.images.start ? valueOf((*request.images.start).*Member) : FieldValue();
    };
    field.set = [](GenerationRequest& request, const FieldValue& value) -> Result<void> {
        if (value.is_null()) {
            request.images.start.reset();
            return {};
        }
        InitImage image = request.images.start.value_or(InitImage());
        auto assigned = assign(image.*Member, value);
        if (assigned)
            request.images.start = std::move(image);
        return assigned;
    };
    return field;
}

Result<void> checkModel(const GenerationRequest& request)
{
    if (request.model.path.empty())
        return fail(ErrorKind::InvalidRequest,
                    "No model was named: expected a model folder or a .safetensors file.");
    return {};
}

Result<void> within(std::string_view field, double value, double low, double high)
{
    if (value >= low && value <= high)
        return {};
    return fail(ErrorKind::InvalidRequest, std::string(field) + " must be " + numberText(low) + " to " +
                                               numberText(high) + ", found " + numberText(value) + ".");
}

Result<void> checkSigmaMax(const GenerationRequest& request)
{
    const double sigmaMax = request.sampler.sigmaMax.value_or(0.0);
    if (sigmaMax == 0.0)
        return {};
    auto range = within("largest σ", sigmaMax, kMinSigmaMax, kMaxSigmaMax);
    if (!range)
        range.error().message += " 0 stands for the model's own end.";
    return range;
}

Result<void> checkStrength(const GenerationRequest& request)
{
    if (!request.images.start)
        return {};
    const double strength = request.images.start->strength;
    if (!(strength > 0.0 && strength <= 1.0))
        return fail(ErrorKind::InvalidRequest,
                    "strength must be above 0 and at most 1, found " + numberText(strength) + ".");
    if (static_cast<int>(request.sampler.steps * strength) < 1)
        return fail(
            ErrorKind::InvalidRequest,
            "strength " + numberText(strength) + " of " + std::to_string(request.sampler.steps) +
                " steps leaves no step to run; raise strength or steps so that their product reaches 1.");
    return {};
}

constexpr std::array fields = {
    at<&GenerationRequest::model, &ModelChoice::path>({
        .key = "model.path",
        .key1 = "model",
        .name = "model",
        .label = "&Model",
        .tip = "The model to use. It can only draw what it was trained on.",
        .option = "--model",
        .help = "A model folder or a .safetensors file (default: the starter model)",
        .check = checkModel,
    }),
    at<&GenerationRequest::model, &ModelChoice::tokenizer>({
        .key = "model.tokenizer",
        .key1 = "tokenizer",
        .name = "tokenizer",
        .label = "Tokenizer",
        .tip = "A folder with vocab.json and merges.txt, for single-file models that have none.",
        .option = "--tokenizer",
        .help = "A folder with vocab.json and merges.txt, for a single file that has none beside it",
    }),
    at<&GenerationRequest::prompts, &Prompts::positive>({
        .key = "prompts.positive",
        .key1 = "prompt",
        .name = "prompt",
        .label = "&Prompt",
        .tip = "What the image shows. Ctrl+Up and Ctrl+Down change the weight of a word: (word:1.1).",
        .option = "--prompt",
        .help = "What the image shows",
        .needs = ModelFeature::Prompt,
    }),
    at<&GenerationRequest::prompts, &Prompts::negative>({
        .key = "prompts.negative",
        .key1 = "negative_prompt",
        .name = "negative prompt",
        .label = "&Negative prompt",
        .tip = "What the image is steered away from. It needs guidance above 1.",
        .option = "--negative",
        .help = "What the image should not show",
        .needs = ModelFeature::NegativePrompt,
    }),
    at<&GenerationRequest::prompts, &Prompts::areWeighted>({
        .key = "prompts.weighted",
        .key1 = "prompt_weights",
        .kind = FieldKind::Flag,
        .name = "prompt weights",
        .label = "Prompts",
        .tip =
            "(a:1.2) gives a more weight, [a] less; \\( is a bracket. When off, brackets are plain text, as "
            "in diffusers.",
        .option = "--plain-prompt",
        .help = "Read brackets in prompts as text, not as weights: (a:1.2) [a]",
        .needs = ModelFeature::Prompt,
    }),
    at<&GenerationRequest::prompts, &Prompts::clipSkip>({
        .key = "prompts.clip_skip",
        .key1 = "clip_skip",
        .kind = FieldKind::Whole,
        .name = "clip skip",
        .label = "CLIP skip",
        .tip =
            "Leaves out the last layers of the text encoder: the image follows the prompt more loosely. Some "
            "models were trained with 2.",
        .option = "--clip-skip",
        .help = "Last layers of the text encoder to leave out",
        .range = {.minimum = 0, .maximum = kMaxClipSkip},
        .needs = ModelFeature::ClipSkip,
        .a1111 = "Clip skip",
    }),
    at<&GenerationRequest::sampler, &SamplerSettings::scheduler>({
        .key = "sampler.scheduler",
        .key1 = "sampler.scheduler",
        .kind = FieldKind::Name,
        .name = "scheduler",
        .label = "Sche&duler",
        .tip = "Sampling method. It decides how few steps are enough. (A1111: Sampler)",
        .option = "--scheduler",
        .help = "Name from `unfog-cli schedulers` (default: the model's own)",
        .a1111 = "Sampler",
    }),
    at<&GenerationRequest::sampler, &SamplerSettings::spacing>({
        .key = "sampler.spacing",
        .key1 = "sampler.spacing",
        .kind = FieldKind::Name,
        .name = "spacing",
        .label = "Spacin&g",
        .tip =
            "Which noise levels the steps visit: more of them early shape the composition, more of them late "
            "sharpen details. (A1111: Schedule type)",
        .option = "--spacing",
        .help = "linspace, leading, trailing, karras, exponential, beta, lu, flow (default: the model's own)",
    }),
    at<&GenerationRequest::sampler, &SamplerSettings::prediction>({
        .key = "sampler.prediction",
        .key1 = "sampler.prediction",
        .kind = FieldKind::Name,
        .name = "prediction",
        .label = "Prediction",
        .tip =
            "What the network predicts. The wrong choice produces noise; change it only if the model doesn't "
            "say.",
        .option = "--prediction",
        .help = "epsilon, v_prediction, sample (default: as the model says)",
    }),
    at<&GenerationRequest::sampler, &SamplerSettings::steps>({
        .key = "sampler.steps",
        .key1 = "sampler.steps",
        .kind = FieldKind::Whole,
        .name = "steps",
        .label = "&Steps",
        .tip = "Number of denoising steps. More is slower and cleaner; beyond about 30 little changes.",
        .option = "--steps",
        .help = "1 to 1000",
        .range = {.minimum = 1, .maximum = kMaxSteps, .sliderMaximum = 150},
        .a1111 = "Steps",
    }),
    at<&GenerationRequest::sampler, &SamplerSettings::sigmaMax>({
        .key = "sampler.sigma_max",
        .key1 = "sampler.sigma_max",
        .kind = FieldKind::Real,
        .name = "largest σ",
        .label = "Largest σ",
        .tip =
            "The noise level that a run begins at. Default: where the model's schedule ends, or 80 (15 for "
            "Beta) for schedules that can't use so high an end. 0: always where the model's schedule ends. "
            "(A1111: Schedule max sigma)",
        .option = "--sigma-max",
        .help =
            "Largest noise level that the run visits, 0.5 to 1000000; 0 = where the model's schedule ends "
            "(default: there too; 80 for Karras, exponential, beta and Lu spacing and for heun, dpm2, lms, "
            "pndm, deis and dpm-* where it ends above 200, as zero-terminal-SNR models do)",
        .range = {.minimum = kMinSigmaMax, .maximum = kMaxSigmaMax, .decimals = 3},
        .a1111 = "Schedule max sigma",
        .check = checkSigmaMax,
    }),
    at<&GenerationRequest::sampler, &SamplerSettings::eta>({
        .key = "sampler.eta",
        .key1 = "sampler.eta",
        .kind = FieldKind::Real,
        .name = "eta",
        .label = "Eta (η)",
        .tip = "Fresh noise at each step of DDIM and TCD: 0 always gives the same image for a seed, 1 varies "
               "most.",
        .option = "--eta",
        .help = "Stochasticity of ddim and tcd, 0 to 1",
        .range = {.minimum = 0, .maximum = 1, .step = 0.05, .decimals = 4},
    }),
    at<&GenerationRequest::guidance, &GuidanceSettings::scale>({
        .key = "guidance.scale",
        .key1 = "guidance_scale",
        .kind = FieldKind::Real,
        .name = "guidance",
        .label = "&Guidance",
        .tip =
            "How closely the image follows the prompt. Low is freer and softer, high is more literal, with "
            "harder contrast; 1 switches it off.",
        .option = "--guidance",
        .help = "Guidance scale w, 1 (off) to 100",
        .range = {.minimum = kMinGuidance,
                  .maximum = kMaxGuidance,
                  .sliderMaximum = 30,
                  .step = 0.1,
                  .decimals = 1},
        .needs = ModelFeature::NegativePrompt,
        .a1111 = "CFG scale",
    }),
    at<&GenerationRequest::guidance, &GuidanceSettings::rescale>({
        .key = "guidance.rescale",
        .key1 = "guidance_rescale",
        .kind = FieldKind::Real,
        .name = "guidance rescale",
        .label = "Rescale",
        .tip = "Reduces the over-exposure of high guidance: 0 leaves the image as it is, 0.7 is usual for "
               "v-prediction models.",
        .option = "--guidance-rescale",
        .help = "0 (off) to 1",
        .range = {.minimum = 0, .maximum = 1, .sliderMaximum = 1, .step = 0.01, .decimals = 2},
        .needs = ModelFeature::NegativePrompt,
        .a1111 = "CFG rescale",
    }),
    at<&GenerationRequest::canvas, &Canvas::widthPx>({
        .key = "canvas.width",
        .key1 = "width",
        .kind = FieldKind::Whole,
        .name = "width",
        .label = "Size",
        .tip = "Width and height of the image in pixels.",
        .range = {.minimum = kMinSizePx, .maximum = kMaxSizePx, .step = kSizeStepPx},
        .a1111 = "Size",
        .check = [](const GenerationRequest& r) { return validateSize("width", r.canvas.widthPx); },
    }),
    at<&GenerationRequest::canvas, &Canvas::heightPx>({
        .key = "canvas.height",
        .key1 = "height",
        .kind = FieldKind::Whole,
        .name = "height",
        .label = "Size",
        .range = {.minimum = kMinSizePx, .maximum = kMaxSizePx, .step = kSizeStepPx},
        .check = [](const GenerationRequest& r) { return validateSize("height", r.canvas.heightPx); },
    }),
    atStart<&InitImage::file>({
        .key = "images.start.file",
        .key1 = "init_image.file",
        .name = "start image",
        .label = "Started from",
    }),
    atStart<&InitImage::sha256>({
        .key = "images.start.sha256",
        .key1 = "init_image.sha256",
        .name = "hash of the start image",
        .label = "Start's hash",
    }),
    atStart<&InitImage::strength>({
        .key = "images.start.strength",
        .key1 = "init_image.strength",
        .kind = FieldKind::Real,
        .name = "strength",
        .label = "Strength",
        .tip = "How much of the start image may change: low keeps it, 1 ignores it.",
        .help = "How much of the start image may change, above 0 to 1",
        .range = {.minimum = 0, .maximum = 1, .sliderMaximum = 1, .step = 0.01, .decimals = 2},
        .a1111 = "Denoising strength",
        .check = checkStrength,
    }),
    at<&GenerationRequest::output, &Output::seed>({
        .key = "output.seed",
        .key1 = "seed",
        .kind = FieldKind::Seed,
        .name = "seed",
        .label = "See&d",
        .tip = "The number that the noise is made from: the same seed and settings give the same image.",
        .option = "--seed",
        .help = "Of the first image; the next ones count up. -1: a random one",
        .a1111 = "Seed",
    }),
    at<&GenerationRequest::output, &Output::count>({
        .key = "output.count",
        .key1 = "count",
        .kind = FieldKind::Whole,
        .name = "count",
        .label = "I&mages",
        .tip = "How many images a run makes, each with the next seed.",
        .option = "--count",
        .help = "How many images",
        .range = {.minimum = 1, .maximum = kMaxCount},
    }),
    at<&GenerationRequest::output, &Output::tiledDecode>({
        .key = "output.tiled_decode",
        .key1 = "tiled_decode",
        .kind = FieldKind::Flag,
        .name = "tiled decode",
        .label = "Decode",
        .tip =
            "Decodes the image piece by piece: far less memory for large images, slightly different at the "
            "seams.",
        .option = "--tiled-decode",
        .help = "Decode in tiles: less memory",
    }),
    at<&GenerationRequest::model, &ModelChoice::device>({
        .key = "model.device",
        .key1 = "device",
        .kind = FieldKind::Device,
        .name = "device",
        .label = "Device",
        .tip = "Where the image is computed. It is the same up to rounding.",
        .option = "--device",
        .help = "auto, cpu, cuda, cuda:1 … (see `unfog-cli devices`)",
    }),
    at<&GenerationRequest::model, &ModelChoice::precision>({
        .key = "model.precision",
        .key1 = "precision",
        .kind = FieldKind::Precision,
        .name = "precision",
        .label = "Precision",
        .tip = "16 bit needs half the memory and is faster on graphics cards; fine details may differ.",
        .option = "--precision",
        .help = "auto, float32, float16, bfloat16",
    }),
}; // namespace unfog

template <class Number>
Result<FieldValue> parseNumber(const RequestField& field, std::string_view text, const char* what)
{
    Number number = {};
    const auto [next, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || next != text.data() + text.size())
        return fail(ErrorKind::InvalidRequest,
                    std::string(field.name) + " must be " + what + ", found \"" + std::string(text) + "\".");
    return FieldValue(number);
}

} // namespace

std::string RequestField::plainLabel() const
{
    std::string text(label);
    std::erase(text, '&');
    return text;
}

std::span<const RequestField> requestFields()
{
    return fields;
}

const RequestField& requestField(std::string_view key)
{
    const auto found = std::ranges::find(fields, key, &RequestField::key);
    assert(found != fields.end());
    return *found;
}

Result<void> validateField(const RequestField& field, const GenerationRequest& request)
{
    if (field.check)
        return field.check(request);
    const bool isRanged = field.kind == FieldKind::Whole || field.kind == FieldKind::Real;
    const FieldValue value = isRanged ? field.get(request) : FieldValue();
    if (!value.is_number())
        return {};
    return within(field.name, value.get<double>(), field.range.minimum, field.range.maximum);
}

Result<FieldValue> parseFieldText(const RequestField& field, std::string_view text)
{
    switch (field.kind) {
    case FieldKind::Flag:
        if (text == "true" || text == "false")
            return FieldValue(text == "true");
        return fail(ErrorKind::InvalidRequest,
                    std::string(field.name) + " must be true or false, found \"" + std::string(text) + "\".");
    case FieldKind::Whole:
        return parseNumber<int>(field, text, "a whole number");
    case FieldKind::Seed:
        return parseNumber<std::uint64_t>(field, text, "0 to 18446744073709551615");
    case FieldKind::Real:
        return parseNumber<double>(field, text, "a number");
    default:
        return FieldValue(std::string(text));
    }
}

} // namespace unfog

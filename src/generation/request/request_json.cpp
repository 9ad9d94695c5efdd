#include "generation/request/request_json.h"

#include <array>
#include <charconv>
#include <set>
#include <utility>

#include "base/bounded_json.h"

namespace unfog {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

constexpr int kMaxCards = 64;
constexpr std::array<std::pair<std::string_view, DeviceChoice>, 3> deviceNames = {
    {{"auto", DeviceChoice::Auto}, {"cpu", DeviceChoice::Cpu}, {"cuda", DeviceChoice::Cuda}}};
constexpr std::array<std::pair<std::string_view, Precision>, 4> precisionNames = {
    {{"auto", Precision::Auto},
     {"float32", Precision::Float32},
     {"float16", Precision::Float16},
     {"bfloat16", Precision::BFloat16}}};

template <class Names, class Value>
std::string_view nameIn(const Names& names, Value value)
{
    for (const auto& [name, known] : names)
        if (known == value)
            return name;
    return names.front().first;
}

template <class Value, class Names>
Result<Value> valueIn(const Names& names, const char* what, std::string_view name)
{
    std::string list;
    for (const auto& [known, value] : names) {
        if (known == name)
            return value;
        list += (list.empty() ? "" : ", ") + std::string(known);
    }
    return fail(ErrorKind::InvalidRequest,
                "unknown " + std::string(what) + " \"" + std::string(name) + "\"; known are " + list);
}

OrderedJson requestJson(const GenerationRequest& request)
{
    OrderedJson sampler = {{"scheduler", request.sampler.scheduler},
                           {"spacing", request.sampler.spacing},
                           {"prediction", request.sampler.prediction},
                           {"steps", request.sampler.steps}};
    if (request.sampler.sigmaMax)
        sampler["sigma_max"] = *request.sampler.sigmaMax;
    if (request.sampler.eta)
        sampler["eta"] = *request.sampler.eta;
    OrderedJson json = {{"model", request.model},
                        {"tokenizer", request.tokenizer},
                        {"prompt", request.prompt},
                        {"negative_prompt", request.negativePrompt},
                        {"prompt_weights", request.promptWeights},
                        {"sampler", std::move(sampler)},
                        {"guidance_scale", request.guidanceScale},
                        {"guidance_rescale", request.guidanceRescale},
                        {"seed", request.seed},
                        {"width", request.widthPx},
                        {"height", request.heightPx},
                        {"count", request.count},
                        {"clip_skip", request.clipSkip}};
    if (request.initImage)
        json["init_image"] = {{"file", request.initImage->file},
                              {"sha256", request.initImage->sha256},
                              {"strength", request.initImage->strength}};
    json["device"] = nameOf(request.device);
    json["precision"] = nameOf(request.precision);
    json["tiled_decode"] = request.tiledDecode;
    return json;
}

OrderedJson provenanceJson(const Provenance& provenance)
{
    return {{"engine_version", provenance.engineVersion},
            {"libtorch_version", provenance.libtorchVersion},
            {"device", provenance.device},
            {"precision", provenance.precision},
            {"model_hash", provenance.modelHash},
            {"noise_sha256", provenance.noiseSha256},
            {"latent_sha256", provenance.latentSha256},
            {"pixel_sha256", provenance.pixelSha256},
            {"notes", provenance.notes}};
}

/// Takes values out of one JSON object and remembers which keys were asked for. The first problem stays in
/// `problem`, which all readers of one text share.
class ObjectReader final {
public:
    ObjectReader(const Json& object, std::string path, std::string& problem)
        : m_object(object), m_path(std::move(path)), m_problem(problem)
    {
    }

    void read(const char* key, std::string& out)
    {
        take(key, "a text",
             [&](const Json& value) { return value.is_string() && (value.get_to(out), true); });
    }

    void read(const char* key, bool& out)
    {
        take(key, "true or false",
             [&](const Json& value) { return value.is_boolean() && (value.get_to(out), true); });
    }

    void read(const char* key, double& out)
    {
        take(key, "a number",
             [&](const Json& value) { return value.is_number() && (value.get_to(out), true); });
    }

    void read(const char* key, int& out)
    {
        take(key, "a whole number of 32 bits", [&](const Json& value) {
            const bool fits = value.is_number_unsigned()
                                  ? value.get<std::uint64_t>() <= std::uint64_t{0x7FFFFFFF}
                                  : value.is_number_integer() && value.get<std::int64_t>() >= -0x80000000LL;
            return fits && (value.get_to(out), true);
        });
    }

    void read(const char* key, std::uint64_t& out)
    {
        take(key, "a whole number of 64 bits, not negative",
             [&](const Json& value) { return value.is_number_unsigned() && (value.get_to(out), true); });
    }

    void read(const char* key, std::vector<std::string>& out)
    {
        take(key, "a list of texts", [&](const Json& value) {
            if (!value.is_array())
                return false;
            for (const Json& item : value)
                if (!item.is_string())
                    return false;
            value.get_to(out);
            return true;
        });
    }

    void read(const char* key, std::optional<double>& out)
    {
        if (m_object.contains(key))
            read(key, out.emplace());
    }

    template <class Value>
    void readName(const char* key, Value& out, Result<Value> (*parse)(std::string_view))
    {
        std::string name;
        read(key, name);
        if (!m_object.contains(key) || !m_problem.empty())
            return;
        if (auto value = parse(name))
            out = *value;
        else
            m_problem = m_path + key + ": " + value.error().message;
    }

    /// Calls `read` with a reader of the object under `key`, if there is one.
    template <class Read>
    void readObject(const char* key, std::vector<std::string>& ignored, Read&& readIt)
    {
        take(key, "an object", [&](const Json& value) {
            if (!value.is_object())
                return false;
            ObjectReader inner(value, m_path + key + ".", m_problem);
            readIt(inner);
            inner.listUnread(ignored);
            return true;
        });
    }

    void listUnread(std::vector<std::string>& ignored) const
    {
        for (const auto& [key, value] : m_object.items())
            if (!m_read.contains(key))
                ignored.push_back(m_path + key);
    }

private:
    template <class Take>
    void take(const char* key, const char* expected, Take&& takeIt)
    {
        m_read.insert(key);
        const auto found = m_object.find(key);
        if (found == m_object.end() || !m_problem.empty())
            return;
        if (takeIt(*found))
            return;
        std::string value = found->dump(-1, ' ', false, Json::error_handler_t::replace);
        if (value.size() > 60)
            value = value.substr(0, 60) + "...";
        m_problem = m_path + key + " is " + value + "; expected " + expected;
    }

    const Json& m_object;
    std::string m_path;
    std::string& m_problem;
    std::set<std::string, std::less<>> m_read;
};

void readSampler(ObjectReader& reader, SamplerSettings& sampler)
{
    reader.read("scheduler", sampler.scheduler);
    reader.read("spacing", sampler.spacing);
    reader.read("prediction", sampler.prediction);
    reader.read("steps", sampler.steps);
    reader.read("sigma_max", sampler.sigmaMax);
    reader.read("eta", sampler.eta);
}

void readRequest(ObjectReader& reader, GenerationRequest& request, std::vector<std::string>& ignored)
{
    reader.read("model", request.model);
    reader.read("tokenizer", request.tokenizer);
    reader.read("prompt", request.prompt);
    reader.read("negative_prompt", request.negativePrompt);
    reader.read("prompt_weights", request.promptWeights);
    reader.readObject("sampler", ignored, [&](ObjectReader& inner) { readSampler(inner, request.sampler); });
    reader.read("guidance_scale", request.guidanceScale);
    reader.read("guidance_rescale", request.guidanceRescale);
    reader.read("seed", request.seed);
    reader.read("width", request.widthPx);
    reader.read("height", request.heightPx);
    reader.read("count", request.count);
    reader.read("clip_skip", request.clipSkip);
    reader.readObject("init_image", ignored, [&](ObjectReader& inner) {
        InitImage& image = request.initImage.emplace();
        inner.read("file", image.file);
        inner.read("sha256", image.sha256);
        inner.read("strength", image.strength);
    });
    reader.readName("device", request.device, parseDevice);
    reader.readName("precision", request.precision, parsePrecision);
    reader.read("tiled_decode", request.tiledDecode);
}

void readProvenance(ObjectReader& reader, Provenance& provenance)
{
    reader.read("engine_version", provenance.engineVersion);
    reader.read("libtorch_version", provenance.libtorchVersion);
    reader.read("device", provenance.device);
    reader.read("precision", provenance.precision);
    reader.read("model_hash", provenance.modelHash);
    reader.read("noise_sha256", provenance.noiseSha256);
    reader.read("latent_sha256", provenance.latentSha256);
    reader.read("pixel_sha256", provenance.pixelSha256);
    reader.read("notes", provenance.notes);
}

} // namespace

std::string nameOf(DeviceChoice device)
{
    if (device.kind == DeviceChoice::Kind::Cuda && device.card > 0)
        return "cuda:" + std::to_string(device.card);
    return std::string(nameIn(deviceNames, device));
}

std::string_view nameOf(Precision precision)
{
    return nameIn(precisionNames, precision);
}

Result<DeviceChoice> parseDevice(std::string_view name)
{
    if (constexpr std::string_view prefix = "cuda:"; name.starts_with(prefix)) {
        DeviceChoice device = DeviceChoice::Cuda;
        const char* const end = name.data() + name.size();
        const auto [next, error] = std::from_chars(name.data() + prefix.size(), end, device.card);
        if (error == std::errc() && next == end && device.card >= 0 && device.card < kMaxCards)
            return device;
    }
    return valueIn<DeviceChoice>(deviceNames, "device", name);
}

Result<Precision> parsePrecision(std::string_view name)
{
    return valueIn<Precision>(precisionNames, "precision", name);
}

std::string toJson(const GenerationRecord& record)
{
    OrderedJson json = {{"version", kRecordVersion}, {"request", requestJson(record.request)}};
    if (record.provenance)
        json["provenance"] = provenanceJson(*record.provenance);
    return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

Result<ParsedRecord> parseRecord(std::string_view text)
{
    const auto read = parseJson(text);
    if (!read)
        return fail(ErrorKind::BadFile,
                    "the request is not a JSON object that can be read: it " + read.error().message);
    const Json& json = *read;
    if (!json.is_object())
        return fail(ErrorKind::BadFile, "the request is not a JSON object");
    const auto version = json.find("version");
    if (version == json.end() || !version->is_number_unsigned() || *version == 0)
        return fail(ErrorKind::BadFile, "the request's JSON has no \"version\" of 1 or above");
    if (*version > kRecordVersion)
        return fail(ErrorKind::Unsupported,
                    "the request was written by a newer Unfog: its format is version " + version->dump() +
                        ", this program reads up to " + std::to_string(kRecordVersion));
    if (!json.contains("request"))
        return fail(ErrorKind::BadFile, "the JSON has no \"request\"");

    ParsedRecord parsed;
    std::string problem;
    int ignoredVersion = 0;
    ObjectReader reader(json, "", problem);
    reader.read("version", ignoredVersion);
    reader.readObject("request", parsed.ignoredKeys, [&](ObjectReader& inner) {
        readRequest(inner, parsed.record.request, parsed.ignoredKeys);
    });
    reader.readObject("provenance", parsed.ignoredKeys, [&](ObjectReader& inner) {
        readProvenance(inner, parsed.record.provenance.emplace());
    });
    reader.listUnread(parsed.ignoredKeys);
    if (!problem.empty())
        return fail(ErrorKind::BadFile, problem);
    return parsed;
}

} // namespace unfog

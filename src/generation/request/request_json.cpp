#include "generation/request/request_json.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/bounded_json.h"
#include "generation/request/request_fields.h"

namespace unfog {
namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

/// The parts of a row's key: "sampler.steps" → sampler, steps.
std::vector<std::string> partsOf(std::string_view key)
{
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= key.size();) {
        const std::size_t end = std::min(key.find('.', begin), key.size());
        parts.emplace_back(key.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

OrderedJson requestJson(const GenerationRequest& request)
{
    OrderedJson json = OrderedJson::object();
    for (const RequestField& field : requestFields()) {
        const FieldValue value = field.get(request);
        if (value.is_null())
            continue;
        OrderedJson* place = &json;
        for (const std::string& part : partsOf(field.key))
            place = &(*place)[part];
        *place = value;
    }
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

std::string shown(const Json& value)
{
    std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    return text.size() > 60 ? text.substr(0, 60) + "..." : text;
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

    void read(const char* key, int& out)
    {
        take(key, "a whole number of 32 bits", [&](const Json& value) {
            const bool fits = value.is_number_unsigned()
                                  ? value.get<std::uint64_t>() <= std::uint64_t{0x7FFFFFFF}
                                  : value.is_number_integer() && value.get<std::int64_t>() >= -0x80000000LL;
            return fits && (value.get_to(out), true);
        });
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

    /// Calls `readIt` with the object under `key`, if there is one.
    template <class Read>
    void readJson(const char* key, Read&& readIt)
    {
        take(key, "an object", [&](const Json& value) {
            if (value.is_object())
                readIt(value);
            return value.is_object();
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
        m_problem = m_path + key + " is " + shown(*found) + "; expected " + expected;
    }

    const Json& m_object;
    std::string m_path;
    std::string& m_problem;
    std::set<std::string, std::less<>> m_read;
};

/// Reads a "request" of any version: each row of the table from the place that it has in that version.
class RequestReader final {
public:
    RequestReader(int version, std::string& problem) : m_version(version), m_problem(problem) {}

    void read(const Json& json, GenerationRequest& request, std::vector<std::string>& ignored)
    {
        for (const RequestField& field : requestFields()) {
            const std::string_view key = m_version == 1 ? field.key1 : field.key;
            if (!key.empty() && field.since <= m_version)
                readField(field, key, json, request);
        }
        listUnread(json, "", ignored);
    }

private:
    void readField(const RequestField& field, std::string_view key, const Json& json,
                   GenerationRequest& request)
    {
        const Json* place = &json;
        std::string path;
        for (const std::string& part : partsOf(key)) {
            if (!place->is_object())
                return refuse(path, *place, "an object");
            path += (path.empty() ? "" : ".") + part;
            m_known.insert(path);
            const auto found = place->find(part);
            if (found == place->end())
                return;
            place = &*found;
        }
        if (const auto set = field.set(request, *place); !set) {
            // Of names, the error is a sentence of its own.
            const bool isName = place->is_string() && field.kind != FieldKind::Seed;
            if (isName && (field.kind == FieldKind::Device || field.kind == FieldKind::Precision))
                return say("request." + path + ": " + set.error().message);
            refuse(path, *place, set.error().message);
        }
    }

    /// What no row asked for, the deepest first.
    void listUnread(const Json& json, const std::string& path, std::vector<std::string>& ignored) const
    {
        for (const auto& [key, value] : json.items()) {
            if (value.is_object() && m_known.contains(path + key))
                listUnread(value, path + key + ".", ignored);
        }
        for (const auto& [key, value] : json.items()) {
            if (std::string whole = path; !m_known.contains(whole.append(key)))
                ignored.push_back("request." + whole);
        }
    }

    void refuse(const std::string& path, const Json& value, const std::string& expected)
    {
        say("request." + path + " is " + shown(value) + "; expected " + expected);
    }
    void say(std::string problem)
    {
        if (m_problem.empty())
            m_problem = std::move(problem);
    }

    const int m_version;
    std::string& m_problem;
    std::set<std::string, std::less<>> m_known;
};

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
    reader.readJson("request", [&](const Json& request) {
        RequestReader(version->get<int>(), problem).read(request, parsed.record.request, parsed.ignoredKeys);
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

#include "tokenizer/files/added_tokens.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <nlohmann/json.hpp>

#include "base/files/json_file.h"

namespace unfog {
namespace {

using nlohmann::json;

constexpr std::int64_t idLimit = 10'000'000;

std::string inQuotes(const std::string& text)
{
    return '"' + text + '"';
}

/// Gathers the entries of all files; the first problem stays.
class Collector final {
public:
    void add(const std::string& where, const json& token, std::optional<std::int64_t> id, bool isSpecial)
    {
        AddedToken added;
        added.where = where;
        added.isSpecial = isSpecial;
        added.isNormalized = !isSpecial;
        const json& text = token.is_object() && token.contains("content") ? token.at("content") : token;
        if (!text.is_string() || text.get_ref<const std::string&>().empty())
            return complain(where + ": an added token has no text");
        added.text = text.get<std::string>();
        if (token.is_object()) {
            added.isSpecial = flag(token, "special", isSpecial);
            added.isNormalized = flag(token, "normalized", !added.isSpecial);
            added.isSingleWord = flag(token, "single_word", false);
        }
        if (id && (*id < 0 || *id >= idLimit))
            return complain(where + ": the id of the added token " + inQuotes(added.text) +
                            " is not a whole number below " + std::to_string(idLimit));
        added.id = static_cast<std::int32_t>(id.value_or(-1));
        merge(std::move(added));
    }

    void complain(const std::string& problem)
    {
        if (m_problem.empty())
            m_problem = problem;
    }

    Result<std::vector<AddedToken>> finish()
    {
        if (!m_problem.empty())
            return fail(ErrorKind::BadFile, m_problem);
        return std::move(m_tokens);
    }

private:
    static bool flag(const json& token, const char* key, bool otherwise)
    {
        const auto found = token.find(key);
        return found != token.end() && found->is_boolean() ? found->get<bool>() : otherwise;
    }

    void merge(AddedToken added)
    {
        for (AddedToken& known : m_tokens) {
            if (known.text == added.text) {
                if (known.id >= 0 && added.id >= 0 && known.id != added.id)
                    complain(added.where + " gives the added token " + inQuotes(added.text) + " the id " +
                             std::to_string(added.id) + ", but " + known.where + " gives it " +
                             std::to_string(known.id));
                known.id = std::max(known.id, added.id);
                return;
            }
            if (known.id >= 0 && known.id == added.id)
                return complain(added.where + " gives the id " + std::to_string(added.id) +
                                " to the added token " + inQuotes(added.text) + ", but " + known.where +
                                " gives it to " + inQuotes(known.text));
        }
        m_tokens.push_back(std::move(added));
    }

    std::vector<AddedToken> m_tokens;
    std::string m_problem;
};

std::optional<std::int64_t> idOf(const json& value)
{
    return value.is_number_unsigned() && value.get<std::uint64_t>() < std::uint64_t{idLimit}
               ? static_cast<std::int64_t>(value.get<std::uint64_t>())
               : std::int64_t{-1};
}

std::optional<std::int64_t> idOf(const std::string& digits)
{
    std::int64_t id = -1;
    const char* const end = digits.data() + digits.size();
    const auto [last, error] = std::from_chars(digits.data(), end, id);
    return error == std::errc() && last == end ? id : std::int64_t{-1};
}

void readFastTokenizer(Collector& tokens, const json& file, const std::string& where)
{
    const json list = file.value("added_tokens", json::array());
    if (!list.is_null() && !list.is_array())
        return tokens.complain(where + ": \"added_tokens\" is not a list");
    for (const json& token : list)
        tokens.add(where, token, token.is_object() ? idOf(token.value("id", json())) : std::int64_t{-1},
                   false);
}

void readDecoder(Collector& tokens, const json& config, const std::string& where)
{
    const json decoder = config.value("added_tokens_decoder", json::object());
    if (!decoder.is_null() && !decoder.is_object())
        return tokens.complain(where + ": \"added_tokens_decoder\" is not an object of ids and tokens");
    for (const auto& [id, token] : decoder.items())
        tokens.add(where, token, idOf(id), false);
}

void readSpecial(Collector& tokens, const json& file, const std::string& where)
{
    for (const char* key : {"additional_special_tokens", "extra_special_tokens"}) {
        const json list = file.value(key, json());
        if (list.is_null())
            continue;
        if (!list.is_structured())
            return tokens.complain(where + ": \"" + key + "\" is not a list of tokens");
        for (const json& token : list)
            tokens.add(where, token, std::nullopt, true);
    }
}

} // namespace

Result<std::vector<AddedToken>> readAddedTokens(const std::filesystem::path& folder)
{
    Collector tokens;
    const auto read = [&](const char* name, auto take) -> Result<void> {
        const std::filesystem::path path = folder / name;
        const auto object = readJsonObject(path);
        if (!object)
            return tl::unexpected(object.error());
        take(*object, path.string());
        return {};
    };
    Result<void> done = read("tokenizer.json", [&](const json& file, const std::string& where) {
        readFastTokenizer(tokens, file, where);
    });
    if (done)
        done = read("tokenizer_config.json",
                    [&](const json& file, const std::string& where) { readDecoder(tokens, file, where); });
    if (done)
        done = read("added_tokens.json", [&](const json& file, const std::string& where) {
            for (const auto& [text, id] : file.items())
                tokens.add(where, json(text), idOf(id), false);
        });
    for (const char* name : {"tokenizer_config.json", "special_tokens_map.json"}) {
        if (done)
            done = read(
                name, [&](const json& file, const std::string& where) { readSpecial(tokens, file, where); });
    }
    if (!done)
        return tl::unexpected(done.error());
    return tokens.finish();
}

} // namespace unfog

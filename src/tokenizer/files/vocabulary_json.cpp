#include "tokenizer/files/vocabulary_json.h"

#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/files/read_file.h"

namespace unfog {
namespace {

constexpr std::uint64_t idLimit = 10'000'000;

/// Keeps duplicates visible, which a DOM would drop, and is several times faster.
class VocabularyHandler final : public nlohmann::json_sax<nlohmann::json> {
public:
    Vocabulary ids;
    std::string problem;

    explicit VocabularyHandler(std::size_t expectedTokens) { ids.reserve(expectedTokens); }

    bool null() override { return notAnId(); }
    bool boolean(bool) override { return notAnId(); }
    bool number_integer(number_integer_t) override { return notAnId(); }
    bool number_float(number_float_t, const string_t&) override { return notAnId(); }
    bool string(string_t&) override { return notAnId(); }
    bool binary(binary_t&) override { return notAnId(); }
    bool start_array(std::size_t) override { return notAnId(); }
    bool end_array() override { return true; }
    bool end_object() override { return true; }

    bool number_unsigned(number_unsigned_t value) override
    {
        if (!m_inside || value >= idLimit)
            return notAnId();
        if (value >= m_seen.size())
            m_seen.resize(value + 1 + value / 2);
        if (m_seen[value])
            return refuse("the id " + std::to_string(value) + " of \"" + m_key + "\" is given twice");
        m_seen[value] = true;
        const auto [at, added] = ids.try_emplace(std::move(m_key), static_cast<std::int32_t>(value));
        return added || refuse("the token \"" + at->first + "\" is listed twice");
    }

    bool start_object(std::size_t) override
    {
        if (m_inside)
            return notAnId();
        m_inside = true;
        return true;
    }

    bool key(string_t& name) override
    {
        m_key = std::move(name);
        return true;
    }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override
    {
        return refuse("not valid JSON at byte " + std::to_string(position));
    }

private:
    bool refuse(std::string why)
    {
        problem = std::move(why);
        return false;
    }

    bool notAnId()
    {
        if (!m_inside)
            return refuse("expected a JSON object of tokens and their ids");
        return refuse("the id of \"" + m_key + "\" is not a whole number below " + std::to_string(idLimit));
    }

    bool m_inside = false;
    std::string m_key;
    std::vector<bool> m_seen;
};

} // namespace

Result<Vocabulary> readVocabularyJson(const std::filesystem::path& file)
{
    auto text = readTextFile(file);
    if (!text)
        return tl::unexpected(text.error());
    VocabularyHandler handler(text->size() / 16);
    if (!nlohmann::json::sax_parse(*text, &handler))
        return fail(ErrorKind::BadFile, file.string() + ": " + handler.problem);
    if (handler.ids.empty())
        return fail(ErrorKind::BadFile, file.string() + " lists no token");
    return std::move(handler.ids);
}

} // namespace unfog

#include "tokenizer/files/tokenizer_json.h"

#include <vector>

#include <nlohmann/json.hpp>

#include "base/files/json_file.h"

namespace unfog {
namespace {

using nlohmann::json;

constexpr std::uint64_t idLimit = 10'000'000;

/// A key that would cut words in another way: absent, or one of the values (JSON texts) that leave it as CLIP
/// has it.
Result<void> expect(const json& model, const char* key, std::initializer_list<const char*> allowed,
                    const std::string& where)
{
    const auto found = model.find(key);
    if (found == model.end())
        return {};
    for (const char* text : allowed) {
        if (*found == json::parse(text))
            return {};
    }
    const std::string value =
        found->is_structured() ? "a list" : found->dump(-1, ' ', false, json::error_handler_t::replace);
    return fail(ErrorKind::Unsupported, where + ": \"" + key + "\" of the model is " + value.substr(0, 60) +
                                            "; a byte-pair vocabulary as CLIP's has " + *allowed.begin());
}

Result<Vocabulary> readVocabulary(const json& model, const std::string& where)
{
    const auto found = model.find("vocab");
    if (found == model.end() || !found->is_object() || found->empty())
        return fail(ErrorKind::BadFile, where + ": the model has no \"vocab\" of tokens and their ids");
    Vocabulary ids;
    ids.reserve(found->size());
    std::vector<bool> seen;
    for (const auto& [token, id] : found->items()) {
        if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= idLimit)
            return fail(ErrorKind::BadFile, std::string(where)
                                                .append(": the id of \"")
                                                .append(token)
                                                .append("\" is not a whole number below ")
                                                .append(std::to_string(idLimit)));
        const auto value = id.get<std::size_t>();
        if (value >= seen.size())
            seen.resize(value + 1 + value / 2);
        if (seen[value])
            return fail(ErrorKind::BadFile, std::string(where)
                                                .append(": the id ")
                                                .append(std::to_string(value))
                                                .append(" of \"")
                                                .append(token)
                                                .append("\" is given twice"));
        seen[value] = true;
        ids.emplace(token, static_cast<std::int32_t>(value));
    }
    return ids;
}

bool readMerge(const json& entry, SpeltMerge& merge)
{
    if (entry.is_string())
        return splitMerge(entry.get_ref<const std::string&>(), merge);
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_string())
        return false;
    entry[0].get_to(merge.left);
    entry[1].get_to(merge.right);
    return !merge.left.empty() && !merge.right.empty();
}

Result<std::vector<SpeltMerge>> readMerges(const json& model, const std::string& where)
{
    const auto found = model.find("merges");
    if (found == model.end() || !found->is_array())
        return fail(ErrorKind::BadFile, where + ": the model has no \"merges\"");
    std::vector<SpeltMerge> merges(found->size());
    for (std::size_t i = 0; i < merges.size(); ++i) {
        merges[i].place = i + 1;
        if (!readMerge((*found)[i], merges[i]))
            return fail(ErrorKind::BadFile,
                        where + ", merge " + std::to_string(i + 1) +
                            ": expected two tokens, as \"left right\" or [\"left\", \"right\"]");
    }
    return merges;
}

} // namespace

Result<BytePairEncoder> readTokenizerJson(const std::filesystem::path& file)
{
    const std::string where = file.string();
    const auto object = readJsonObject(file);
    if (!object)
        return tl::unexpected(object.error());
    const auto model = object->find("model");
    if (model == object->end() || !model->is_object())
        return fail(ErrorKind::BadFile, where + " has no \"model\"");
    if (auto usual = expect(*model, "type", {"\"BPE\""}, where); !usual)
        return tl::unexpected(usual.error());
    if (!model->contains("end_of_word_suffix"))
        return fail(ErrorKind::Unsupported,
                    where + ": the model has no \"end_of_word_suffix\"; CLIP's has \"</w>\"");
    for (auto usual : {expect(*model, "end_of_word_suffix", {"\"</w>\""}, where),
                       expect(*model, "continuing_subword_prefix", {"\"\"", "null"}, where),
                       expect(*model, "byte_fallback", {"false", "null"}, where),
                       expect(*model, "dropout", {"null", "0.0"}, where)}) {
        if (!usual)
            return tl::unexpected(usual.error());
    }
    auto ids = readVocabulary(*model, where);
    if (!ids)
        return tl::unexpected(ids.error());
    const auto merges = readMerges(*model, where);
    if (!merges)
        return tl::unexpected(merges.error());
    return BytePairEncoder::make(std::move(*ids), *merges, where + ", merge ");
}

} // namespace unfog

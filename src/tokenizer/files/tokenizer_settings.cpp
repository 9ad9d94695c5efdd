#include "tokenizer/files/tokenizer_settings.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "base/files/json_file.h"

namespace unfog {
namespace {

using nlohmann::json;

/// A special token is written as its text, or as an object with the text under "content".
Result<void> readToken(const json& object, const char* key, const std::filesystem::path& file,
                       std::string& token)
{
    const auto found = object.find(key);
    if (found == object.end() || found->is_null())
        return {};
    const json& value = found->is_object() && found->contains("content") ? found->at("content") : *found;
    if (!value.is_string() || value.get_ref<const std::string&>().empty())
        return fail(ErrorKind::BadFile, file.string() + ": \"" + key + "\" is not the text of a token");
    token = value.get<std::string>();
    return {};
}

Result<void> readTokens(const json& object, const std::filesystem::path& file, TokenizerSettings& settings)
{
    for (const auto& [key, token] :
         {std::pair{"bos_token", &settings.startToken}, std::pair{"eos_token", &settings.endToken},
          std::pair{"pad_token", &settings.padToken}, std::pair{"unk_token", &settings.unknownToken}})
        if (auto read = readToken(object, key, file, *token); !read)
            return read;
    return {};
}

} // namespace

Result<TokenizerSettings> readTokenizerSettings(const std::filesystem::path& folder)
{
    TokenizerSettings settings;
    const auto configFile = folder / "tokenizer_config.json";
    const auto config = readJsonObject(configFile);
    if (!config)
        return tl::unexpected(config.error());
    if (auto read = readTokens(*config, configFile, settings); !read)
        return tl::unexpected(read.error());

    if (!config->contains("added_tokens_decoder")) {
        const auto mapFile = folder / "special_tokens_map.json";
        const auto map = readJsonObject(mapFile);
        if (!map)
            return tl::unexpected(map.error());
        if (auto read = readTokens(*map, mapFile, settings); !read)
            return tl::unexpected(read.error());
    }

    const auto length = config->find("model_max_length");
    if (length == config->end() || length->is_null())
        return settings;
    // Published files write 1e30 where no length was set.
    if (!length->is_number() || length->get<double>() < 3.0)
        return fail(ErrorKind::BadFile, configFile.string() + ": model_max_length is " + length->dump() +
                                            "; expected a number of at least 3");
    if (length->get<double>() <= 1'000'000.0)
        settings.maxLength = length->get<int>();
    return settings;
}

} // namespace unfog

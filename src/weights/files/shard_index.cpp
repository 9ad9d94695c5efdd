#include "weights/files/shard_index.h"

#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

#include "weights/files/safetensors_header.h"

namespace unfog {
namespace {

bool isPlainShardName(const std::string& name)
{
    return name.ends_with(".safetensors") &&
           name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
}

} // namespace

Result<std::string> readSmallFile(const std::filesystem::path& path, std::size_t limitBytes)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
        return fail(ErrorKind::Io, path.string() + " cannot be read: " +
                                       (error ? error.message() : "it is not a regular file"));
    std::ifstream stream(path, std::ios::binary);
    std::string text;
    text.resize(limitBytes + 1 < 65536 ? limitBytes + 1 : 65536);
    std::size_t used = 0;
    while (stream.read(text.data() + used, static_cast<std::streamsize>(text.size() - used)) ||
           stream.gcount() > 0) {
        used += static_cast<std::size_t>(stream.gcount());
        if (used > limitBytes)
            return fail(ErrorKind::BadFile, path.string() + " is larger than " + std::to_string(limitBytes) +
                                                " bytes, the limit for a file of this kind");
        if (used == text.size())
            text.resize(std::min(2 * text.size(), limitBytes + 1));
    }
    if (!stream.eof())
        return fail(ErrorKind::Io, path.string() + " cannot be read");
    text.resize(used);
    return text;
}

Result<ShardIndex> readShardIndex(const std::filesystem::path& path)
{
    Result<std::string> text = readSmallFile(path);
    if (!text)
        return tl::unexpected(text.error());

    std::set<std::string> seen;
    std::string twice;
    auto rememberKeys = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
        if (event == nlohmann::json::parse_event_t::key && depth == 2 &&
            !seen.insert(parsed.get<std::string>()).second)
            twice = parsed.get<std::string>();
        return true;
    };
    nlohmann::json json = nlohmann::json::parse(*text, rememberKeys, false);
    if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object())
        return fail(ErrorKind::BadFile,
                    path.string() + " is not an index: expected a JSON object with a weight_map");
    if (!twice.empty())
        return fail(ErrorKind::BadFile,
                    path.string() + " lists " + quotedName(twice) + " twice; expected every tensor once");

    ShardIndex index;
    for (const auto& [tensor, shard] : json["weight_map"].items()) {
        if (!shard.is_string() || !isPlainShardName(shard.get<std::string>()))
            return fail(ErrorKind::BadFile,
                        path.string() + " places tensor " + quotedName(tensor) + " in " +
                            (shard.is_string() ? quotedName(shard.get<std::string>())
                                               : "something that is not a name") +
                            "; expected the plain name of a .safetensors file in the same folder");
        index.emplace(tensor, shard.get<std::string>());
    }
    if (index.empty())
        return fail(ErrorKind::BadFile, path.string() + " has an empty weight_map");
    return index;
}

} // namespace unfog

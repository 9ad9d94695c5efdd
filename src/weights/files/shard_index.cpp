#include "weights/files/shard_index.h"

#include <set>

#include <nlohmann/json.hpp>

#include "base/files/read_file.h"
#include "weights/files/safetensors_header.h"

namespace unfog {
namespace {

bool isPlainShardName(const std::string& name)
{
    return name.ends_with(".safetensors") &&
           name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
}

} // namespace

Result<ShardIndex> readShardIndex(const std::filesystem::path& path)
{
    Result<std::string> text = readTextFile(path);
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

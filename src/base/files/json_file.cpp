#include "base/files/json_file.h"

#include "base/bounded_json.h"
#include "base/files/read_file.h"

namespace unfog {

Result<nlohmann::json> readJsonObject(const std::filesystem::path& file)
{
    std::error_code error;
    if (std::filesystem::status(file, error).type() == std::filesystem::file_type::not_found)
        return nlohmann::json::object();
    auto text = readTextFile(file);
    if (!text)
        return tl::unexpected(text.error());
    nlohmann::json object = parseJson(*text).value_or(nlohmann::json(nlohmann::json::value_t::discarded));
    if (!object.is_object())
        return fail(ErrorKind::BadFile, file.string() + " is not a JSON object");
    return object;
}

} // namespace unfog

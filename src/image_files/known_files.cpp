#include "image_files/known_files.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

#include "generation/bounded_json.h"
#include "image_files/read_file.h"
#include "image_files/write_file.h"

namespace unfog {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxEntries = 500;

using Entry = std::pair<std::string, std::string>; ///< hash, place

fs::path listFile()
{
    const char* state = std::getenv("XDG_STATE_HOME");
    if (state && *state == '/')
        return fs::path(state) / "unfog" / "known-files.json";
    const char* home = std::getenv("HOME");
    return home && *home == '/' ? fs::path(home) / ".local/state/unfog/known-files.json" : fs::path();
}

/// Newest first. Empty where there is none or it is damaged.
std::vector<Entry> readEntries()
{
    std::vector<Entry> entries;
    const auto bytes = readFile(listFile());
    if (!bytes)
        return entries;
    const auto json = parseJson({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
    if (!json || !json->is_array())
        return entries;
    for (const auto& row : *json)
        if (row.is_object() && row.contains("hash") && row["hash"].is_string() && row.contains("place") &&
            row["place"].is_string())
            entries.emplace_back(row["hash"].get<std::string>(), row["place"].get<std::string>());
    return entries;
}

void writeEntries(const std::vector<Entry>& entries)
{
    nlohmann::json json = nlohmann::json::array();
    for (const auto& [hash, place] : entries)
        json.push_back({{"hash", hash}, {"place", place}});
    const std::string text = json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
    const fs::path file = listFile();
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    if (!error)
        (void)writeFileAtomically(file, std::as_bytes(std::span(text)));
}

/// Without folders.
std::string nameOf(const fs::path& place)
{
    return place.has_filename() ? place.filename().string() : place.parent_path().filename().string();
}

/// True: the list has changed.
bool remember(std::vector<Entry>& entries, const std::string& hash, const std::string& path)
{
    std::error_code error;
    const std::string place = fs::absolute(path, error).lexically_normal().string();
    if (hash.empty() || path.empty() || error || !fs::exists(place, error))
        return false;
    if (std::find(entries.begin(), entries.end(), Entry{hash, place}) != entries.end())
        return false;
    entries.insert(entries.begin(), {hash, place});
    if (entries.size() > kMaxEntries)
        entries.resize(kMaxEntries);
    return true;
}

} // namespace

void rememberFilesOf(const GeneratedImage& image)
{
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    if (listFile().empty())
        return;
    std::vector<Entry> entries = readEntries();
    bool isChanged = remember(entries, image.provenance.modelHash, image.request.model);
    if (const auto& start = image.request.initImage)
        isChanged |= remember(entries, start->sha256, start->file);
    if (isChanged)
        writeEntries(entries);
}

std::optional<fs::path> knownFile(const std::string& hash, const std::string& name)
{
    std::error_code error;
    if (!hash.empty())
        for (const auto& [known, place] : readEntries())
            if (known == hash && (name.empty() || nameOf(place) == name) && fs::exists(place, error))
                return fs::path(place);
    return std::nullopt;
}

void locateFiles(GenerationRecord& record)
{
    const auto locate = [](const std::string& hash, const std::string& name, std::string& path) {
        std::error_code error;
        if (const auto place = knownFile(hash, name);
            place && !(fs::path(path).is_absolute() && fs::exists(path, error)))
            path = place->string();
    };
    if (record.provenance)
        locate(record.provenance->modelHash, nameOf(record.request.model), record.request.model);
    if (auto& start = record.request.initImage)
        locate(start->sha256, "", start->file);
}

} // namespace unfog

#include "image_files/metadata/known_files.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

#include "base/ascii_text.h"
#include "base/bounded_json.h"
#include "base/files/read_file.h"
#include "base/files/write_file.h"

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

std::vector<Entry> parseEntries(std::string_view text)
{
    std::vector<Entry> entries;
    const auto json = parseJson(text);
    if (!json || !json->is_array())
        return entries;
    for (const auto& row : *json)
        if (row.is_object() && row.contains("hash") && row["hash"].is_string() && row.contains("place") &&
            row["place"].is_string())
            entries.emplace_back(row["hash"].get<std::string>(), row["place"].get<std::string>());
    return entries;
}

std::recursive_mutex& mutex()
{
    static std::recursive_mutex mutex;
    return mutex;
}

/// Newest first. Empty where there is none or it is damaged. Read again only when the file has changed:
/// windows ask for each image that is looked at.
std::vector<Entry> readEntries()
{
    static fs::path readFrom;
    static fs::file_time_type readAt;
    static std::vector<Entry> kept;
    const std::lock_guard lock(mutex());
    const fs::path file = listFile();
    std::error_code error;
    const auto changed = fs::last_write_time(file, error);
    if (error)
        return {};
    if (file == readFrom && changed == readAt)
        return kept;
    const auto bytes = readFile(file);
    if (!bytes)
        return {};
    readFrom = file;
    readAt = changed;
    kept = parseEntries({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
    return kept;
}

/// A tokenizer has no hash of its own: it is the one that was used with a model.
std::string tokenizerKey(const std::string& modelHash)
{
    return modelHash.empty() ? std::string() : "tokenizer with " + modelHash;
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

/// True: the list has changed.
bool remember(std::vector<Entry>& entries, const std::string& hash, const std::string& path)
{
    std::error_code error;
    const std::string place = fs::absolute(path, error).lexically_normal().string();
    if (hash.empty() || path.empty() || error || !fs::exists(place, error))
        return false;
    const Entry entry{hash, place};
    if (!entries.empty() && entries.front() == entry)
        return false;
    std::erase(entries, entry);
    entries.insert(entries.begin(), entry);
    if (entries.size() > kMaxEntries)
        entries.resize(kMaxEntries);
    return true;
}

} // namespace

void rememberFilesOf(const GeneratedImage& image)
{
    const std::lock_guard lock(mutex());
    if (listFile().empty())
        return;
    std::vector<Entry> entries = readEntries();
    const std::string& modelHash = image.provenance.modelHash;
    bool isChanged = remember(entries, tokenizerKey(modelHash), image.request.model.tokenizer);
    if (const auto& start = image.request.images.start)
        isChanged |= remember(entries, start->sha256, start->file);
    isChanged |= remember(entries, modelHash, image.request.model.path);
    if (isChanged)
        writeEntries(entries);
}

std::optional<fs::path> knownFile(const std::string& hash, const std::string& name)
{
    std::error_code error;
    if (!hash.empty())
        for (const auto& [known, place] : readEntries())
            if (known == hash && (name.empty() || lastPathPart(place) == name) && fs::exists(place, error))
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
    if (record.provenance) {
        const std::string& modelHash = record.provenance->modelHash;
        locate(modelHash, lastPathPart(record.request.model.path), record.request.model.path);
        if (!record.request.model.tokenizer.empty())
            locate(tokenizerKey(modelHash), lastPathPart(record.request.model.tokenizer),
                   record.request.model.tokenizer);
    }
    if (auto& start = record.request.images.start)
        locate(start->sha256, "", start->file);
}

} // namespace unfog

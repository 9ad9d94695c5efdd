#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "training_pictures/picture_source.h"

namespace unfog {

struct FolderProblem {
    std::string file; ///< relative to the folder
    std::string reason;
};

/// What was found in a folder; nothing of it is an error, what cannot be used is left out.
struct FolderReport {
    std::size_t usedCount = 0;
    std::map<std::pair<int, int>, std::size_t> sizes; ///< width and height in pixels → readable pictures
    std::size_t smallerCount = 0;                     ///< of those used: enlarged for training
    std::vector<FolderProblem> unreadable;
    std::vector<FolderProblem> duplicates;  ///< the same pixels as an earlier file, which the reason names
    std::vector<FolderProblem> uncaptioned; ///< neither a text beside it nor a row in metadata.csv
    std::vector<FolderProblem> missing;     ///< rows of metadata.csv without a picture
};

/// For people: some lines, at most ten files of each kind.
std::string describe(const FolderReport& report);

/// A user's own pictures: every PNG, JPEG and WebP below a folder, with its caption in a .txt of the same
/// name beside it (every line that is not empty is one wording), or in the folder's metadata.csv (see
/// captions_csv.h; the text beside it wins). In the order of their names; scaled so that they cover the
/// training size and cut in the middle. No labels.
class FolderPictures final : public PictureSource {
public:
    /// Reads every picture once. `progress` may be empty; false stops. Errors: no such folder, a metadata.csv
    /// that cannot be read, nothing that can be used (the report says why).
    static Result<std::unique_ptr<FolderPictures>>
    open(const std::filesystem::path& folder, int sizePx,
         const std::function<bool(std::size_t done, std::size_t count)>& progress = {});

    const FolderReport& report() const { return m_report; }

    std::uint64_t size() const override { return m_entries.size(); }
    Result<TrainingPicture> picture(std::uint64_t index) const override;
    Result<std::string> caption(std::uint64_t index, std::uint64_t variation) const override;

private:
    struct Entry {
        std::filesystem::path file;
        std::vector<std::string> wordings;
    };

    FolderPictures() = default;
    Result<const Entry*> entryAt(std::uint64_t index) const;

    int m_sizePx = 0;
    std::vector<Entry> m_entries;
    FolderReport m_report;
};

} // namespace unfog

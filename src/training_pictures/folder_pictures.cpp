#include "training_pictures/folder_pictures.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string_view>
#include <system_error>

#include "base/files/read_file.h"
#include "base/sha256.h"
#include "image_files/read_image.h"
#include "pixels/fit_image.h"
#include "training_pictures/captions_csv.h"

namespace unfog {

namespace {

constexpr std::string_view kTableName = "metadata.csv";
constexpr std::size_t kFilesShown = 10;

bool isPictureName(const std::filesystem::path& file)
{
    std::string extension = file.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    static constexpr std::array<std::string_view, 4> kExtensions{".png", ".jpg", ".jpeg", ".webp"};
    return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

/// Paths relative to `folder`, sorted.
Result<std::vector<std::filesystem::path>> pictureFilesIn(const std::filesystem::path& folder)
{
    std::error_code error;
    std::vector<std::filesystem::path> files;
    std::filesystem::recursive_directory_iterator walk(folder, error);
    const std::filesystem::recursive_directory_iterator end;
    for (; !error && walk != end; walk.increment(error)) {
        std::error_code ignored;
        if (walk->is_regular_file(ignored) && isPictureName(walk->path()))
            files.push_back(walk->path().lexically_relative(folder));
    }
    if (error)
        return fail(ErrorKind::Io, folder.string() + " cannot be read: " + error.message());
    std::sort(files.begin(), files.end());
    return files;
}

std::string trimmed(std::string_view text)
{
    const auto isSpace = [](char letter) { return letter == ' ' || letter == '\t' || letter == '\r'; };
    while (!text.empty() && isSpace(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isSpace(text.back()))
        text.remove_suffix(1);
    return std::string(text);
}

std::vector<std::string> linesOf(std::string_view text)
{
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        if (std::string line = trimmed(text.substr(0, end)); !line.empty())
            lines.push_back(std::move(line));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return lines;
}

Result<std::map<std::string, std::string>> readTable(const std::filesystem::path& folder)
{
    const std::filesystem::path file = folder / kTableName;
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        return std::map<std::string, std::string>{};
    const auto text = readTextFile(file);
    if (!text)
        return tl::unexpected(text.error());
    auto table = parseCaptionsCsv(*text);
    if (!table)
        return fail(ErrorKind::BadFile, file.string() + ": " + table.error().message);
    return table;
}

void describeProblems(std::string& out, std::string_view what, const std::vector<FolderProblem>& problems)
{
    if (problems.empty())
        return;
    out += std::to_string(problems.size()) + " " + std::string(what) + ":\n";
    for (std::size_t i = 0; i < std::min(kFilesShown, problems.size()); ++i)
        out += "  " + problems[i].file + (problems[i].reason.empty() ? "" : ": " + problems[i].reason) + "\n";
    if (problems.size() > kFilesShown)
        out += "  and " + std::to_string(problems.size() - kFilesShown) + " more\n";
}

} // namespace

std::string describe(const FolderReport& report)
{
    std::string out = std::to_string(report.usedCount) + " images with captions\n";
    std::vector<std::pair<std::size_t, std::pair<int, int>>> bySize;
    for (const auto& [size, count] : report.sizes)
        bySize.emplace_back(count, size);
    std::sort(bySize.begin(), bySize.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    for (std::size_t i = 0; i < std::min(kFilesShown, bySize.size()); ++i)
        out += "  " + std::to_string(bySize[i].first) + " of " + std::to_string(bySize[i].second.first) +
               " x " + std::to_string(bySize[i].second.second) + " pixels\n";
    if (bySize.size() > kFilesShown)
        out += "  and " + std::to_string(bySize.size() - kFilesShown) + " other sizes\n";
    if (report.smallerCount > 0)
        out += std::to_string(report.smallerCount) +
               " are smaller than the training size and will be enlarged\n";
    describeProblems(out, "unreadable", report.unreadable);
    describeProblems(out, "left out as duplicates", report.duplicates);
    describeProblems(out, "left out without a caption", report.uncaptioned);
    describeProblems(out, "rows of metadata.csv without an image", report.missing);
    return out;
}

Result<std::unique_ptr<FolderPictures>>
FolderPictures::open(const std::filesystem::path& folder, int sizePx,
                     const std::function<bool(std::size_t, std::size_t)>& progress)
{
    if (sizePx < 8 || sizePx > 4096)
        return fail(ErrorKind::InvalidRequest,
                    "Training images are 8 to 4096 pixels wide, not " + std::to_string(sizePx));
    const auto files = pictureFilesIn(folder);
    if (!files)
        return tl::unexpected(files.error());
    const auto table = readTable(folder);
    if (!table)
        return tl::unexpected(table.error());

    std::unique_ptr<FolderPictures> pictures(new FolderPictures);
    pictures->m_sizePx = sizePx;
    FolderReport& report = pictures->m_report;
    std::map<std::string, std::string> fileOfPixels;
    for (const std::filesystem::path& file : *files) {
        const std::string name = file.generic_string();
        const auto image = readImage(folder / file);
        if (progress && !progress(static_cast<std::size_t>(&file - files->data()) + 1, files->size()))
            return fail(ErrorKind::Cancelled, "Reading " + folder.string() + " was stopped");
        if (!image) {
            report.unreadable.push_back({name, image.error().message});
            continue;
        }
        ++report.sizes[{image->widthPx, image->heightPx}];

        Entry entry{folder / file, {}};
        std::filesystem::path textFile = entry.file;
        textFile.replace_extension(".txt");
        if (const auto text = readTextFile(textFile); text)
            entry.wordings = linesOf(*text);
        if (const auto row = table->find(name); entry.wordings.empty() && row != table->end())
            entry.wordings = linesOf(row->second);
        if (entry.wordings.empty()) {
            report.uncaptioned.push_back({name, {}});
            continue;
        }
        const std::string pixels =
            std::to_string(image->widthPx) + " " + sha256Hex(std::as_bytes(std::span(image->rgb)));
        if (const auto [known, isNew] = fileOfPixels.emplace(pixels, name); !isNew) {
            report.duplicates.push_back({name, "the same pixels as " + known->second});
            continue;
        }
        report.smallerCount += image->widthPx < sizePx || image->heightPx < sizePx ? 1 : 0;
        pictures->m_entries.push_back(std::move(entry));
    }
    for (const auto& [name, caption] : *table) {
        if (!std::binary_search(files->begin(), files->end(), std::filesystem::path(name)))
            report.missing.push_back({name, {}});
    }
    report.usedCount = pictures->m_entries.size();
    if (report.usedCount == 0)
        return fail(ErrorKind::InvalidRequest,
                    folder.string() + " holds nothing to train on:\n" + describe(report));
    return pictures;
}

Result<const FolderPictures::Entry*> FolderPictures::entryAt(std::uint64_t index) const
{
    if (index >= m_entries.size()) {
        return fail(ErrorKind::InvalidRequest, "The folder has " + std::to_string(m_entries.size()) +
                                                   " usable images, no image " + std::to_string(index));
    }
    return &m_entries[index];
}

Result<TrainingPicture> FolderPictures::picture(std::uint64_t index) const
{
    const auto entry = entryAt(index);
    if (!entry)
        return tl::unexpected(entry.error());
    const auto image = readImage((*entry)->file);
    if (!image)
        return tl::unexpected(image.error());
    PixelImage fitted = fitImage(*image, m_sizePx, m_sizePx);
    TrainingPicture picture;
    picture.widthPx = fitted.widthPx;
    picture.heightPx = fitted.heightPx;
    picture.rgb = std::move(fitted.rgb);
    picture.caption = (*entry)->wordings.front();
    return picture;
}

Result<std::string> FolderPictures::caption(std::uint64_t index, std::uint64_t variation) const
{
    const auto entry = entryAt(index);
    if (!entry)
        return tl::unexpected(entry.error());
    const std::vector<std::string>& wordings = (*entry)->wordings;
    return wordings[variation % wordings.size()];
}

} // namespace unfog

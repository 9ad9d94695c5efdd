#include "cli/output_files.h"

#include <cctype>
#include <cstdlib>

#include "base/files/temporary_file.h"
#include "base/files/write_file.h"
#include "base/printable.h"
#include "image_files/metadata/known_files.h"
#include "image_files/metadata/picture_metadata.h"

namespace unfog::cli {

namespace fs = std::filesystem;

namespace {

/// Where nobody else can read or put anything: a new folder. Empty: there is no such place.
fs::path makeRefuge()
{
    std::error_code error;
    for (const fs::path& place : {fs::temp_directory_path(error), fs::path("/var/tmp")}) {
        std::string pattern = (place / "unfog-unsaved-XXXXXX").string();
        if (!place.empty() && ::mkdtemp(pattern.data()))
            return pattern;
    }
    return {};
}

UnsavedImage keepElsewhere(Error error, const std::string& stem, std::span<const std::byte> png)
{
    while (error.message.ends_with('.'))
        error.message.pop_back();
    const fs::path refuge = makeRefuge();
    if (refuge.empty()) {
        error.message +=
            "; no folder could be made for it under the temporary folder either. The image is lost.";
        return {error, {}};
    }
    const auto kept = writeUnderFreeName(refuge, stem, "png", png);
    if (!kept) {
        std::error_code ignored;
        fs::remove(refuge, ignored);
        error.message += "; " + kept.error().message + " either. The image is lost.";
        return {error, {}};
    }
    error.message += ". The image is kept as " + kept->string() + ".";
    return {error, *kept};
}

} // namespace

std::string fileNameWords(const std::string& prompt)
{
    constexpr std::size_t limit = 40;
    std::string words;
    bool gap = false;
    for (std::size_t i = 0; i < prompt.size();) {
        const auto lead = static_cast<unsigned char>(prompt[i]);
        const std::size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        const std::string character = prompt.substr(i, length);
        const bool keep = lead < 0x80 ? std::isalnum(lead) != 0 : printableLine(character) == character;
        if (!keep) {
            gap = !words.empty();
            ++i;
            continue;
        }
        if (words.size() + length + (gap ? 1 : 0) > limit)
            break;
        if (gap)
            words += '-';
        gap = false;
        words += character;
        i += length;
    }
    return words.empty() ? "image" : words;
}

Result<OutputFiles> OutputFiles::plan(const fs::path& output, int count)
{
    std::error_code error;
    const bool isFolder = fs::is_directory(output, error) || !output.has_extension();
    if (!isFolder && output.extension() != ".png")
        return fail(ErrorKind::InvalidRequest, "Output " + output.string() +
                                                   ": expected a folder or a name ending in .png, found \"" +
                                                   output.extension().string() + "\".");
    const fs::path folder = isFolder ? output : folderOf(output);
    if (!isFolder && !fs::is_directory(folder, error))
        return fail(ErrorKind::InvalidRequest,
                    "Output " + output.string() + ": there is no folder " + folder.string() + ".");
    removeStaleParts(folder);
    if (auto probed = probeFolder(folder); !probed)
        return tl::unexpected(probed.error());
    return OutputFiles(output, isFolder, count);
}

std::string OutputFiles::stemFor(const GenerationRequest& resolved) const
{
    const std::string seed = std::to_string(resolved.output.seed);
    if (m_isFolder)
        return seed + "-" + fileNameWords(resolved.prompts.positive);
    return m_count == 1 ? m_target.stem().string() : m_target.stem().string() + "-" + seed;
}

Result<fs::path> OutputFiles::save(const GenerationRequest& resolved, std::span<const std::byte> png) const
{
    if (!m_isFolder && m_count == 1) {
        if (auto written = writeFileAtomically(m_target, png); !written)
            return tl::unexpected(written.error());
        return m_target;
    }
    const fs::path folder = m_isFolder ? m_target : m_target.parent_path();
    std::error_code error;
    if (m_isFolder)
        fs::create_directories(folder, error);
    if (error)
        return fail(ErrorKind::Io,
                    "Cannot make the folder " + folder.string() + ": " + error.message() + ".");
    return writeUnderFreeName(folder, stemFor(resolved), "png", png);
}

tl::expected<fs::path, UnsavedImage> keepImage(const OutputFiles& files, const GeneratedImage& image)
{
    auto bytes = encodePicture(image.pixels, {image.request, image.provenance});
    if (!bytes)
        return tl::unexpected(UnsavedImage{bytes.error(), {}});
    auto file = files.save(image.request, *bytes);
    if (!file)
        return tl::unexpected(keepElsewhere(file.error(), files.stemFor(image.request), *bytes));
    rememberFilesOf(image);
    return *file;
}

} // namespace unfog::cli

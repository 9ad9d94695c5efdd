#include "cli/output_files.h"

#include <cctype>

#include "image_files/picture_metadata.h"
#include "image_files/write_file.h"

namespace unfog::cli {

namespace fs = std::filesystem;

std::string fileNameWords(const std::string& prompt)
{
    constexpr std::size_t limit = 40;
    std::string words;
    bool gap = false;
    for (std::size_t i = 0; i < prompt.size();) {
        const auto lead = static_cast<unsigned char>(prompt[i]);
        const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        const bool keep = lead >= 0x80 || std::isalnum(lead);
        if (!keep) {
            gap = !words.empty();
            ++i;
            continue;
        }
        if (words.size() + length + (gap ? 1 : 0) > limit || i + length > prompt.size())
            break;
        if (gap)
            words += '-';
        gap = false;
        words.append(prompt, i, length);
        i += length;
    }
    return words.empty() ? "picture" : words;
}

Result<OutputFiles> OutputFiles::plan(const fs::path& output, int count)
{
    std::error_code error;
    if (fs::is_directory(output, error) || !output.has_extension())
        return OutputFiles(output, true, count);
    if (output.extension() != ".png")
        return fail(ErrorKind::InvalidRequest,
                    "Output " + output.string() + ": expected a folder or a name ending in .png, found \"" +
                        output.extension().string() + "\".");
    const fs::path folder = output.has_parent_path() ? output.parent_path() : fs::path(".");
    if (!fs::is_directory(folder, error))
        return fail(ErrorKind::InvalidRequest, "Output " + output.string() + ": there is no folder " + folder.string() + ".");
    return OutputFiles(output, false, count);
}

Result<fs::path> OutputFiles::fileFor(const GenerationRequest& resolved) const
{
    const std::string seed = std::to_string(resolved.seed);
    if (!m_isFolder) {
        if (m_count == 1)
            return m_target;
        return m_target.parent_path() / (m_target.stem().string() + "-" + seed + ".png");
    }
    std::error_code error;
    fs::create_directories(m_target, error);
    if (error)
        return fail(ErrorKind::Io, "Cannot make the folder " + m_target.string() + ": " + error.message() + ".");
    const std::string base = seed + "-" + fileNameWords(resolved.prompt);
    fs::path candidate = m_target / (base + ".png");
    for (int copy = 2; fs::exists(candidate, error); ++copy)
        candidate = m_target / (base + "-" + std::to_string(copy) + ".png");
    return candidate;
}

Result<fs::path> keepPicture(const OutputFiles& files, const GeneratedImage& image)
{
    auto file = files.fileFor(image.request);
    if (!file)
        return file;
    auto bytes = encodePicture(image.pixels, {image.request, image.provenance});
    if (!bytes)
        return tl::unexpected(bytes.error());
    if (auto written = writeFileAtomically(*file, *bytes); !written)
        return tl::unexpected(written.error());
    return file;
}

} // namespace unfog::cli

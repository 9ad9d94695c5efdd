#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "base/result.h"
#include "generation/engine/generation_engine.h"

namespace unfog::cli {

/// Where the images of one run go, from `--output DIR|FILE.png`.
///
/// A folder (existing, or a name without a suffix, then made): `SEED-prompt-words.png` in it. A file: with
/// one image exactly that file, replaced when it exists; with `--count` above 1 the seed goes before the
/// suffix of each. Names that are made up here replace nothing, whoever else writes into the folder: a taken
/// one gets `-2`, `-3` … before the suffix.
class OutputFiles final {
public:
    /// Makes the folder, tries out whether files can be saved there, and removes parts of files that ended
    /// programs left there. InvalidRequest when the suffix is not .png or a parent folder is missing, Io when
    /// no file can be saved.
    static Result<OutputFiles> plan(const std::filesystem::path& output, int count);

    /// Writes a finished image and returns its file.
    Result<std::filesystem::path> save(const GenerationRequest& resolved,
                                       std::span<const std::byte> png) const;

    /// The file's name without folder and suffix, before a number.
    std::string stemFor(const GenerationRequest& resolved) const;

private:
    OutputFiles(std::filesystem::path target, bool isFolder, int count)
        : m_target(std::move(target)), m_isFolder(isFolder), m_count(count)
    {
    }

    std::filesystem::path m_target;
    bool m_isFolder;
    int m_count;
};

/// What became of an image that could not be saved where it should be.
struct UnsavedImage {
    Error error;                  ///< the whole sentence, with where the image is now
    std::filesystem::path keptAs; ///< empty: it could not be saved anywhere
};

/// Encodes a finished image with its metadata and saves it; the file's name. One that cannot be saved is kept
/// in a new folder `unfog-unsaved-…` below the system's folder for temporary files, which only this user can
/// read.
tl::expected<std::filesystem::path, UnsavedImage> keepImage(const OutputFiles& files,
                                                            const GeneratedImage& image);

/// "a red apple, on blue" → "a-red-apple-on-blue": ASCII letters and digits and every visible character
/// beyond ASCII, cut at 40 bytes, never empty.
std::string fileNameWords(const std::string& prompt);

} // namespace unfog::cli

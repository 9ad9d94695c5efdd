#pragma once

#include <filesystem>
#include <string>

#include "generation/generation_engine.h"
#include "generation/result.h"

namespace unfog::cli {

/// Where the pictures of one run go, from `--output DIR|FILE.png`.
///
/// A folder (existing, or a name without a suffix, then made): `SEED-prompt-words.png` in it, and `-2`, `-3`
/// … before the suffix when that name is taken: nothing is overwritten. A file: exactly that file, replaced
/// when it exists; with `--count` above 1 the seed goes before the suffix of each. InvalidRequest when the
/// suffix is not .png or a parent folder is missing.
class OutputFiles final {
public:
    static Result<OutputFiles> plan(const std::filesystem::path& output, int count);

    /// The file for a finished picture; makes the folder at its first use.
    Result<std::filesystem::path> fileFor(const GenerationRequest& resolved) const;

private:
    OutputFiles(std::filesystem::path target, bool isFolder, int count)
        : m_target(std::move(target)), m_isFolder(isFolder), m_count(count)
    {
    }

    std::filesystem::path m_target;
    bool m_isFolder;
    int m_count;
};

/// Encodes a finished picture with its metadata and writes it where `files` says; the file's name.
Result<std::filesystem::path> keepPicture(const OutputFiles& files, const GeneratedImage& image);

/// "a red apple, on blue" → "a-red-apple-on-blue": ASCII letters and digits and every character beyond ASCII, cut at
/// 40 bytes, never empty.
std::string fileNameWords(const std::string& prompt);

} // namespace unfog::cli

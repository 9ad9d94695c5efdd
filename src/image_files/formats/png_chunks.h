#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// The chunks of a PNG file (ISO/IEC 15948) and the texts in them, without decoding the picture.
namespace unfog {

struct PngChunk {
    std::string_view type; ///< four letters
    std::span<const std::byte> data;
    bool isIntact = false; ///< its CRC is right
};

bool isPng(std::span<const std::byte> bytes);

/// All chunks up to and with IEND; they point into `bytes`. BadFile: no PNG, or cut before IEND.
Result<std::vector<PngChunk>> readPngChunks(std::span<const std::byte> bytes);

struct PngText {
    std::string keyword; ///< 1 … 79 characters of Latin-1
    std::string text;    ///< UTF-8

    bool operator==(const PngText&) const = default;
};

struct PngTexts {
    std::vector<PngText> texts;       ///< in the order of the file
    std::vector<std::string> ignored; ///< one sentence for each text that was left out and why
};

/// The texts of tEXt, zTXt and iTXt chunks, compressed ones up to the limits of image_limits.h. tEXt is
/// Latin-1 by the standard, but programs write UTF-8 into it: read as UTF-8 where it is well-formed, else as
/// Latin-1.
PngTexts readPngTexts(std::span<const PngChunk> chunks);

/// The data of an uncompressed iTXt chunk. InvalidRequest: a keyword that the standard forbids, a NUL in the
/// text.
Result<std::string> internationalTextData(const PngText& text);

} // namespace unfog

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <vector>

#include "base/result.h"

namespace unfog {

/// A coloured glyph, cut to what is visible of it. Rows from the top; red, green, blue and alpha a pixel, the
/// colours already multiplied by alpha.
struct GlyphBitmap {
    int widthPx = 0;
    int heightPx = 0;
    std::vector<std::uint8_t> rgba;
};

/// Reads the bitmaps of the largest size in a colour bitmap font (CBDT table, as Noto Color Emoji has it).
/// Errors: no such font, no colour bitmaps, a code point that the font has no picture of.
Result<std::map<char32_t, GlyphBitmap>> readGlyphs(const std::filesystem::path& fontFile,
                                                   std::span<const char32_t> codePoints);

} // namespace unfog

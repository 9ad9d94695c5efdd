#include "training_pictures/glyph_font.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include <ft2build.h>
#include FT_FREETYPE_H

namespace unfog {

namespace {

struct CloseLibrary {
    void operator()(FT_Library library) const { FT_Done_FreeType(library); }
};
struct CloseFace {
    void operator()(FT_Face face) const { FT_Done_Face(face); }
};

std::string codePointName(char32_t codePoint)
{
    char text[16];
    std::snprintf(text, sizeof(text), "U+%04X", static_cast<unsigned>(codePoint));
    return text;
}

GlyphBitmap cutToVisible(const FT_Bitmap& bitmap)
{
    const int width = static_cast<int>(bitmap.width);
    const int height = static_cast<int>(bitmap.rows);
    const auto pixel = [&](int x, int y) {
        return bitmap.buffer + std::ptrdiff_t{y} * bitmap.pitch + std::ptrdiff_t{4} * x;
    };
    int left = width, right = -1, top = height, bottom = -1;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            if (pixel(x, y)[3] < 16)
                continue;
            left = std::min(left, x);
            right = std::max(right, x);
            top = std::min(top, y);
            bottom = std::max(bottom, y);
        }
    }
    GlyphBitmap glyph;
    if (right < 0)
        return glyph;
    glyph.widthPx = right - left + 1;
    glyph.heightPx = bottom - top + 1;
    glyph.rgba.reserve(static_cast<std::size_t>(4) * glyph.widthPx * glyph.heightPx);
    for (int y = top; y <= bottom; ++y) {
        for (int x = left; x <= right; ++x) {
            const unsigned char* bgra = pixel(x, y);
            glyph.rgba.insert(glyph.rgba.end(), {bgra[2], bgra[1], bgra[0], bgra[3]});
        }
    }
    return glyph;
}

} // namespace

Result<std::map<char32_t, GlyphBitmap>> readGlyphs(const std::filesystem::path& fontFile,
                                                   std::span<const char32_t> codePoints)
{
    FT_Library rawLibrary = nullptr;
    if (FT_Init_FreeType(&rawLibrary) != 0)
        return fail(ErrorKind::Internal, "FreeType cannot be started");
    const std::unique_ptr<std::remove_pointer_t<FT_Library>, CloseLibrary> library(rawLibrary);

    FT_Face rawFace = nullptr;
    if (FT_New_Face(library.get(), fontFile.c_str(), 0, &rawFace) != 0) {
        return fail(ErrorKind::Io, fontFile.string() + " is missing or no font that FreeType reads; "
                                                       "the package fonts-noto-color-emoji brings one");
    }
    const std::unique_ptr<std::remove_pointer_t<FT_Face>, CloseFace> face(rawFace);
    if (!FT_HAS_COLOR(face.get()) || face->num_fixed_sizes == 0)
        return fail(ErrorKind::Unsupported, fontFile.string() + " holds no coloured bitmaps");

    int largest = 0;
    for (int i = 1; i < face->num_fixed_sizes; ++i) {
        if (face->available_sizes[i].y_ppem > face->available_sizes[largest].y_ppem)
            largest = i;
    }
    if (FT_Select_Size(face.get(), largest) != 0)
        return fail(ErrorKind::BadFile, fontFile.string() + ": its bitmap size cannot be selected");

    std::map<char32_t, GlyphBitmap> glyphs;
    for (const char32_t codePoint : codePoints) {
        const FT_UInt index = FT_Get_Char_Index(face.get(), codePoint);
        if (index == 0 || FT_Load_Glyph(face.get(), index, FT_LOAD_COLOR) != 0 ||
            face->glyph->bitmap.pixel_mode != FT_PIXEL_MODE_BGRA) {
            return fail(ErrorKind::BadFile,
                        fontFile.string() + " has no coloured image of " + codePointName(codePoint));
        }
        GlyphBitmap glyph = cutToVisible(face->glyph->bitmap);
        if (glyph.widthPx == 0)
            return fail(ErrorKind::BadFile,
                        fontFile.string() + ": " + codePointName(codePoint) + " is empty");
        glyphs.emplace(codePoint, std::move(glyph));
    }
    return glyphs;
}

} // namespace unfog

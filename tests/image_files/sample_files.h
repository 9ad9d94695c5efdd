#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/files/read_file.h"
#include "generation/engine/images.h"

/// Picture files made by hand, also such as no program of ours would write.
namespace unfog::samples {

Bytes bytesOf(std::string_view text);
Bytes concat(std::initializer_list<Bytes> parts);
Bytes bigEndian32(std::uint32_t value);

/// Every pixel different enough to notice a wrong row, column or channel.
PixelImage gradient(int widthPx, int heightPx);

/// Length, type, data and right checksum.
Bytes pngChunk(std::string_view type, const Bytes& data);
Bytes pngHeader(std::uint32_t widthPx, std::uint32_t heightPx, int bitDepth, int colorType,
                bool isInterlaced = false);
Bytes deflated(const Bytes& data);
/// Signature, `chunks`, IEND.
Bytes pngFile(std::initializer_list<Bytes> chunks);
/// A 2 × 1 RGB picture, black and white, with `chunks` before the pixels.
Bytes tinyPng(std::initializer_list<Bytes> chunks);

enum class JpegKind { Rgb, Grey, Progressive, Cmyk };
/// Quality 100, no subsampling. `exif` is put into an APP1 segment when it is not empty.
Bytes jpegFile(const PixelImage& image, JpegKind kind, const Bytes& exif = {});

/// Lossless; RGBA when `alpha` is not empty (one value a pixel).
Bytes webpFile(const PixelImage& image, const std::vector<std::uint8_t>& alpha = {});
/// `webp` in the extended layout with an EXIF chunk.
Bytes webpWithExif(const PixelImage& image, const Bytes& exif);

/// A TIFF block with orientation and user comment (with its eight bytes of encoding), in either byte order.
Bytes exifBlock(bool isBigEndian, int orientation, const Bytes& userComment = {});
Bytes utf16(std::u16string_view text, bool isBigEndian);

} // namespace unfog::samples

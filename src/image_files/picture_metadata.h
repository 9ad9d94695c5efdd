#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "generation/request_json.h"
#include "generation/result.h"
#include "image_files/read_file.h"

/// How a picture was made, in its own file: an iTXt "unfog" with our JSON, which is complete, and an iTXt
/// "parameters" with the A1111 text, which other programs read.
/// In JPEG and WebP: the Exif description, beginning "unfog:", and the Exif user comment.
namespace unfog {

/// A PNG with both texts. The same picture and record give the same bytes.
Result<Bytes> encodePicture(const PixelImage& pixels, const GenerationRecord& record);

enum class MetadataSource { None, Unfog, A1111 };

struct PictureMetadata {
    MetadataSource source = MetadataSource::None; ///< what `request` was taken from
    std::optional<GenerationRequest> request;
    std::optional<Provenance> provenance; ///< ours only
    std::string modelName;                ///< A1111 only: the model's name, where the request has no path
    std::string parametersText;           ///< the A1111 text as it is, "" = none
    std::vector<std::string> taken;       ///< what went into the request
    std::vector<std::string> ignored;     ///< what was found and not used, and why: one sentence each
};

/// Of a PNG, JPEG or WebP file. Our JSON is used where it can be read, else the A1111 text (PNG text
/// "parameters", Exif user comment). Foreign, broken, oversized or newer metadata is no error, but told in
/// `ignored`. Errors: no such picture file; a PNG that is cut.
Result<PictureMetadata> parsePictureMetadata(std::span<const std::byte> bytes);

/// The same for a file, its name in front of every error.
Result<PictureMetadata> readPictureMetadata(const std::filesystem::path& file);

} // namespace unfog

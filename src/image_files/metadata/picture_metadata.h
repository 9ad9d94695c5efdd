#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/files/read_file.h"
#include "base/result.h"
#include "generation/interchange/imported_parameters.h"
#include "generation/request/request_json.h"

/// How a picture was made, in its own file: an iTXt "unfog" with our JSON, which is complete, and an iTXt
/// "parameters" with the A1111 text, which other programs read.
/// In JPEG and WebP: the Exif description, beginning "unfog:", and the Exif user comment.
namespace unfog {

/// `record` as it may be shown to anybody: of the model, the tokenizer and the start image it keeps the name
/// without the folders, which tell of the maker's machine. known_files.h finds them again by hash.
GenerationRecord withoutFolders(GenerationRecord record);

/// A PNG with both texts of the record without folders. The same image and record give the same bytes.
Result<Bytes> encodePicture(const PixelImage& pixels, const GenerationRecord& record);

enum class MetadataSource { None, Unfog, Foreign };

struct PictureMetadata {
    MetadataSource source = MetadataSource::None; ///< what `request` was taken from
    std::optional<GenerationRequest> request;
    std::optional<Provenance> provenance; ///< ours only
    std::string modelName;                ///< Foreign only: the model's name, where the request has no path
    std::string parametersText;           ///< the A1111 text (or JSON) as it is, "" = none
    std::optional<ImportedParameters> imported; ///< Foreign only: `request` with the account of each value
    std::vector<std::string> notes; ///< what was found and could not be read, and why: one sentence each
};

/// Of a PNG, JPEG or WebP file. Our JSON is used where it can be read, else the first text of another program
/// that says how the image was made (imported_parameters.h). Broken, oversized or newer metadata, and graphs
/// that nothing here reads, are no error, but told in `notes`; texts about other things are left out. Errors:
/// no such image file; a PNG that is cut.
Result<PictureMetadata> parsePictureMetadata(std::span<const std::byte> bytes);

/// The same for a file, its name in front of every error.
Result<PictureMetadata> readPictureMetadata(const std::filesystem::path& file);

} // namespace unfog

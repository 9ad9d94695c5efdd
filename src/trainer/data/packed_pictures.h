#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "training_pictures/picture_source.h"
#include "weights/files/safetensors_file.h"

/// Pictures, captions and labels of any source in one safetensors file, so that training needs neither fonts
/// nor codecs:
///   pictures         U8  [pictures, 3, height, width]
///   labels           I32 [pictures, 4]: object, background, style, second object; −1 = not said
///   captions         U8  [bytes]: UTF-8, all wordings of all pictures after one another
///   caption_offsets  I64 [pictures · wordings + 1] into captions
/// and, in the metadata, "objects", "backgrounds" and "styles" as JSON lists of names.
namespace unfog {

struct PackOptions {
    std::uint64_t count = 0; ///< 0: all of a source that ends
    std::uint64_t first = 0;
    int wordings = 8; ///< captions kept of each picture, 1 … 64; variation 0 first
    int threads = 0;  ///< 0: all cores
    std::map<std::string, std::string> metadata; ///< what else should be known of the pictures
    /// How many of `count` are done; on the calling thread, may be empty. False stops the work.
    std::function<bool(std::uint64_t done, std::uint64_t count)> progress;
};

/// Errors: of the source, pictures of different sizes (the first two are named), no pictures, the disk. The
/// file is complete or not there.
Result<void> writePackedPictures(const std::filesystem::path& file, const PictureSource& source,
                                 const PackOptions& options);

class PackedPictures final : public PictureSource {
public:
    /// Errors: no such file, other tensors than above, offsets or labels out of range.
    static Result<std::unique_ptr<PackedPictures>> open(const std::filesystem::path& file);

    std::uint64_t size() const override { return m_count; }
    Result<TrainingPicture> picture(std::uint64_t index) const override;
    Result<std::string> caption(std::uint64_t index, std::uint64_t variation) const override;
    std::vector<std::string> objects() const override { return m_objects; }
    std::vector<std::string> backgrounds() const override { return m_backgrounds; }
    std::vector<std::string> styles() const override { return m_styles; }

    int widthPx() const { return m_widthPx; }
    int heightPx() const { return m_heightPx; }
    const std::map<std::string, std::string>& metadata() const { return m_file->metadata(); }

private:
    PackedPictures() = default;
    Result<void> readTables();
    Result<void> checkIndex(std::uint64_t index) const;

    std::shared_ptr<const SafetensorsFile> m_file;
    std::uint64_t m_count = 0;
    std::uint64_t m_wordings = 0;
    int m_widthPx = 0;
    int m_heightPx = 0;
    std::vector<std::int32_t> m_labels;
    std::vector<std::int64_t> m_captionOffsets;
    std::string m_captions;
    std::vector<std::string> m_objects, m_backgrounds, m_styles;
};

} // namespace unfog

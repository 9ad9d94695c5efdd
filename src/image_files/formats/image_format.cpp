#include "image_files/formats/image_format.h"

#include <string_view>

using namespace std::string_view_literals;

namespace unfog {
namespace {

std::string_view textOf(std::span<const std::byte> bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

ImageFormat formatOf(std::span<const std::byte> bytes)
{
    const std::string_view text = textOf(bytes);
    if (text.starts_with("\x89PNG\r\n\x1A\n"sv))
        return ImageFormat::Png;
    if (text.starts_with("\xFF\xD8\xFF"sv))
        return ImageFormat::Jpeg;
    if (text.starts_with("RIFF"sv) && text.size() >= 12 && text.substr(8, 4) == "WEBP"sv)
        return ImageFormat::Webp;
    return ImageFormat::Other;
}

std::string describeOther(std::span<const std::byte> bytes)
{
    const std::string_view text = textOf(bytes);
    if (text.empty())
        return "empty";
    struct Kind {
        std::string_view start, name;
    };
    for (const Kind& kind :
         {Kind{"GIF8"sv, "a GIF image"}, Kind{"BM"sv, "a BMP image"}, Kind{"II*\0"sv, "a TIFF image"},
          Kind{"MM\0*"sv, "a TIFF image"}, Kind{"<!DOC"sv, "a web page"}, Kind{"<html"sv, "a web page"},
          Kind{"version https://git-lfs"sv, "a Git LFS pointer, not the file itself"}})
        if (text.starts_with(kind.start))
            return std::string(kind.name);
    if (text.size() >= 12 && text.substr(4, 4) == "ftyp"sv)
        return "an AVIF, HEIC or video file";
    return "of an unknown kind";
}

} // namespace unfog

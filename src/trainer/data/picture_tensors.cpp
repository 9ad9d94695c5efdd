#include "trainer/data/picture_tensors.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "generation/engine/images.h"
#if UNFOG_IMAGE_FILES
#include "base/files/write_file.h"
#include "image_files/formats/png_file.h"
#else
#include "base/files/write_file.h"
#endif

namespace unfog {

at::Tensor tensorOf(const TrainingPicture& picture)
{
    const at::Tensor bytes = at::empty({picture.heightPx, picture.widthPx, 3}, at::kByte);
    TORCH_CHECK(picture.rgb.size() == static_cast<std::size_t>(bytes.numel()), "an image of ",
                picture.widthPx, " x ", picture.heightPx, " has ", picture.rgb.size(), " bytes");
    std::memcpy(bytes.data_ptr(), picture.rgb.data(), picture.rgb.size());
    return (bytes.to(at::kFloat) / 127.5 - 1.0).permute({2, 0, 1});
}

Result<at::Tensor> pictureBatch(const PictureSource& source, std::uint64_t first, int count)
{
    std::vector<at::Tensor> pictures;
    for (int i = 0; i < count; ++i) {
        const std::uint64_t index = wrappedIndex(source, first + static_cast<std::uint64_t>(i));
        const auto picture = source.picture(index);
        if (!picture)
            return tl::unexpected(picture.error());
        pictures.push_back(tensorOf(*picture));
        if (pictures.back().sizes() != pictures.front().sizes())
            return fail(ErrorKind::InvalidRequest,
                        "image " + std::to_string(index) + " is " + std::to_string(picture->widthPx) + " x " +
                            std::to_string(picture->heightPx) +
                            " pixels, others are of another size; training expects one.");
    }
    return at::stack(pictures).contiguous(at::MemoryFormat::ChannelsLast);
}

namespace {

PixelImage sheetOf(const at::Tensor& pictures, int columns)
{
    constexpr int gap = 2;
    const auto count = static_cast<int>(pictures.size(0));
    const auto height = static_cast<int>(pictures.size(2)), width = static_cast<int>(pictures.size(3));
    const int rows = (count + columns - 1) / columns;
    const at::Tensor bytes = ((pictures.to(at::kCPU, at::kFloat).clamp(-1.0, 1.0) + 1.0) * 127.5)
                                 .round()
                                 .to(at::kByte)
                                 .permute({0, 2, 3, 1})
                                 .contiguous();
    PixelImage sheet;
    sheet.widthPx = columns * (width + gap) - gap;
    sheet.heightPx = rows * (height + gap) - gap;
    sheet.rgb.assign(static_cast<std::size_t>(sheet.widthPx) * static_cast<std::size_t>(sheet.heightPx) * 3,
                     255);
    for (int i = 0; i < count; ++i)
        for (int y = 0; y < height; ++y) {
            const std::uint8_t* row =
                bytes.data_ptr<std::uint8_t>() + (static_cast<std::int64_t>(i) * height + y) * width * 3;
            const int top = i / columns * (height + gap) + y, left = i % columns * (width + gap);
            std::copy_n(row, width * 3,
                        sheet.rgb.data() + (static_cast<std::int64_t>(top) * sheet.widthPx + left) * 3);
        }
    return sheet;
}

} // namespace

Result<void> writePictureGrid(const std::filesystem::path& stem, const at::Tensor& pictures, int columns)
{
    const PixelImage sheet = sheetOf(pictures, columns);
#if UNFOG_IMAGE_FILES
    const auto png = encodePng(sheet, {});
    if (!png)
        return tl::unexpected(png.error());
    return writeFileAtomically(stem.string() + ".png", *png);
#else
    std::string ppm =
        "P6\n" + std::to_string(sheet.widthPx) + " " + std::to_string(sheet.heightPx) + "\n255\n";
    ppm.append(sheet.rgb.begin(), sheet.rgb.end());
    return writeTextAtomically(stem.string() + ".ppm", ppm);
#endif
}

} // namespace unfog

#include "pixels/contact_sheet.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "pixels/resize.h"

namespace unfog {

namespace {

constexpr int kCaptionPx = 18;
const cv::Scalar kPaper(255, 255, 255);
const cv::Scalar kInk(40, 40, 40);
const cv::Scalar kEmpty(225, 225, 225);

/// One "?" for each letter that OpenCV's font has no shape for.
std::string drawable(const std::string& text)
{
    std::string ascii;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte >= 0x80 && byte < 0xC0)
            continue; // the rest of a letter that is already a "?"
        ascii += byte >= 0x20 && byte < 0x7F ? letter : '?';
    }
    return ascii;
}

void drawCaption(cv::Mat& sheet, std::string text, const cv::Rect& area)
{
    constexpr double kScale = 0.4;
    const auto width = [&] {
        return cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, kScale, 1, nullptr).width;
    };
    if (width() > area.width) {
        while (!text.empty() && width() > area.width - 12)
            text.pop_back();
        text += "..";
    }
    cv::putText(sheet, text, {area.x + std::max(0, (area.width - width()) / 2), area.y + area.height - 5},
                cv::FONT_HERSHEY_SIMPLEX, kScale, kInk, 1, cv::LINE_AA);
}

void drawPicture(cv::Mat& sheet, const Result<PixelImage>& picture, const cv::Rect& square)
{
    if (!picture) {
        cv::rectangle(sheet, square, kEmpty, cv::FILLED);
        cv::line(sheet, square.tl(), square.br(), kInk, 1, cv::LINE_AA);
        cv::line(sheet, {square.x, square.br().y}, {square.br().x, square.y}, kInk, 1, cv::LINE_AA);
        return;
    }
    const double scale =
        std::min(1.0, static_cast<double>(square.width) / std::max(picture->widthPx, picture->heightPx));
    const int width = std::max(1, static_cast<int>(std::lround(picture->widthPx * scale)));
    const int height = std::max(1, static_cast<int>(std::lround(picture->heightPx * scale)));
    PixelImage small = resizeLanczos(*picture, width, height);
    const cv::Rect place(square.x + (square.width - width) / 2, square.y + (square.height - height) / 2,
                         width, height);
    cv::Mat(height, width, CV_8UC3, small.rgb.data()).copyTo(sheet(place));
}

} // namespace

int contactSheetPages(int tileCount, const ContactSheetLayout& layout)
{
    const int perPage = layout.columns * layout.rows;
    return (tileCount + perPage - 1) / perPage;
}

PixelImage drawContactSheet(const std::vector<ContactSheetTile>& tiles, int page,
                            const ContactSheetLayout& layout)
{
    const int count = static_cast<int>(tiles.size());
    assert(page >= 0 && page < contactSheetPages(count, layout));
    const int first = page * layout.columns * layout.rows;
    const int shown = std::min(count - first, layout.columns * layout.rows);
    const int columns = std::min(layout.columns, shown);
    const int rows = (shown + columns - 1) / columns;
    const int cellWidth = layout.tilePx + layout.marginPx;
    const int cellHeight = layout.tilePx + layout.marginPx + (layout.captions ? kCaptionPx : 0);

    PixelImage drawn{columns * cellWidth + layout.marginPx, rows * cellHeight + layout.marginPx, {}};
    drawn.rgb.resize(static_cast<std::size_t>(drawn.widthPx) * drawn.heightPx * 3);
    cv::Mat sheet(drawn.heightPx, drawn.widthPx, CV_8UC3, drawn.rgb.data());
    sheet.setTo(kPaper);
    for (int i = 0; i < shown; ++i) {
        const ContactSheetTile& tile = tiles[static_cast<std::size_t>(first) + static_cast<std::size_t>(i)];
        const cv::Rect square(layout.marginPx + i % columns * cellWidth,
                              layout.marginPx + i / columns * cellHeight, layout.tilePx, layout.tilePx);
        drawPicture(sheet, tile.load(), square);
        if (layout.captions)
            drawCaption(sheet, drawable(tile.caption), {square.x, square.br().y, square.width, kCaptionPx});
    }
    return drawn;
}

} // namespace unfog

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "generation/engine/images.h"

/// Many pictures on few pages, drawn by OpenCV.
namespace unfog {

struct ContactSheetLayout {
    int columns = 6;  ///< 1 … 64
    int rows = 8;     ///< 1 … 64, per page
    int tilePx = 256; ///< side of the square that a picture fills at most, 16 … 2048
    int marginPx = 12;
    bool captions = true; ///< a line of text under each picture
};

struct ContactSheetTile {
    std::function<Result<PixelImage>()>
        load;            ///< called when its page is drawn; a failure leaves a crossed tile
    std::string caption; ///< letters OpenCV's own font lacks (all but ASCII) are shown as "?"
};

int contactSheetPages(int tileCount, const ContactSheetLayout& layout);
/// Page `page` (from 0), as large as its rows need.
PixelImage drawContactSheet(const std::vector<ContactSheetTile>& tiles, int page,
                            const ContactSheetLayout& layout);

} // namespace unfog

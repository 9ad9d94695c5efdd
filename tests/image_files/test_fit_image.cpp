#include <gtest/gtest.h>

#include "image_files/sample_files.h"
#include "pixels/fit_image.h"

namespace unfog {
namespace {

PixelImage columns(std::initializer_list<int> values, int heightPx)
{
    PixelImage image{static_cast<int>(values.size()), heightPx, {}};
    for (int y = 0; y < heightPx; ++y)
        for (const int value : values)
            image.rgb.insert(image.rgb.end(), 3, static_cast<std::uint8_t>(value));
    return image;
}

TEST(FitImage, theRightSizeIsLeftAlone)
{
    EXPECT_EQ(fitImage(samples::gradient(24, 16), 24, 16), samples::gradient(24, 16));
}

TEST(FitImage, whatStandsOverIsCutOnBothSides)
{
    EXPECT_EQ(fitImage(columns({10, 20, 30, 40}, 2), 2, 2), columns({20, 30}, 2));
    const PixelImage tall = fitImage(samples::gradient(8, 24), 8, 8);
    const PixelImage whole = samples::gradient(8, 24);
    EXPECT_TRUE(std::equal(tall.rgb.begin(), tall.rgb.end(), whole.rgb.begin() + 8 * 8 * 3));
}

TEST(FitImage, makingSmallerAverages)
{
    EXPECT_EQ(fitImage(columns({0, 100, 50, 150}, 4), 2, 2), columns({50, 100}, 2));
}

TEST(FitImage, aFlatPictureStaysFlatAtAnySize)
{
    for (const auto& [width, height] : {std::pair{8, 8}, {64, 16}, {8, 512}, {1, 1}, {333, 77}}) {
        const PixelImage out = fitImage(columns({90, 90, 90, 90, 90, 90, 90}, 5), width, height);
        EXPECT_EQ(out.widthPx, width);
        EXPECT_EQ(out.heightPx, height);
        EXPECT_EQ(out.rgb, std::vector<std::uint8_t>(std::size_t(width) * std::size_t(height) * 3, 90));
    }
}

TEST(FitImage, makingLargerKeepsTheOrder)
{
    const PixelImage out = fitImage(columns({0, 60, 120, 180}, 4), 16, 16);
    EXPECT_LT(out.rgb[0], 20);
    EXPECT_GT(out.rgb[15 * 3], 160);
    for (int x = 1; x < 16; ++x)
        EXPECT_GE(out.rgb[x * 3] + 3, out.rgb[(x - 1) * 3]) << x;
}

} // namespace
} // namespace unfog

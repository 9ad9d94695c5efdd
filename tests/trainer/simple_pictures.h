#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "training_pictures/picture_source.h"

namespace unfog {

/// An endless source of 16 × 16 pictures that a tiny network can learn: a square of one colour on another,
/// named by the caption.
class SimplePictures final : public PictureSource {
public:
    static constexpr int side = 16;

    std::uint64_t size() const override { return 0; }

    Result<TrainingPicture> picture(std::uint64_t index) const override
    {
        TrainingPicture picture;
        picture.widthPx = picture.heightPx = side;
        const int left = static_cast<int>(index % 5) + 1, top = static_cast<int>(index / 5 % 5) + 1;
        for (int y = 0; y < side; ++y)
            for (int x = 0; x < side; ++x) {
                const bool inside = x >= left && x < left + 8 && y >= top && y < top + 8;
                for (const std::uint8_t value : colours[inside ? index % 3 : 3 + index % 2].rgb)
                    picture.rgb.push_back(value);
            }
        picture.caption = *caption(index, 0);
        return picture;
    }

    Result<std::string> caption(std::uint64_t index, std::uint64_t variation) const override
    {
        const std::string square = colours[index % 3].name, ground = colours[3 + index % 2].name;
        return variation % 2 == 0 ? "a " + square + " square on " + ground
                                  : square + " square, " + ground + " background";
    }

private:
    struct Colour {
        const char* name;
        std::array<std::uint8_t, 3> rgb;
    };
    static constexpr std::array<Colour, 5> colours = {{{"red", {220, 30, 30}},
                                                       {"green", {30, 200, 60}},
                                                       {"blue", {40, 60, 230}},
                                                       {"white", {245, 245, 245}},
                                                       {"black", {15, 15, 15}}}};
};

} // namespace unfog

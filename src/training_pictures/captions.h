#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "training_pictures/picture_random.h"
#include "training_pictures/starter_objects.h"

/// What a starter picture shows, and how English says it.
namespace unfog {

enum class PictureStyle { Plain, PencilSketch, Watercolour, PixelArt, Blueprint, Night };
inline constexpr int kPictureStyles = 6;

enum class Arrangement { Alone, Small, Large, TwoAlike, TwoDifferent };

struct BackgroundColour {
    std::string_view name;
    std::uint8_t red, green, blue;
};

/// The twelve backgrounds, in the order of labels.
const std::vector<BackgroundColour>& backgroundColours();

/// "plain", "pencil sketch", "watercolour", "pixel art", "blueprint", "night".
std::string_view styleName(PictureStyle style);

struct PictureContent {
    int object = 0;
    int secondObject = -1; ///< only of Arrangement::TwoDifferent
    int background = 0;    ///< −1: a blueprint, which has a ground of its own
    PictureStyle style = PictureStyle::Plain;
    Arrangement arrangement = Arrangement::Alone;
};

/// "a red apple on a blue background, pencil sketch": everything is said, each thing by its first name.
std::string plainCaption(const PictureContent& content, const std::vector<StarterObject>& objects);

/// One of several wordings that mean the same; the plain style is seldom named.
std::string variedCaption(const PictureContent& content, const std::vector<StarterObject>& objects,
                          PictureRandom& random);

} // namespace unfog

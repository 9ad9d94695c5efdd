#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "training_pictures/glyph_names.h"

/// Which characters the starter pictures show, and what captions call them.
namespace unfog {

struct StarterObject {
    char32_t codePoint = 0;
    std::string shortName; ///< CLDR's, unique: the name of its class
    /// What captions say, the usual one first: the short name, and a part of it or one of CLDR's keywords
    /// that a person would type and that means no other object here.
    std::vector<std::string> names;
    bool isCountable = true; ///< false: no article and no plural, as "bread" and "scissors"
};

/// Without names and pictures: what readGlyphs is asked for.
std::vector<char32_t> starterCodePoints();

/// In a fixed order, the one of labels. BadFile: `names` lacks a character or the keyword that was chosen.
Result<std::vector<StarterObject>> starterObjects(const std::map<char32_t, GlyphName>& names);

} // namespace unfog

#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace unfog {

struct GlyphName {
    std::string shortName;             ///< "red apple"
    std::vector<std::string> keywords; ///< "apple", "fruit", "red"
};

/// The names of single code points in an annotations file of Unicode's Common Locale Data Repository (UTS
/// #35, part 7, annotations). Errors: the file is missing or no such XML, or names nothing.
Result<std::map<char32_t, GlyphName>> readGlyphNames(const std::filesystem::path& annotationsFile);

} // namespace unfog

#include "training_pictures/starter_objects.h"

#include <algorithm>
#include <string_view>

namespace unfog {

namespace {

enum NamesUsed { Both, Everyday };

struct Choice {
    char32_t codePoint;
    std::string_view everyday{};
    NamesUsed used = Both;
    bool isCountable = true;
};

constexpr Choice kChoices[] = {
#include "training_pictures/starter_objects.inc"
};

std::string hexOf(char32_t codePoint)
{
    std::string digits;
    for (auto rest = static_cast<std::uint32_t>(codePoint); rest != 0; rest >>= 4)
        digits.insert(digits.begin(), "0123456789ABCDEF"[rest & 15U]);
    return "U+" + digits;
}

} // namespace

std::vector<char32_t> starterCodePoints()
{
    std::vector<char32_t> codePoints;
    for (const Choice& choice : kChoices)
        codePoints.push_back(choice.codePoint);
    return codePoints;
}

Result<std::vector<StarterObject>> starterObjects(const std::map<char32_t, GlyphName>& names)
{
    std::vector<StarterObject> objects;
    for (const Choice& choice : kChoices) {
        const auto found = names.find(choice.codePoint);
        if (found == names.end() || found->second.shortName.empty())
            return fail(ErrorKind::BadFile,
                        "The annotations have no short name of " + hexOf(choice.codePoint));
        StarterObject object;
        object.codePoint = choice.codePoint;
        object.shortName = found->second.shortName;
        object.isCountable = choice.isCountable;
        if (choice.used == Both)
            object.names.push_back(object.shortName);
        if (!choice.everyday.empty()) {
            const std::vector<std::string>& keywords = found->second.keywords;
            const bool isPart = object.shortName.find(choice.everyday) != std::string::npos;
            if (!isPart && std::find(keywords.begin(), keywords.end(), choice.everyday) == keywords.end()) {
                return fail(ErrorKind::BadFile, "The annotations of " + hexOf(choice.codePoint) +
                                                    " have no keyword \"" + std::string(choice.everyday) +
                                                    "\"");
            }
            object.names.emplace_back(choice.everyday);
        }
        objects.push_back(std::move(object));
    }
    return objects;
}

} // namespace unfog

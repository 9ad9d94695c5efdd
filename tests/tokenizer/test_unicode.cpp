#include <gtest/gtest.h>

#include "base/utf8.h"
#include "tokenizer/unicode.h"

namespace unfog::unicode {
namespace {

TEST(Unicode, everyCodePointSurvivesUtf8)
{
    for (char32_t code = 0; code <= 0x10FFFF; ++code) {
        if (code >= 0xD800 && code <= 0xDFFF)
            continue;
        const std::u32string text(1, code);
        ASSERT_EQ(decodeUtf8(encodeUtf8(text)), text) << static_cast<unsigned>(code);
    }
}

TEST(Unicode, illFormedUtf8IsReplacedPartByPart)
{
    EXPECT_EQ(decodeUtf8("a\x80z"), U"a\uFFFDz");
    EXPECT_EQ(decodeUtf8("\xC0\xAF"), U"\uFFFD\uFFFD");                   // overlong slash
    EXPECT_EQ(decodeUtf8("\xED\xA0\x80"), U"\uFFFD\uFFFD\uFFFD");         // lone surrogate
    EXPECT_EQ(decodeUtf8("\xF4\x90\x80\x80"), std::u32string(4, 0xFFFD)); // above U+10FFFF
    EXPECT_EQ(decodeUtf8("\xF0\x9F\x8D"), U"\uFFFD");                     // cut apple
    EXPECT_EQ(decodeUtf8("\xE6\x97!"), U"\uFFFD!");
    EXPECT_EQ(decodeUtf8(std::string_view("\0b", 2)), std::u32string_view(U"\0b", 2));
}

TEST(Unicode, nfcComposesReordersAndKeepsExclusions)
{
    EXPECT_EQ(toNfc(U"e\u0301"), U"\u00E9");
    EXPECT_EQ(toNfc(U"a\u0301\u0323"), U"\u1EA1\u0301"); // the dot below is ordered first
    EXPECT_EQ(toNfc(U"\u212B"), U"\u00C5");              // Ångström sign, a singleton
    EXPECT_EQ(toNfc(U"\u0915\u093C"), U"\u0915\u093C");  // excluded from composition
    EXPECT_EQ(toNfc(U"\u0958"), U"\u0915\u093C");
    EXPECT_EQ(toNfc(U"\u1112\u1161\u11AB"), U"\uD55C"); // Hangul
    EXPECT_EQ(toNfc(U"\uAC00\u11A7"), U"\uAC00\u11A7"); // no tail
    EXPECT_EQ(toNfc(U"\U0001109A\u0301"), U"\U0001109A\u0301");
    EXPECT_EQ(toNfc(U"\U00011099\U000110BA"), U"\U0001109A"); // beyond the basic plane
    EXPECT_EQ(toNfc(U"\uFB01"), U"\uFB01");                   // compatibility forms stay
    EXPECT_EQ(toNfc(U"\u0301e"), U"\u0301e");
}

TEST(Unicode, lowerCaseIsThatOfPython)
{
    EXPECT_EQ(toLower(U"AZ\u00C9\u0416\U00010400"), U"az\u00E9\u0436\U00010428");
    EXPECT_EQ(toLower(U"\u0130"), U"i\u0307");
    EXPECT_EQ(toLower(U"\u039F\u0394\u039F\u03A3"), U"\u03BF\u03B4\u03BF\u03C2"); // final sigma
    EXPECT_EQ(toLower(U"\u0391\u03A3.\u0391"), U"\u03B1\u03C3.\u03B1");           // a full stop is ignored
    EXPECT_EQ(toLower(U"\u0391\u03A3 \u0391"), U"\u03B1\u03C2 \u03B1");
    EXPECT_EQ(toLower(U"\u03A3"), U"\u03C3");
    EXPECT_EQ(toLower(U"\u1E9E\u01C5\u2163"), U"\u00DF\u01C6\u2173");
}

TEST(Unicode, classesFollowGeneralCategoryAndWhiteSpace)
{
    for (const char32_t letter : U"aZ\u00AA\u02B0\u65E5\uD7A3\U0001D400\U0003134A")
        EXPECT_EQ(isLetter(letter), letter != 0) << static_cast<unsigned>(letter);
    for (const char32_t number : {U'7', U'\u00BD', U'\u00B2', U'\u2163', U'\uFF11', U'\U0001D7D8'})
        EXPECT_TRUE(isNumber(number) && !isLetter(number)) << static_cast<unsigned>(number);
    for (const char32_t space : {U'\t', U'\r', U' ', U'\u0085', U'\u00A0', U'\u2028', U'\u3000'})
        EXPECT_TRUE(isWhiteSpace(space)) << static_cast<unsigned>(space);
    for (const char32_t other : {U'\u200B', U'\u200D', U'\uFEFF', U'\x1C', U'\u0301', U'_', U'\U0001F34E'})
        EXPECT_FALSE(isWhiteSpace(other) || isLetter(other) || isNumber(other))
            << static_cast<unsigned>(other);
}

} // namespace
} // namespace unfog::unicode

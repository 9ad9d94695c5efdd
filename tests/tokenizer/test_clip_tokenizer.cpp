#include <gtest/gtest.h>

#include <fstream>

#include <nlohmann/json.hpp>

#include "tokenizer/clip_tokenizer.h"

namespace unfog {
namespace {

using Ids = std::vector<std::int32_t>;

const ClipTokenizer& published()
{
    static const auto tokenizer =
        ClipTokenizer::load(UNFOG_REFERENCE_DIR "/models/tiny-sd15/tokenizer").value();
    return tokenizer;
}

const ClipTokenizer& starter()
{
    static const auto tokenizer = ClipTokenizer::load(UNFOG_SOURCE_DIR "/models/starter/tokenizer").value();
    return tokenizer;
}

Ids wordsOf(const ClipTokenizer& tokenizer, std::string_view text)
{
    Ids ids = tokenizer.encodeUnpadded(text);
    return Ids(ids.begin() + 1, ids.end() - 1);
}

TEST(ClipTokenizer, givesTheRecordedIdsForEveryText)
{
    std::ifstream stream(UNFOG_REFERENCE_DIR "/tokenizer.json");
    const auto cases = nlohmann::json::parse(stream);
    ASSERT_GE(cases.size(), 26u);
    for (const auto& one : cases)
        EXPECT_EQ(published().encodeUnpadded(one.at("text").get<std::string>()),
                  one.at("input_ids").get<Ids>())
            << one.at("text");
}

TEST(ClipTokenizer, oneSpellingOfATextGivesTheIdsOfTheOther)
{
    const std::pair<const char*, const char*> table[] = {
        {"cafe\u0301", "caf\u00E9"},
        {"\t a \u3000\u2028 b\u00A0", "a b"},
        {"ΟΔΟΣ", "οδος"},
        {"\u0130", "i\u0307"},
        {"IT'S WE'VE", "it's we've"},
        {"<|ENDOFTEXT|>", "<|endoftext|>"},
        {"12", "1 2"},
        {"a1b", "a 1 b"},
        {"\x1C fox \x1F", "fox"},
        {"bad \xFF byte", "bad \uFFFD byte"},
        {"don't", "don 't"},
    };
    for (const auto& [left, right] : table)
        EXPECT_EQ(published().encodeUnpadded(left), published().encodeUnpadded(right)) << left;
}

TEST(ClipTokenizer, runsOfPunctuationAndEmojiAreOneWord)
{
    // A family joined by U+200D is one word: only its last symbol carries the end-of-word mark.
    EXPECT_NE(published().encodeUnpadded("👨‍👩‍👧"),
              published().encodeUnpadded("👨 ‍ 👩 ‍ 👧"));
    EXPECT_EQ(wordsOf(published(), "($%^&*()!@#"), wordsOf(published(), "($%^&*()!@# "));
    EXPECT_NE(wordsOf(published(), "!<|endoftext|>").back(), published().endId());
}

TEST(ClipTokenizer, specialTokensInsideATextAreSpecial)
{
    EXPECT_EQ(wordsOf(published(), "a<|startoftext|>b<|endoftext|>"), (Ids{320, 49406, 321, 49407}));
}

TEST(ClipTokenizer, starterVocabularyReadsItsOwnCaptions)
{
    EXPECT_EQ(starter().maxLength(), 32);
    EXPECT_EQ(starter().startId(), 1840);
    EXPECT_EQ(starter().endId(), 1841);
    EXPECT_EQ(starter().idLimit(), 1842);
    EXPECT_EQ(starter().encodeUnpadded("a red apple on a blue background"),
              (Ids{1840, 320, 579, 875, 516, 320, 595, 521, 1841}));
    EXPECT_EQ(starter().encodeUnpadded("日本 ½ 🍎"),
              (Ids{1840, 162, 245, 98, 162, 250, 361, 126, 377, 172, 253, 235, 492, 1841}));
}

TEST(ClipTokenizer, shortTextsArePaddedWithTheFoldersOwnToken)
{
    const TokenizedText text = published().encode("a red fox");
    ASSERT_EQ(text.ids.size(), 77u);
    EXPECT_EQ(text.tokenCount, 3);
    EXPECT_EQ(text.cutCount, 0);
    EXPECT_EQ(text.ids[0], 49406);
    for (std::size_t i = 4; i < text.ids.size(); ++i)
        EXPECT_EQ(text.ids[i], 49407) << i;
    EXPECT_EQ(published().encode("").ids, [] {
        std::vector<std::int64_t> empty(77, 49407);
        empty[0] = 49406;
        return empty;
    }());
}

TEST(ClipTokenizer, longTextsAreCutAndTheCutIsCounted)
{
    std::string words;
    for (int i = 0; i < 75; ++i)
        words += "word ";
    EXPECT_EQ(published().encode(words).cutCount, 0);
    words += "fox fox";
    const TokenizedText text = published().encode(words);
    ASSERT_EQ(text.ids.size(), 77u);
    EXPECT_EQ(text.tokenCount, 77);
    EXPECT_EQ(text.cutCount, 2);
    EXPECT_EQ(text.ids[75], 2653);
    EXPECT_EQ(text.ids[76], 49407);
    EXPECT_EQ(published().encodeUnpadded(words).size(), 77u);
    EXPECT_EQ(starter().encode(words).ids.size(), 32u);
    EXPECT_GT(starter().encode(words).cutCount, 0);
}

TEST(ClipTokenizer, megabytePromptsKeepTheirCounts)
{
    struct Row {
        const char* name;
        std::string piece;
        int tokensPerPiece;
    };
    const Row table[] = {
        {"words", "word ", 1},
        {"NUL bytes", std::string(64, '\0') + " ", 64},
        {"lone surrogates", "\xED\xA0\x80 ", static_cast<int>(wordsOf(published(), "\xED\xA0\x80").size())},
        {"emoji", "🍎👩‍🚀 ", static_cast<int>(wordsOf(published(), "🍎👩‍🚀").size())},
    };
    for (const Row& row : table) {
        std::string prompt;
        int pieces = 0;
        for (; prompt.size() < (1u << 20); ++pieces)
            prompt += row.piece;
        const TokenizedText text = published().encode(prompt);
        EXPECT_EQ(text.tokenCount, pieces * row.tokensPerPiece) << row.name;
        EXPECT_EQ(text.cutCount, text.tokenCount - 75) << row.name;
        EXPECT_EQ(text.ids.size(), 77u) << row.name;
    }
}

TEST(ClipTokenizer, oneWordOfAMegabyteIsNoMoreThanManyMerges)
{
    // Eight letters are the longest run of a that has a token: a quadratic algorithm would need hours here.
    const std::string word(1 << 20, 'a');
    const TokenizedText text = published().encode(word);
    EXPECT_EQ(text.tokenCount, (1 << 20) / 8 + 1);
}

} // namespace
} // namespace unfog

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tokenizer/clip_tokenizer.h"
#include "trainer/training/bpe_trainer.h"

using namespace unfog;

namespace {

std::vector<std::string> someCaptions()
{
    std::vector<std::string> captions;
    for (const char* colour : {"red", "blue", "turquoise", "grey"}) {
        for (const char* object : {"apple", "cat", "T-Rex", "jack-o-lantern", "piñata"})
            captions.push_back(std::string("a ") + object + " on a " + colour + " background, pixel art");
    }
    return captions;
}

class BpeTrainerTest : public testing::Test {
protected:
    void SetUp() override
    {
        m_folder =
            std::filesystem::path(testing::TempDir()) /
            (std::string("unfog_bpe_") + testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::remove_all(m_folder);
    }
    void TearDown() override { std::filesystem::remove_all(m_folder); }

    std::filesystem::path m_folder;
};

} // namespace

TEST_F(BpeTrainerTest, TokenizerReadsItAndFrequentWordsAreOneToken)
{
    const auto vocabulary = learnBytePairs(someCaptions());
    ASSERT_TRUE(vocabulary) << vocabulary.error().message;
    ASSERT_TRUE(writeTokenizer(m_folder, *vocabulary));
    const auto tokenizer = ClipTokenizer::load(m_folder);
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    EXPECT_EQ(tokenizer->maxLength(), 32);
    EXPECT_EQ(tokenizer->idLimit(), static_cast<int>(vocabulary->tokens.size()));
    EXPECT_EQ(tokenizer->startId(), tokenizer->idLimit() - 2);
    EXPECT_EQ(tokenizer->endId(), tokenizer->idLimit() - 1);
    EXPECT_EQ(tokenizer->padId(), tokenizer->endId());

    const TokenizedText text = tokenizer->encode("A turquoise apple");
    EXPECT_EQ(text.tokenCount, 3);
    EXPECT_EQ(text.ids.size(), 32U);
    std::string joined;
    for (int i = 1; i <= text.tokenCount; ++i)
        joined += vocabulary->tokens.at(static_cast<std::size_t>(text.ids[static_cast<std::size_t>(i)]));
    EXPECT_EQ(joined, "a</w>turquoise</w>apple</w>");
}

TEST_F(BpeTrainerTest, AnyTextRoundTrips)
{
    const auto vocabulary = learnBytePairs(someCaptions(), {.maxEntries = 560});
    ASSERT_TRUE(vocabulary);
    EXPECT_EQ(vocabulary->tokens.size(), 560U);
    ASSERT_TRUE(writeTokenizer(m_folder, *vocabulary, {.maxPositions = 64}));
    const auto tokenizer = ClipTokenizer::load(m_folder);
    ASSERT_TRUE(tokenizer);
    EXPECT_EQ(tokenizer->maxLength(), 64);
    std::string joined;
    for (const std::int64_t id : tokenizer->encodeUnpadded("quirky vixen!? 42"))
        joined += vocabulary->tokens.at(static_cast<std::size_t>(id));
    EXPECT_EQ(joined, "<|startoftext|>quirky</w>vixen</w>!?</w>4</w>2</w><|endoftext|>");
}

TEST_F(BpeTrainerTest, OrderOfCaptionsDoesNotMatter)
{
    auto captions = someCaptions();
    const auto once = learnBytePairs(captions);
    std::reverse(captions.begin(), captions.end());
    const auto again = learnBytePairs(captions);
    ASSERT_TRUE(once && again);
    EXPECT_EQ(once->tokens, again->tokens);
    EXPECT_EQ(once->merges, again->merges);
}

TEST_F(BpeTrainerTest, FirstMergesAreTheMostFrequentPairs)
{
    const std::vector<std::string> captions{"aab aab aab", "ab ab", "cd"};
    const auto vocabulary = learnBytePairs(captions);
    ASSERT_TRUE(vocabulary);
    const std::vector<std::pair<std::string, std::string>> expected{{"a", "b</w>"}, {"a", "ab</w>"}};
    EXPECT_EQ(vocabulary->merges, expected);
}

TEST_F(BpeTrainerTest, RefusesOptionsOutOfRange)
{
    EXPECT_FALSE(learnBytePairs({}, {.maxEntries = 513}));
    EXPECT_FALSE(learnBytePairs({}, {.minPairCount = 0}));
    EXPECT_FALSE(learnBytePairs({}, {.maxPositions = 2}));
    const auto empty = learnBytePairs({});
    ASSERT_TRUE(empty);
    EXPECT_EQ(empty->tokens.size(), 514U);
}

#include <gtest/gtest.h>

#include "tokenizer/clip_tokenizer.h"
#include "tokenizer/prompt_syntax/prompt_weights.h"

namespace unfog {
namespace {

using Parts = std::vector<WeightedText>;

struct Row {
    const char* prompt;
    Parts parts;
};

TEST(PromptWeights, followTheGrammarOfTheWebUi)
{
    const double up = 1.1, down = 1.0 / 1.1;
    const Row rows[] = {
        {"", {}},
        {"a cat", {{"a cat", 1.0}}},
        {"(cat)", {{"cat", up}}},
        {"a (cat) here", {{"a ", 1.0}, {"cat", up}, {" here", 1.0}}},
        {"((cat))", {{"cat", up * up}}},
        {"[cat]", {{"cat", down}}},
        {"[[cat]]", {{"cat", down * down}}},
        {"(cat:1.3)", {{"cat", 1.3}}},
        {"(cat: 1.3 )", {{"cat", 1.3}}},
        {"(cat:.5)", {{"cat", 0.5}}},
        {"(cat:0)", {{"cat", 0.0}}},
        {"(cat:-1)", {{"cat", -1.0}}},
        {"(cat:+2)", {{"cat", 2.0}}},
        {"(a (b:2) c:3)", {{"a ", 3.0}, {"b", 6.0}, {" c", 3.0}}},
        {"(a [b] c)", {{"a ", up}, {"b", up * down}, {" c", up}}},
        {"\\(cat\\)", {{"(cat)", 1.0}}},
        {"\\[cat\\] \\\\", {{"[cat] \\", 1.0}}},
        {"a\\b", {{"a\\b", 1.0}}},
        {"(cat", {{"cat", up}}},
        {"a [cat (dog", {{"a ", 1.0}, {"cat ", down}, {"dog", up * down}}},
        {"cat) dog]", {{"cat) dog]", 1.0}}},
        {"()", {}},
        {"time: 12:30", {{"time: 12:30", 1.0}}},
        {"cat:1.3)", {{"cat:1.3)", 1.0}}},
        {"(cat:1.3", {{"cat:1.3", up}}},
        {"(cat:x)", {{"cat:x", up}}},
        {"[cat:1.3]", {{"cat:1.3", down}}},
        {"(a)(b)", {{"ab", up}}},
        {"(a:1.5)(b:1.5)c", {{"ab", 1.5}, {"c", 1.0}}},
        {"(日本:1.2)🍎", {{"日本", 1.2}, {"🍎", 1.0}}},
    };
    for (const Row& row : rows) {
        const Parts found = parsePromptWeights(row.prompt);
        ASSERT_EQ(found.size(), row.parts.size()) << row.prompt;
        for (std::size_t i = 0; i < found.size(); ++i) {
            EXPECT_EQ(found[i].text, row.parts[i].text) << row.prompt;
            EXPECT_NEAR(found[i].weight, row.parts[i].weight, 1e-12) << row.prompt;
        }
    }
}

TEST(PromptWeights, goWithTheTokensTheyStandAt)
{
    const auto tokenizer = ClipTokenizer::load(UNFOG_REFERENCE_DIR "/models/tiny-sd15/tokenizer").value();
    const TokenizedText plain = tokenizer.encode("a red cat on a mat");
    EXPECT_TRUE(plain.weights.empty());
    EXPECT_TRUE(tokenizer.encode(parsePromptWeights("a red cat on a mat")).weights.empty());

    const TokenizedText weighted = tokenizer.encode(parsePromptWeights("a (red cat:1.5) on a mat"));
    EXPECT_EQ(weighted.ids, plain.ids);
    ASSERT_EQ(weighted.weights.size(), weighted.ids.size());
    const int before = tokenizer.encode("a").tokenCount, inside = tokenizer.encode("red cat").tokenCount;
    for (int i = 0; i < static_cast<int>(weighted.weights.size()); ++i)
        EXPECT_EQ(weighted.weights[i], i > before && i <= before + inside ? 1.5F : 1.0F) << i;
}

TEST(PromptWeights, areCutWithTheTokens)
{
    const auto tokenizer = ClipTokenizer::load(UNFOG_REFERENCE_DIR "/models/tiny-sd15/tokenizer").value();
    std::string prompt = "(";
    for (int i = 0; i < 100; ++i)
        prompt += "cat ";
    const TokenizedText cut = tokenizer.encode(parsePromptWeights(prompt + ":2)"));
    EXPECT_GT(cut.cutCount, 0);
    ASSERT_EQ(cut.weights.size(), cut.ids.size());
    EXPECT_EQ(cut.weights.front(), 1.0F);
    EXPECT_EQ(cut.weights[cut.weights.size() - 2], 2.0F);
    EXPECT_EQ(cut.weights.back(), 1.0F);
}

} // namespace
} // namespace unfog

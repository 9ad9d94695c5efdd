#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "generation/engine/model_guide.h"

namespace unfog {
namespace {

const char* const kGuide = R"({"words": {"Things": ["cat", "ice cream"], "Colours": ["grey", "red"]},
    "also": ["a", "on", "background", "cats"], "aliases": {"Gray": "grey", "light gray": "grey", "kitten": "cat"},
    "examples": ["a cat"], "patterns": ["{a Things} on {a Colours} background"],
    "settings": {"steps": 12, "guidance_scale": 4}, "later": {"versions": 1}})";

std::vector<std::string> unknownIn(const ModelGuide& guide, const std::string& prompt)
{
    std::vector<std::string> words;
    for (const PromptRange& range : unknownWords(guide, prompt))
        words.push_back(prompt.substr(range.begin, range.size));
    return words;
}

TEST(ModelGuide, isReadWhole)
{
    const ModelGuide guide = parseModelGuide(kGuide).value();
    ASSERT_EQ(guide.known.size(), 2u);
    EXPECT_EQ(guide.known.front().title, "Things");
    EXPECT_EQ(guide.steps, 12);
    EXPECT_EQ(guide.guidanceScale, 4.0);
    EXPECT_EQ(guide.examples, std::vector<std::string>{"a cat"});
}

TEST(ModelGuide, badOnesAreRefusedWithTheKey)
{
    const std::pair<const char*, const char*> table[] = {
        {"[]", "object"},
        {"{", "JSON"},
        {R"({"words": []})", "words"},
        {R"({"words": {"Things": "cat"}})", "words.Things"},
        {R"({"examples": [1]})", "examples"},
        {R"({"aliases": {"a": 1}})", "aliases.a"},
        {R"({"settings": {"steps": 100000}})", "settings.steps"},
        {R"({"settings": {"guidance_scale": "4"}})", "settings.guidance_scale"},
    };
    for (const auto& [json, named] : table) {
        const auto guide = parseModelGuide(json);
        ASSERT_FALSE(guide) << json;
        EXPECT_NE(guide.error().message.find(named), std::string::npos) << guide.error().message;
    }
    EXPECT_FALSE(parseModelGuide(std::string(100'000, '[')));
}

TEST(ModelGuide, tellsUnknownWordsApart)
{
    const ModelGuide guide = parseModelGuide(kGuide).value();
    using Words = std::vector<std::string>;
    EXPECT_EQ(unknownIn(guide, "A Cat on a light gray background"), Words{});
    EXPECT_EQ(unknownIn(guide, "an ICE cream, (kitten:1.3)"), Words{"an"});
    EXPECT_EQ(unknownIn(guide, "ice, cream"), (Words{"ice", "cream"})) << "a phrase has no comma inside";
    EXPECT_EQ(unknownIn(guide, "a dragon's café <lora:dragon:1>"), (Words{"dragon's", "café"}));
    EXPECT_TRUE(unknownIn(ModelGuide(), "a dragon").empty());
    const std::string note = unknownWordsNote(guide, "a dragon, a Dragon and");
    EXPECT_NE(note.find("\"dragon\""), std::string::npos) << note;
    EXPECT_NE(note.find("2 things (cat, ice cream)"), std::string::npos) << note;
    EXPECT_EQ(unknownWordsNote(guide, "a cat"), "");
}

TEST(ModelGuide, putsAliasesInPlaceOfWholeWords)
{
    const ModelGuide guide = parseModelGuide(kGuide).value();
    EXPECT_EQ(withAliases(guide, "a (kitten:1.2) on a Light  gray background").text,
              "a (cat:1.2) on a grey background");
    EXPECT_EQ(withAliases(guide, "kittens graying").text, "kittens graying");
    const auto replaced = withAliases(guide, "gray and gray").replaced;
    ASSERT_EQ(replaced.size(), 1u);
    EXPECT_EQ(replaced.front(), std::pair(std::string("gray"), std::string("grey")));
}

TEST(ModelGuide, theStarterKnowsItsOwnExamplesAndSurprises)
{
    std::ifstream file(UNFOG_SOURCE_DIR "/models/starter/unfog.json");
    std::stringstream text;
    text << file.rdbuf();
    const auto guide = parseModelGuide(text.str());
    ASSERT_TRUE(guide) << guide.error().message;
    std::vector<std::string> prompts = guide->examples;
    for (std::uint32_t seed = 0; seed < 200; ++seed)
        for (const std::string& prompt : guide->surprises(seed))
            prompts.push_back(prompt);
    ASSERT_GT(prompts.size(), 500u);
    for (const std::string& prompt : prompts)
        EXPECT_EQ(unknownWordsNote(*guide, prompt), "") << prompt;
    for (const char* prompt : {"two gray dogs", "a cat on a teal background", "a kitten, violet background",
                               "a red background, pixel art"})
        EXPECT_EQ(unknownWordsNote(*guide, prompt), "") << prompt;
    for (const auto& [alias, word] : guide->aliases)
        EXPECT_EQ(unknownWordsNote(*guide, word), "")
            << alias << " is read as " << word << ", which is not known";
}

} // namespace
} // namespace unfog

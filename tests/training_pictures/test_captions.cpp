#include <set>

#include <gtest/gtest.h>

#include "training_pictures/captions.h"
#include "training_pictures/captions_csv.h"
#include "training_pictures/english_nouns.h"

using namespace unfog;

namespace {

std::vector<StarterObject> someObjects()
{
    return {{U'a', "red apple", {"red apple", "apple"}, true},
            {U'b', "owl", {"owl"}, true},
            {U'c', "scissors", {"scissors"}, false}};
}

} // namespace

TEST(EnglishNouns, ArticleFollowsTheSound)
{
    EXPECT_EQ(indefiniteArticle("apple"), "an");
    EXPECT_EQ(indefiniteArticle("cat"), "a");
    EXPECT_EQ(indefiniteArticle("unicorn"), "a");
    EXPECT_EQ(indefiniteArticle("umbrella"), "an");
    EXPECT_EQ(indefiniteArticle("UFO"), "a");
    EXPECT_EQ(indefiniteArticle("hourglass"), "an");
    EXPECT_EQ(indefiniteArticle("house"), "a");
}

TEST(EnglishNouns, PluralFollowsTheHead)
{
    EXPECT_EQ(pluralOf("cat"), "cats");
    EXPECT_EQ(pluralOf("fox"), "foxes");
    EXPECT_EQ(pluralOf("lady beetle"), "lady beetles");
    EXPECT_EQ(pluralOf("strawberry"), "strawberries");
    EXPECT_EQ(pluralOf("monkey"), "monkeys");
    EXPECT_EQ(pluralOf("mouse"), "mice");
    EXPECT_EQ(pluralOf("tooth"), "teeth");
    EXPECT_EQ(pluralOf("tomato"), "tomatoes");
    EXPECT_EQ(pluralOf("glass of milk"), "glasses of milk");
    EXPECT_EQ(pluralOf("cup with straw"), "cups with straw");
}

TEST(Captions, PlainWordingSaysEverything)
{
    const auto objects = someObjects();
    PictureContent content{0, -1, 7, PictureStyle::PencilSketch, Arrangement::Alone};
    EXPECT_EQ(plainCaption(content, objects), "a red apple on a blue background, pencil sketch");
    content = {1, -1, 4, PictureStyle::Plain, Arrangement::TwoAlike};
    EXPECT_EQ(plainCaption(content, objects), "two owls on an orange background");
    content = {0, 2, 0, PictureStyle::Night, Arrangement::TwoDifferent};
    EXPECT_EQ(plainCaption(content, objects), "a red apple and scissors on a white background, night");
    content = {2, -1, -1, PictureStyle::Blueprint, Arrangement::Small};
    EXPECT_EQ(plainCaption(content, objects), "small scissors, blueprint");
}

TEST(Captions, VariedWordingsDifferAndAreRepeatable)
{
    const auto objects = someObjects();
    const PictureContent content{0, -1, 7, PictureStyle::Watercolour, Arrangement::Alone};
    std::set<std::string> seen;
    for (std::uint64_t i = 0; i < 60; ++i) {
        PictureRandom once(1, i), again(1, i);
        const std::string caption = variedCaption(content, objects, once);
        EXPECT_EQ(caption, variedCaption(content, objects, again));
        EXPECT_NE(caption.find("apple"), std::string::npos) << caption;
        EXPECT_NE(caption.find("blue"), std::string::npos) << caption;
        EXPECT_NE(caption.find("watercolo"), std::string::npos) << caption;
        seen.insert(caption);
    }
    EXPECT_GT(seen.size(), 10U);
}

TEST(CaptionsCsv, ReadsQuotesInAnyColumnOrder)
{
    const auto table = parseCaptionsCsv(
        "\xEF\xBB\xBFtext,size,file_name\r\n\"a \"\"big\"\" cat, red\",3,a.png\r\nfox,1,b/c.jpg\n");
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ(table->size(), 2U);
    EXPECT_EQ(table->at("a.png"), "a \"big\" cat, red");
    EXPECT_EQ(table->at("b/c.jpg"), "fox");
}

TEST(CaptionsCsv, SaysWhatIsWrong)
{
    EXPECT_NE(parseCaptionsCsv("").error().message.find("file_name"), std::string::npos);
    EXPECT_NE(parseCaptionsCsv("file_name,words\na,b\n").error().message.find("text"), std::string::npos);
    EXPECT_NE(parseCaptionsCsv("file_name,text\na\n").error().message.find("line 2"), std::string::npos);
    EXPECT_NE(parseCaptionsCsv("file_name,text\na,\"b\n").error().message.find("not closed"),
              std::string::npos);
}

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "training_pictures/starter_objects.h"
#include "training_pictures/starter_pictures.h"

using namespace unfog;

namespace {

std::unique_ptr<StarterPictures> openPictures(StarterPicturesOptions options = {})
{
    auto pictures = StarterPictures::open(options);
    EXPECT_TRUE(pictures) << pictures.error().message;
    return pictures ? std::move(*pictures) : nullptr;
}

TrainingPicture pictureAt(const PictureSource& source, std::uint64_t index)
{
    auto picture = source.picture(index);
    EXPECT_TRUE(picture) << picture.error().message;
    return picture.value_or(TrainingPicture{});
}

class StarterPicturesTest : public testing::Test {
protected:
    static void SetUpTestSuite() { s_pictures = openPictures().release(); }
    static void TearDownTestSuite() { delete s_pictures; }
    static const StarterPictures* s_pictures;
};
const StarterPictures* StarterPicturesTest::s_pictures = nullptr;

} // namespace

TEST_F(StarterPicturesTest, SameSeedSamePictureOthersDiffer)
{
    const auto again = openPictures();
    StarterPicturesOptions other;
    other.seed = 1;
    const auto different = openPictures(other);
    int differing = 0;
    for (const std::uint64_t index : {0ULL, 1ULL, 77ULL, 1ULL << 40}) {
        const TrainingPicture a = pictureAt(*s_pictures, index), b = pictureAt(*again, index);
        EXPECT_EQ(a.rgb, b.rgb);
        EXPECT_EQ(a.caption, b.caption);
        EXPECT_EQ(a.widthPx, 128);
        EXPECT_EQ(a.rgb.size(), 3U * 128 * 128);
        differing += pictureAt(*different, index).rgb != a.rgb ? 1 : 0;
    }
    EXPECT_EQ(differing, 4);
}

TEST_F(StarterPicturesTest, ThreadsGetTheSamePictures)
{
    std::vector<std::vector<std::uint8_t>> alone(24), together(24);
    for (std::size_t i = 0; i < alone.size(); ++i)
        alone[i] = pictureAt(*s_pictures, i).rgb;
    {
        std::vector<std::jthread> threads;
        for (std::size_t start = 0; start < 4; ++start) {
            threads.emplace_back([&, start] {
                for (std::size_t i = start; i < together.size(); i += 4)
                    together[i] = s_pictures->picture(i)->rgb;
            });
        }
    }
    EXPECT_EQ(alone, together);
}

TEST_F(StarterPicturesTest, ShowsOnlyWhatItIsToldToAndKeepsTheLabelsOfAll)
{
    StarterPicturesOptions options;
    options.only = {"cat", "banana", "rocket"};
    const auto few = openPictures(options);
    EXPECT_EQ(few->objects(), s_pictures->objects());
    std::set<int> seen;
    for (std::uint64_t index = 0; index < 200; ++index) {
        const TrainingPicture picture = pictureAt(*few, index);
        EXPECT_FALSE(isHeldOut(picture.object, picture.background, picture.style));
        seen.insert(picture.object);
        if (picture.secondObject >= 0)
            seen.insert(picture.secondObject);
    }
    std::set<std::string> names;
    for (const int object : seen)
        names.insert(s_pictures->objects()[static_cast<std::size_t>(object)]);
    EXPECT_EQ(names, (std::set<std::string>{"cat", "banana", "rocket"}));
}

TEST_F(StarterPicturesTest, NamesThatNothingHasAndASingleThingAreRefused)
{
    StarterPicturesOptions options;
    options.only = {"cat", "flying teapot"};
    const auto unknown = StarterPictures::open(options);
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().message.find("flying teapot"), std::string::npos) << unknown.error().message;
    options.only = {"cat", "cat"};
    EXPECT_FALSE(StarterPictures::open(options));
}

TEST_F(StarterPicturesTest, HeldOutCombinationsNeverOccurInTraining)
{
    StarterPicturesOptions options;
    options.split = CombinationSplit::HeldOut;
    options.sizePx = 32;
    const auto heldOut = openPictures(options);
    options.split = CombinationSplit::Training;
    const auto training = openPictures(options);
    int pairs = 0;
    for (std::uint64_t i = 0; i < 1500; ++i) {
        const TrainingPicture a = pictureAt(*training, i), b = pictureAt(*heldOut, i);
        EXPECT_FALSE(isHeldOut(a.object, a.background, a.style)) << a.caption;
        if (a.secondObject >= 0) {
            ++pairs;
            EXPECT_FALSE(isHeldOut(a.secondObject, a.background, a.style)) << a.caption;
        }
        EXPECT_TRUE(isHeldOut(b.object, b.background, b.style)) << b.caption;
        EXPECT_EQ(b.secondObject, -1);
    }
    EXPECT_GT(pairs, 50);

    int held = 0, all = 0;
    for (int object = 0; object < 250; ++object) {
        for (int background = 0; background < 12; ++background, ++all)
            held += isHeldOut(object, background, 0) ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(held) / all, 0.1, 0.02);
}

TEST_F(StarterPicturesTest, CaptionsNameWhatTheLabelsSay)
{
    const auto names = readGlyphNames(StarterPicturesOptions{}.namesFile);
    ASSERT_TRUE(names);
    const auto objects = starterObjects(*names);
    ASSERT_TRUE(objects);
    const auto backgrounds = s_pictures->backgrounds();
    const auto styles = s_pictures->styles();
    const auto namesOneOf = [&](const std::string& caption, int object) {
        const auto& words = objects->at(static_cast<std::size_t>(object)).names;
        return std::any_of(words.begin(), words.end(),
                           [&](const std::string& name) { return caption.find(name) != std::string::npos; });
    };
    std::set<int> seenStyles, seenBackgrounds, seenObjects;
    for (std::uint64_t i = 0; i < 400; ++i) {
        const TrainingPicture picture = pictureAt(*s_pictures, i);
        seenStyles.insert(picture.style);
        seenBackgrounds.insert(picture.background);
        seenObjects.insert(picture.object);
        EXPECT_EQ(picture.caption, *s_pictures->caption(i, 0));
        EXPECT_EQ(picture.background == -1,
                  styles.at(static_cast<std::size_t>(picture.style)) == "blueprint");
        for (std::uint64_t variation = 0; variation < 4; ++variation) {
            const std::string caption = *s_pictures->caption(i, variation);
            EXPECT_EQ(caption, *s_pictures->caption(i, variation));
            if (!caption.starts_with("two ") && caption.find(" two ") == std::string::npos) {
                EXPECT_TRUE(namesOneOf(caption, picture.object)) << caption;
            }
            if (picture.secondObject >= 0) {
                EXPECT_TRUE(namesOneOf(caption, picture.secondObject)) << caption;
            }
            if (picture.background >= 0) {
                EXPECT_NE(caption.find(backgrounds.at(static_cast<std::size_t>(picture.background))),
                          std::string::npos)
                    << caption;
            }
        }
        if (picture.style > 0) {
            EXPECT_TRUE(picture.caption.ends_with(", " + styles.at(static_cast<std::size_t>(picture.style))))
                << picture.caption;
        }
    }
    EXPECT_EQ(seenStyles.size(), styles.size());
    EXPECT_EQ(seenBackgrounds.size(), backgrounds.size() + 1);
    EXPECT_GT(seenObjects.size(), 150U);
}

TEST_F(StarterPicturesTest, ObjectsHaveUniqueNames)
{
    const auto names = readGlyphNames(StarterPicturesOptions{}.namesFile);
    ASSERT_TRUE(names);
    const auto objects = starterObjects(*names);
    ASSERT_TRUE(objects) << objects.error().message;
    EXPECT_GE(objects->size(), 240U);
    EXPECT_LE(objects->size(), 300U);
    std::set<std::string> seen;
    for (const StarterObject& object : *objects) {
        EXPECT_FALSE(object.names.empty()) << object.shortName;
        for (const std::string& name : object.names)
            EXPECT_TRUE(seen.insert(name).second) << name;
    }
}

TEST_F(StarterPicturesTest, BackgroundsAreTheColourTheyAreCalled)
{
    // The corner of a plain picture is nearly always background.
    int checked = 0;
    std::map<int, std::array<double, 3>> sums;
    std::map<int, int> counts;
    for (std::uint64_t i = 0; i < 300; ++i) {
        const TrainingPicture picture = pictureAt(*s_pictures, i);
        if (picture.style != 0)
            continue;
        ++checked;
        for (std::size_t c = 0; c < 3; ++c)
            sums[picture.background][c] += picture.rgb[c];
        ++counts[picture.background];
    }
    ASSERT_GT(checked, 80);
    const auto cornerOf = [&](const char* name) {
        const auto names = s_pictures->backgrounds();
        const int label = static_cast<int>(std::find(names.begin(), names.end(), name) - names.begin());
        return std::array<double, 3>{sums[label][0] / counts[label], sums[label][1] / counts[label],
                                     sums[label][2] / counts[label]};
    };
    EXPECT_GT(cornerOf("red")[0], 2 * cornerOf("red")[1]);
    EXPECT_GT(cornerOf("green")[1], 1.5 * cornerOf("green")[0]);
    EXPECT_GT(cornerOf("blue")[2], 2 * cornerOf("blue")[1]);
    EXPECT_GT(cornerOf("white")[0], 230.0);
    EXPECT_LT(cornerOf("black")[0], 40.0);
}

TEST(StarterPicturesOpen, SaysWhatIsMissing)
{
    StarterPicturesOptions options;
    options.fontFile = "/nowhere/font.ttf";
    EXPECT_NE(StarterPictures::open(options).error().message.find("fonts-noto-color-emoji"),
              std::string::npos);
    options = {};
    options.namesFile = "/nowhere/en.xml";
    EXPECT_NE(StarterPictures::open(options).error().message.find("unicode-cldr-core"), std::string::npos);
    options = {};
    options.fontFile = options.namesFile;
    EXPECT_FALSE(StarterPictures::open(options));
    options = {};
    options.sizePx = 8;
    EXPECT_EQ(StarterPictures::open(options).error().kind, ErrorKind::InvalidRequest);
}

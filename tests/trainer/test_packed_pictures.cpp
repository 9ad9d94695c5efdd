#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "trainer/data/packed_pictures.h"

using namespace unfog;

namespace {

/// Small pictures whose pixels and words follow from the index.
class CountedPictures final : public PictureSource {
public:
    int odd = -1; ///< the index of one picture with another size
    int bad = -1; ///< the index of one that cannot be had
    int label = 1;

    std::uint64_t size() const override { return 0; }
    Result<TrainingPicture> picture(std::uint64_t index) const override
    {
        if (static_cast<int>(index) == bad)
            return fail(ErrorKind::BadFile, "picture " + std::to_string(index) + " is broken");
        TrainingPicture picture;
        picture.widthPx = static_cast<int>(index) == odd ? 5 : 4;
        picture.heightPx = 3;
        for (int i = 0; i < picture.widthPx * picture.heightPx * 3; ++i)
            picture.rgb.push_back(static_cast<std::uint8_t>(index * 50 + static_cast<std::uint64_t>(i)));
        picture.caption = *caption(index, 0);
        picture.object = label;
        picture.style = static_cast<int>(index % 2);
        return picture;
    }
    Result<std::string> caption(std::uint64_t index, std::uint64_t variation) const override
    {
        return std::string(index % 3, 'x') + " número " + std::to_string(index) + "/" +
               std::to_string(variation);
    }
    std::vector<std::string> objects() const override { return {"cat", "woman’s boot"}; }
    std::vector<std::string> styles() const override { return {"plain", "night"}; }
};

class PackedPicturesTest : public testing::Test {
protected:
    void SetUp() override
    {
        m_file = std::filesystem::path(testing::TempDir()) /
                 (std::string("unfog_pack_") + testing::UnitTest::GetInstance()->current_test_info()->name() +
                  ".safetensors");
        std::filesystem::remove(m_file);
    }
    void TearDown() override { std::filesystem::remove(m_file); }

    std::filesystem::path m_file;
    CountedPictures m_source;
};

} // namespace

TEST_F(PackedPicturesTest, GivesBackWhatWasPacked)
{
    PackOptions options;
    options.count = 7;
    options.first = 2;
    options.wordings = 3;
    options.metadata = {{"split", "training"}};
    ASSERT_TRUE(writePackedPictures(m_file, m_source, options));
    const auto packed = PackedPictures::open(m_file);
    ASSERT_TRUE(packed) << packed.error().message;
    ASSERT_EQ((*packed)->size(), 7U);
    EXPECT_EQ((*packed)->widthPx(), 4);
    EXPECT_EQ((*packed)->heightPx(), 3);
    EXPECT_EQ((*packed)->metadata().at("split"), "training");
    EXPECT_EQ((*packed)->objects(), m_source.objects());
    EXPECT_EQ((*packed)->styles(), m_source.styles());
    EXPECT_TRUE((*packed)->backgrounds().empty());
    for (std::uint64_t i = 0; i < 7; ++i) {
        const auto found = (*packed)->picture(i), wanted = m_source.picture(i + 2);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->rgb, wanted->rgb);
        EXPECT_EQ(found->caption, wanted->caption);
        EXPECT_EQ(found->object, 1);
        EXPECT_EQ(found->style, wanted->style);
        EXPECT_EQ(found->background, -1);
        EXPECT_EQ(found->secondObject, -1);
        for (std::uint64_t variation = 0; variation < 3; ++variation)
            EXPECT_EQ(*(*packed)->caption(i, variation), *m_source.caption(i + 2, variation));
        EXPECT_EQ(*(*packed)->caption(i, 3), *m_source.caption(i + 2, 0));
    }
    EXPECT_EQ((*packed)->picture(7).error().kind, ErrorKind::InvalidRequest);

    // A pack is a source that ends: packing it whole gives the same pictures.
    const std::filesystem::path copy = m_file.string() + ".copy";
    PackOptions all;
    all.wordings = 3;
    ASSERT_TRUE(writePackedPictures(copy, **packed, all));
    const auto again = PackedPictures::open(copy);
    ASSERT_TRUE(again);
    EXPECT_EQ((*again)->picture(6)->rgb, (*packed)->picture(6)->rgb);
    all.count = 8;
    EXPECT_EQ(writePackedPictures(copy, **packed, all).error().kind, ErrorKind::InvalidRequest);
    std::filesystem::remove(copy);
}

TEST_F(PackedPicturesTest, WritesNothingWhenASourceFails)
{
    PackOptions options;
    options.count = 9;
    m_source.bad = 5;
    EXPECT_NE(writePackedPictures(m_file, m_source, options).error().message.find("picture 5"),
              std::string::npos);
    m_source.bad = -1;
    m_source.odd = 4;
    EXPECT_NE(writePackedPictures(m_file, m_source, options).error().message.find("5 x 3"),
              std::string::npos);
    m_source.odd = -1;
    options.progress = [](std::uint64_t, std::uint64_t) { return false; };
    EXPECT_EQ(writePackedPictures(m_file, m_source, options).error().kind, ErrorKind::Cancelled);
    options.count = 0;
    EXPECT_EQ(writePackedPictures(m_file, m_source, options).error().kind, ErrorKind::InvalidRequest);
    EXPECT_FALSE(std::filesystem::exists(m_file));
}

TEST_F(PackedPicturesTest, RefusesLabelsWithoutNames)
{
    PackOptions options;
    options.count = 2;
    m_source.label = 2;
    ASSERT_TRUE(writePackedPictures(m_file, m_source, options));
    EXPECT_EQ(PackedPictures::open(m_file).error().kind, ErrorKind::BadFile);
    EXPECT_FALSE(PackedPictures::open(m_file.string() + ".none"));
}

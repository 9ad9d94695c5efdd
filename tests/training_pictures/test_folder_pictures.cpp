#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/files/write_file.h"
#include "image_files/formats/png_file.h"
#include "training_pictures/folder_pictures.h"

using namespace unfog;

namespace {

class FolderPicturesTest : public testing::Test {
protected:
    void SetUp() override
    {
        m_folder =
            std::filesystem::path(testing::TempDir()) /
            (std::string("unfog_folder_") + testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::remove_all(m_folder);
        std::filesystem::create_directories(m_folder / "more");
    }
    void TearDown() override { std::filesystem::remove_all(m_folder); }

    void addPicture(const std::string& name, int widthPx, int heightPx, std::uint8_t red)
    {
        PixelImage image{widthPx, heightPx, {}};
        for (int i = 0; i < widthPx * heightPx; ++i)
            image.rgb.insert(image.rgb.end(), {red, 20, 30});
        const auto bytes = encodePng(image, {});
        ASSERT_TRUE(bytes);
        ASSERT_TRUE(writeFileAtomically(m_folder / name, *bytes));
    }
    void addText(const std::string& name, const std::string& text) { std::ofstream(m_folder / name) << text; }

    std::filesystem::path m_folder;
};

} // namespace

TEST_F(FolderPicturesTest, ReportsEverythingAndUsesTheRest)
{
    addPicture("a.png", 40, 20, 1);
    addText("a.txt", "a wide picture\n\n  another wording \r\n");
    addPicture("b.png", 64, 64, 2);
    addPicture("c.png", 40, 20, 1);
    addText("c.txt", "the same again");
    addPicture("d.PNG", 16, 16, 4);
    addPicture("more/e.png", 32, 32, 5);
    addText("f.jpg", "no picture");
    addText("metadata.csv",
            "file_name,text\nmore/e.png,\"small, deep\"\nb.png,from the table\ngone.png,nothing\n");

    const auto folder = FolderPictures::open(m_folder, 32);
    ASSERT_TRUE(folder) << folder.error().message;
    const FolderReport& report = (*folder)->report();
    EXPECT_EQ(report.usedCount, 3U);
    EXPECT_EQ((*folder)->size(), 3U);
    ASSERT_EQ(report.duplicates.size(), 1U);
    EXPECT_EQ(report.duplicates[0].file, "c.png");
    EXPECT_NE(report.duplicates[0].reason.find("a.png"), std::string::npos);
    ASSERT_EQ(report.uncaptioned.size(), 1U);
    EXPECT_EQ(report.uncaptioned[0].file, "d.PNG");
    ASSERT_EQ(report.unreadable.size(), 1U);
    EXPECT_EQ(report.unreadable[0].file, "f.jpg");
    ASSERT_EQ(report.missing.size(), 1U);
    EXPECT_EQ(report.missing[0].file, "gone.png");
    EXPECT_EQ(report.sizes.at({40, 20}), 2U);
    EXPECT_EQ(report.smallerCount, 1U);
    const std::string text = describe(report);
    for (const char* name : {"c.png", "d.PNG", "f.jpg", "gone.png", "40 x 20", "3 images"})
        EXPECT_NE(text.find(name), std::string::npos) << text;

    const auto first = (*folder)->picture(0);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->widthPx, 32);
    EXPECT_EQ(first->heightPx, 32);
    EXPECT_EQ(first->rgb.size(), 3U * 32 * 32);
    EXPECT_EQ(first->rgb[0], 1);
    EXPECT_EQ(first->caption, "a wide picture");
    EXPECT_EQ(*(*folder)->caption(0, 1), "another wording");
    EXPECT_EQ(*(*folder)->caption(0, 2), "a wide picture");
    EXPECT_EQ(*(*folder)->caption(1, 0), "from the table");
    EXPECT_EQ(*(*folder)->caption(2, 0), "small, deep");
    EXPECT_FALSE((*folder)->picture(3));
}

TEST_F(FolderPicturesTest, RefusesWhatCannotBeUsed)
{
    EXPECT_EQ(FolderPictures::open(m_folder / "nowhere", 32).error().kind, ErrorKind::Io);
    EXPECT_EQ(FolderPictures::open(m_folder, 0).error().kind, ErrorKind::InvalidRequest);
    addText("broken.png", "\x89PNG");
    const auto nothing = FolderPictures::open(m_folder, 32);
    ASSERT_FALSE(nothing);
    EXPECT_NE(nothing.error().message.find("broken.png"), std::string::npos);
    addText("metadata.csv", "name,words\n");
    EXPECT_EQ(FolderPictures::open(m_folder, 32).error().kind, ErrorKind::BadFile);
}

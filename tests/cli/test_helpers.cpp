#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "cli/command.h"
#include "cli/output_files.h"
#include "cli/terminal_progress.h"
#include "image_files/read_image.h"

using namespace unfog;
using namespace unfog::cli;
using unfog::testing::TemporaryFolder;

TEST(FileNameWords, KeepWordsAndNothingElse)
{
    EXPECT_EQ(fileNameWords("a red apple, on blue"), "a-red-apple-on-blue");
    EXPECT_EQ(fileNameWords("../../etc/passwd"), "etc-passwd");
    EXPECT_EQ(fileNameWords(""), "image");
    EXPECT_EQ(fileNameWords("/// "), "image");
    EXPECT_EQ(fileNameWords("日本"), "日本");
    EXPECT_LE(fileNameWords(std::string(500, 'x')).size(), 40u);
    EXPECT_EQ(fileNameWords("a\u202egnp.exe \x1b[2J \xc2\x9b"
                            "b \xff"),
              "a-gnp-exe-2J-b");
}

TEST(OutputFiles, RefuseOtherSuffixesAndMissingFolders)
{
    const TemporaryFolder folder;
    EXPECT_FALSE(OutputFiles::plan(folder / "a.jpg", 1));
    EXPECT_FALSE(OutputFiles::plan(folder / "missing/a.png", 1));
    EXPECT_TRUE(OutputFiles::plan(folder / "new-folder", 1));
    EXPECT_TRUE(OutputFiles::plan(folder / "a.png", 1));
}

TEST(OutputFiles, SeedGoesIntoTheNamesOfSeveral)
{
    const TemporaryFolder folder;
    GenerationRequest request;
    request.output.seed = 7;
    EXPECT_EQ(OutputFiles::plan(folder / "a.png", 1)->stemFor(request), "a");
    EXPECT_EQ(OutputFiles::plan(folder / "a.png", 2)->stemFor(request), "a-7");
}

TEST(OutputFiles, OnlyTheFileThatWasNamedIsReplaced)
{
    const TemporaryFolder folder;
    GenerationRequest request;
    request.output.seed = 7;
    request.prompts.positive = "fox";
    struct Row {
        std::string output;
        int count;
        std::vector<std::string> names;
    };
    for (const Row& row : {Row{"one", 1, {"7-fox.png", "7-fox-2.png"}}, Row{"a.png", 1, {"a.png", "a.png"}},
                           Row{"b.png", 2, {"b-7.png", "b-7-2.png"}}})
        for (const std::string& name : row.names) {
            const auto saved = OutputFiles::plan(folder / row.output, row.count)->save(request, {});
            ASSERT_TRUE(saved) << saved.error().message;
            EXPECT_EQ(saved->filename(), name);
        }
}

TEST(OutputFiles, ImageThatCannotBeSavedIsKeptElsewhere)
{
    const TemporaryFolder folder;
    const auto files = OutputFiles::plan(folder / "gallery", 1);
    ASSERT_TRUE(files);
    std::filesystem::remove(folder / "gallery");
    std::ofstream(folder / "gallery") << "in its place";
    GeneratedImage image;
    image.pixels = {8, 8, std::vector<std::uint8_t>(8 * 8 * 3, 100)};
    image.request.prompts.positive = "a fox";
    image.request.output.seed = 7;
    const auto kept = keepImage(*files, image);
    ASSERT_FALSE(kept);
    const std::filesystem::path file = kept.error().keptAs;
    EXPECT_EQ(file.filename(), "7-a-fox.png");
    EXPECT_NE(kept.error().error.message.find("gallery"), std::string::npos);
    EXPECT_NE(kept.error().error.message.find("kept as " + file.string()), std::string::npos);
    EXPECT_EQ(std::filesystem::status(file.parent_path()).permissions(), std::filesystem::perms::owner_all);
    const auto pixels = readImage(file);
    ASSERT_TRUE(pixels);
    EXPECT_EQ(*pixels, image.pixels);
    std::filesystem::remove_all(file.parent_path());
}

TEST(Progress, TextsAreExact)
{
    EXPECT_EQ(progressBar(0, 20), "[--------------------] 0/20");
    EXPECT_EQ(progressBar(7, 20), "[#######-------------] 7/20");
    EXPECT_EQ(progressBar(20, 20), "[####################] 20/20");
    EXPECT_EQ(clockText(7), "0:07");
    EXPECT_EQ(clockText(754), "12:34");
    EXPECT_EQ(clockText(3723), "1:02:03");
    EXPECT_EQ(rateText(0.25), "4.00 it/s");
    EXPECT_EQ(rateText(4.56), "4.56 s/it");
}

#include <gtest/gtest.h>

#include "cli/command.h"
#include "cli/output_files.h"
#include "cli/terminal_progress.h"

using namespace unfog;
using namespace unfog::cli;
using unfog::testing::TemporaryFolder;

TEST(FileNameWords, KeepWordsAndNothingElse)
{
    EXPECT_EQ(fileNameWords("a red apple, on blue"), "a-red-apple-on-blue");
    EXPECT_EQ(fileNameWords("../../etc/passwd"), "etc-passwd");
    EXPECT_EQ(fileNameWords(""), "picture");
    EXPECT_EQ(fileNameWords("/// "), "picture");
    EXPECT_EQ(fileNameWords("日本"), "日本");
    EXPECT_LE(fileNameWords(std::string(500, 'x')).size(), 40u);
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
    request.seed = 7;
    EXPECT_EQ(OutputFiles::plan(folder / "a.png", 1)->fileFor(request)->filename(), "a.png");
    EXPECT_EQ(OutputFiles::plan(folder / "a.png", 2)->fileFor(request)->filename(), "a-7.png");
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

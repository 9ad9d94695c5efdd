#include "pipeline/families/stable_diffusion/find_tokenizer.h"

#include <fstream>

#include <gtest/gtest.h>

#include "weights/crafted_files.h"
#include "weights/files/tensor_io.h"
#include "weights/single_files.h"

namespace unfog::testing {
namespace {

namespace fs = std::filesystem;

/// A single file two folders deep, so that nothing of the machine's own temporary folder lies beside it.
class FindTokenizerTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        m_home = m_temporary / "shelf" / "checkpoints";
        fs::create_directories(m_home);
        const auto written = writeTensors(m_home / "tiny.safetensors", recordedSingleFile());
        ASSERT_TRUE(written) << written.error().message;
        auto files = openModel(m_home / "tiny.safetensors");
        ASSERT_TRUE(files) << files.error().message;
        m_files = std::move(*files);
    }

    static fs::path tiny(const std::string& model = "tiny-sd15") { return referenceModel(model); }
    static fs::path starter() { return fs::path(UNFOG_SOURCE_DIR) / "models" / "starter"; }

    TemporaryFolder m_temporary;
    fs::path m_home;
    ModelFiles m_files;
};

TEST_F(FindTokenizerTest, SingleFileAloneUsesTheVocabularyOfClip)
{
    for (const auto& [family, towers] : {std::pair(ModelFamily::Sd1, 1u), std::pair(ModelFamily::Sd2, 1u),
                                         std::pair(ModelFamily::SdXl, 2u)}) {
        m_files.checkpoint.family = family;
        m_files.textConfigs.resize(towers, m_files.textConfigs.front());
        const auto found = findTokenizers(m_files, {});
        ASSERT_TRUE(found) << found.error().message;
        ASSERT_EQ(found->tokenizers.size(), towers);
        EXPECT_TRUE(found->notes.empty());
        EXPECT_TRUE(found->lender.empty());
        // As the published tokenizers of each family pad: ViT-L with the end token, OpenCLIP's H and bigG
        // with 0.
        EXPECT_EQ(found->tokenizers.front().padId(), family == ModelFamily::Sd2 ? 0 : 49407);
        EXPECT_EQ(found->tokenizers.back().padId(), family == ModelFamily::Sd1 ? 49407 : 0);
        EXPECT_EQ(found->tokenizers.front().encodeUnpadded("a red fox"),
                  (std::vector<std::int32_t>{49406, 320, 736, 3240, 49407}));
    }
}

TEST_F(FindTokenizerTest, LongerTextEncodersKeepTheirLength)
{
    m_files.textConfigs.front().positions = 248;
    const auto found = findTokenizers(m_files, {});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->tokenizers.front().maxLength(), 248);
}

TEST_F(FindTokenizerTest, AnotherVocabularySizeDoesNotTakeThatOfClip)
{
    for (const std::int64_t tokens : {49409, 49407, 1842, 21128}) {
        m_files.textConfigs.front().vocabulary = tokens;
        const auto found = findTokenizers(m_files, {});
        ASSERT_FALSE(found) << tokens;
        EXPECT_EQ(found.error().kind, ErrorKind::BadFile);
        for (const std::string& word :
             {std::string("tiny.safetensors"), std::string("--tokenizer"), std::string("vocab.json"),
              std::string("merges.txt"), std::to_string(tokens)})
            EXPECT_NE(found.error().message.find(word), std::string::npos)
                << word << " in: " << found.error().message;
    }
}

TEST_F(FindTokenizerTest, ChosenFolderMayBeTheTokenizerOrItsModel)
{
    for (const fs::path& folder : {tiny() / "tokenizer", tiny()}) {
        const auto found = findTokenizers(m_files, folder);
        ASSERT_TRUE(found) << found.error().message;
        ASSERT_EQ(found->tokenizers.size(), 1u);
        EXPECT_EQ(found->tokenizers.front().maxLength(), 77);
        EXPECT_EQ(found->tokenizers.front().padId(), found->tokenizers.front().endId());
        EXPECT_TRUE(found->lender.empty());
    }
}

TEST_F(FindTokenizerTest, ChosenFolderWithoutVocabularyIsRefused)
{
    const auto found = findTokenizers(m_files, m_home);
    ASSERT_FALSE(found);
    EXPECT_NE(found.error().message.find(m_home.string()), std::string::npos) << found.error().message;
    EXPECT_NE(found.error().message.find("vocab.json"), std::string::npos) << found.error().message;
}

TEST_F(FindTokenizerTest, VocabularyThatDoesNotFitIsRefused)
{
    const auto found = findTokenizers(m_files, starter());
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, ErrorKind::BadFile);
    EXPECT_NE(found.error().message.find("77"), std::string::npos) << found.error().message;
    EXPECT_NE(found.error().message.find("32"), std::string::npos) << found.error().message;
}

TEST_F(FindTokenizerTest, BorrowsFromANeighbourThatFits)
{
    // Sorted first, and of another length: it must be passed over.
    fs::create_directory_symlink(starter(), m_home / "a-starter");
    ASSERT_TRUE(findTokenizers(m_files, {})->lender.empty());
    fs::create_directory_symlink(tiny(), m_home.parent_path() / "some-model");
    const auto found = findTokenizers(m_files, {});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->lender, m_home.parent_path() / "some-model" / "tokenizer");
    ASSERT_EQ(found->notes.size(), 1u);
    EXPECT_NE(found->notes.front().find("some-model"), std::string::npos) << found->notes.front();
    // Notes go into images: names only.
    EXPECT_EQ(found->notes.front().find('/'), std::string::npos) << found->notes.front();
}

TEST_F(FindTokenizerTest, ASmallerVocabularyBesideAFileIsNotTaken)
{
    fs::create_directories(m_home / "tokenizer");
    std::ofstream(m_home / "tokenizer" / "vocab.json")
        << R"({"a": 0, "a</w>": 1, "<|startoftext|>": 2, "<|endoftext|>": 3})";
    std::ofstream(m_home / "tokenizer" / "merges.txt") << "#version: 0.2\n";
    const auto found = findTokenizers(m_files, {});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->tokenizers.front().idLimit(), 49408);
    const auto chosen = findTokenizers(m_files, m_home);
    ASSERT_TRUE(chosen) << chosen.error().message;
    EXPECT_EQ(chosen->tokenizers.front().idLimit(), 4);
}

TEST_F(FindTokenizerTest, VocabularyBesideTheFileItself)
{
    for (const char* name : {"vocab.json", "merges.txt"})
        fs::create_symlink(tiny() / "tokenizer" / name, m_home / name);
    const auto found = findTokenizers(m_files, {});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->lender, m_home);
}

TEST_F(FindTokenizerTest, FoldersUseTheirOwn)
{
    for (const auto& [model, towers] :
         {std::pair("tiny-sd15", 1u), std::pair("tiny-sd2v", 1u), std::pair("tiny-sdxl", 2u)}) {
        SCOPED_TRACE(model);
        auto files = openModel(tiny(model));
        ASSERT_TRUE(files) << files.error().message;
        const auto found = findTokenizers(*files, {});
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_EQ(found->tokenizers.size(), towers);
        EXPECT_TRUE(found->notes.empty());
        const bool openClip = std::string(model) != "tiny-sd15";
        const ClipTokenizer& last = found->tokenizers.back();
        EXPECT_EQ(last.padId(), openClip ? 0 : last.endId());
    }
}

TEST_F(FindTokenizerTest, AddedTokensWithoutARowAreTold)
{
    const fs::path model = m_temporary / "toy";
    fs::copy(tiny(), model, fs::copy_options::recursive);
    std::ofstream(model / "tokenizer" / "added_tokens.json") << R"({"<toy>": 49408})";
    auto files = openModel(model);
    ASSERT_TRUE(files) << files.error().message;
    const auto found = findTokenizers(*files, {});
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->notes.size(), 1u);
    EXPECT_NE(found->notes.front().find("<toy>"), std::string::npos) << found->notes.front();
    files->textConfigs.front().vocabulary = 49409;
    const auto whole = findTokenizers(*files, {});
    ASSERT_TRUE(whole) << whole.error().message;
    EXPECT_TRUE(whole->notes.empty());
    EXPECT_EQ(whole->tokenizers.front().encodeUnpadded("a <toy>"),
              (std::vector<std::int32_t>{49406, 320, 49408, 49407}));
}

} // namespace
} // namespace unfog::testing

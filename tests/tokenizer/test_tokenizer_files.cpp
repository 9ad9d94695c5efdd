#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "tokenizer/clip_tokenizer.h"

namespace unfog {
namespace {

namespace fs = std::filesystem;

/// A folder with a vocabulary of three merges, of which a test spoils one file.
class TokenizerFolder : public testing::Test {
protected:
    void SetUp() override
    {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        m_folder = fs::path(testing::TempDir()) / (std::string("unfog_tokenizer_") + info->name());
        fs::remove_all(m_folder);
        fs::create_directories(m_folder);
        write("vocab.json", R"({"!": 0, "f": 1, "o": 2, "x</w>": 3, "fo": 4, "fox</w>": 5, "s</w>": 6,
                                "<|startoftext|>": 7, "<|endoftext|>": 8})");
        write("merges.txt", "#version: 0.2\nf o\nfo x</w>\n");
        write("tokenizer_config.json", R"({"model_max_length": 6, "pad_token": "!"})");
    }

    void TearDown() override { fs::remove_all(m_folder); }

    void write(const char* name, std::string_view content) const
    {
        std::ofstream(m_folder / name, std::ios::binary) << content;
    }

    std::string problem() const
    {
        const auto loaded = ClipTokenizer::load(m_folder);
        return loaded ? "loaded" : loaded.error().message;
    }

    fs::path m_folder;
};

using Padded = std::vector<std::int64_t>;

TEST_F(TokenizerFolder, padsWithItsOwnTokenAndGivesUnknownBytesTheUnknownToken)
{
    const auto tokenizer = ClipTokenizer::load(m_folder).value();
    EXPECT_EQ(tokenizer.encode("Fox").ids, (Padded{7, 5, 8, 0, 0, 0}));
    EXPECT_EQ(tokenizer.encode("foq").ids, (Padded{7, 4, 8, 8, 0, 0}));
}

TEST_F(TokenizerFolder, specialTokensMapDecidesUnlessTheConfigHasADecoder)
{
    write("special_tokens_map.json", R"({"pad_token": {"content": "o"}, "eos_token": "<|endoftext|>"})");
    EXPECT_EQ(ClipTokenizer::load(m_folder).value().padId(), 2);
    write("tokenizer_config.json", R"({"pad_token": "!", "added_tokens_decoder": {}})");
    EXPECT_EQ(ClipTokenizer::load(m_folder).value().padId(), 0);
}

TEST_F(TokenizerFolder, withoutConfigThePublishedDefaultsHold)
{
    fs::remove(m_folder / "tokenizer_config.json");
    const auto tokenizer = ClipTokenizer::load(m_folder).value();
    EXPECT_EQ(tokenizer.maxLength(), 77);
    EXPECT_EQ(tokenizer.padId(), tokenizer.endId());
    write("tokenizer_config.json", R"({"model_max_length": 1000000000000000019884624838656})");
    EXPECT_EQ(ClipTokenizer::load(m_folder).value().maxLength(), 77);
}

TEST_F(TokenizerFolder, windowsLineEndsAndNoLastLineEndAreRead)
{
    write("merges.txt", "#version: 0.2\r\nf o\r\nfo x</w>");
    EXPECT_EQ(ClipTokenizer::load(m_folder).value().encode("fox").ids, (Padded{7, 5, 8, 0, 0, 0}));
}

TEST_F(TokenizerFolder, allOfOnePairIsMergedBeforeAMoreImportantNewPair)
{
    // "fo" can also be spelt by the merge of rank 0; merging pair by pair would give "fof" "o…" here.
    write("vocab.json", R"({"f": 0, "o": 1, "fo": 2, "fof": 3, "fofo": 4, "x</w>": 5, "z": 6,
                            "<|startoftext|>": 7, "<|endoftext|>": 8})");
    write("tokenizer_config.json", R"({"model_max_length": 9})");
    write("merges.txt", "#version: 0.2\nfo f\nf o\nfo fo\n");
    EXPECT_EQ(ClipTokenizer::load(m_folder).value().encodeUnpadded("fofox"),
              (std::vector<std::int32_t>{7, 4, 5, 8}));
}

TEST_F(TokenizerFolder, brokenFilesAreNamedWithTheReason)
{
    struct Row {
        const char* file;
        const char* content; ///< null: no such file
        const char* reason;
    };
    const Row table[] = {
        {"vocab.json", nullptr, "does not exist"},
        {"vocab.json", "", "not valid JSON"},
        {"vocab.json", "<!DOCTYPE html>", "not valid JSON"},
        {"vocab.json", R"({"a": 0, "b")", "not valid JSON"},
        {"vocab.json", R"({"a": 0} x)", "not valid JSON"},
        {"vocab.json", "[1]", "expected a JSON object"},
        {"vocab.json", "3", "expected a JSON object"},
        {"vocab.json", "{}", "lists no token"},
        {"vocab.json", R"({"a": 0, "b": 0})", "id 0 of \"b\" is given twice"},
        {"vocab.json", R"({"a": 0, "a": 1})", "token \"a\" is listed twice"},
        {"vocab.json", R"({"a": -1})", "id of \"a\" is not"},
        {"vocab.json", R"({"a": 1.5})", "id of \"a\" is not"},
        {"vocab.json", R"({"a": {"b": 1}})", "id of \"a\" is not"},
        {"vocab.json", R"({"a": 18446744073709551615})", "id of \"a\" is not"},
        {"vocab.json", R"({"f": 0, "o": 1, "fo": 2, "x</w>": 3, "fox</w>": 4, "!": 5})", "<|startoftext|>"},
        {"merges.txt", nullptr, "does not exist"},
        {"merges.txt", "#version: 0.2\nf o\nf q\n", "line 3: the token \"q\""},
        {"merges.txt", "#version: 0.2\no f\n", "line 2: the token \"of\""},
        {"merges.txt", "#version: 0.2\nf\n", "line 2: expected two tokens"},
        {"merges.txt", "#version: 0.2\nf o x\n", "line 2: expected two tokens"},
        {"merges.txt", "#version: 0.2\n\nf o\n", "line 2: expected two tokens"},
        {"tokenizer_config.json", "no", "not a JSON object"},
        {"tokenizer_config.json", R"({"model_max_length": 2})", "model_max_length is 2"},
        {"tokenizer_config.json", R"({"model_max_length": "77"})", "model_max_length is \"77\""},
        {"tokenizer_config.json", R"({"pad_token": 3})", "\"pad_token\" is not the text"},
        {"tokenizer_config.json", R"({"pad_token": "none"})", "padding token \"none\""},
        {"special_tokens_map.json", "[]", "not a JSON object"},
    };
    for (const Row& row : table) {
        SetUp();
        if (row.content)
            write(row.file, row.content);
        else
            fs::remove(m_folder / row.file);
        const std::string message = problem();
        EXPECT_NE(message.find(row.reason), std::string::npos) << row.file << ": " << message;
        const char* named = std::string_view(row.reason).find("token \"none\"") != std::string::npos
                                ? "vocab.json"
                                : row.file;
        EXPECT_NE(message.find(named), std::string::npos) << message;
    }
}

TEST_F(TokenizerFolder, everyCutOfTheVocabularyIsRefused)
{
    std::string whole;
    std::getline(std::ifstream(m_folder / "vocab.json"), whole, '\0');
    for (std::size_t size = 0; size < whole.size(); ++size) {
        write("vocab.json", std::string_view(whole).substr(0, size));
        EXPECT_NE(problem(), "loaded") << size;
    }
    write("vocab.json", whole);
    EXPECT_EQ(problem(), "loaded");
}

} // namespace
} // namespace unfog

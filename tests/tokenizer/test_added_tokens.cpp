#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tokenizer/clip_tokenizer.h"

namespace unfog {
namespace {

namespace fs = std::filesystem;

/// A small vocabulary to which a test adds words in one of the files that may list them.
class AddedTokens : public testing::Test {
protected:
    void SetUp() override
    {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        m_folder = fs::path(testing::TempDir()) / (std::string("unfog_added_") + info->name());
        renew();
    }

    void TearDown() override { fs::remove_all(m_folder); }

    void renew() const
    {
        fs::remove_all(m_folder);
        fs::create_directories(m_folder);
        write("vocab.json", R"({"!</w>": 0, "f": 1, "o": 2, "x</w>": 3, "fo": 4, "fox</w>": 5, "<</w>": 6,
                                "<|startoftext|>": 7, "<|endoftext|>": 8, "t": 9, "<": 10, "!": 11})");
        write("merges.txt", "#version: 0.2\nf o\nfo x</w>\n");
    }

    void write(const std::string& name, std::string_view content) const
    {
        std::ofstream(m_folder / name, std::ios::binary) << content;
    }

    /// The tokens of a text without start and end.
    std::vector<std::int32_t> words(std::string_view text) const
    {
        const auto loaded = ClipTokenizer::load(m_folder);
        EXPECT_TRUE(loaded) << loaded.error().message;
        if (!loaded)
            return {};
        const auto ids = loaded->encodeUnpadded(text);
        return {ids.begin() + 1, ids.end() - 1};
    }

    fs::path m_folder;
};

using Ids = std::vector<std::int32_t>;

TEST_F(AddedTokens, areReadFromEveryFileThatMayListThem)
{
    const std::pair<const char*, const char*> files[] = {
        {"added_tokens.json", R"({"<toy>": 12})"},
        {"tokenizer_config.json",
         R"({"added_tokens_decoder": {"12": {"content": "<toy>", "special": false}}})"},
        {"tokenizer_config.json", R"({"additional_special_tokens": ["<toy>"]})"},
        {"special_tokens_map.json",
         R"({"additional_special_tokens": [{"content": "<toy>", "lstrip": true}]})"},
        {"tokenizer.json", R"({"added_tokens": [{"id": 12, "content": "<toy>", "special": true}]})"},
    };
    for (const auto& [name, content] : files) {
        renew();
        write(name, content);
        EXPECT_EQ(words("fox <toy> fox"), (Ids{5, 12, 5})) << name;
        EXPECT_EQ(words("fox<toy>fox"), (Ids{5, 12, 5})) << name;
        EXPECT_EQ(ClipTokenizer::load(m_folder)->idLimit(), 13) << name;
    }
}

TEST_F(AddedTokens, longestFirstAndOfSeveralVectorsAllTogether)
{
    write("added_tokens.json", R"({"<toy>": 12, "<toy>_1": 13, "<toy>_2": 14, "<toys>": 15})");
    EXPECT_EQ(words("<toy>"), (Ids{12, 13, 14}));
    EXPECT_EQ(words("<toys> <toy> fox"), (Ids{15, 12, 13, 14, 5}));
    EXPECT_EQ(words("<toy> <toy>_1 <toy>_2"), (Ids{12, 13, 14}));
}

TEST_F(AddedTokens, caseAndWordBoundsCountAsTheFileSays)
{
    struct Row {
        const char* flags;
        const char* text;
        bool isFound;
    };
    const Row table[] = {
        {R"("normalized": true)", "SKS", true},
        {R"("normalized": false)", "SKS", false},
        {R"("normalized": true, "special": true)", "SKS", false},
        {R"("normalized": false)", "sks", true},
        {R"("single_word": true)", "f sks f", true},
        {R"("single_word": true)", "fsks f", false},
        {R"("single_word": true)", "f sks_f", false},
        {R"("single_word": false)", "fsks", true},
    };
    for (const Row& row : table) {
        write("tokenizer_config.json",
              std::string(R"({"added_tokens_decoder": {"12": {"content": "sks", )") + row.flags + "}}}");
        const Ids found = words(row.text);
        EXPECT_EQ(std::count(found.begin(), found.end(), 12), row.isFound ? 1 : 0)
            << row.flags << ' ' << row.text;
    }
}

TEST_F(AddedTokens, aPaddingTokenOfItsOwnIsAWholeWord)
{
    EXPECT_EQ(words("fox!"), (Ids{5, 0}));
    write("special_tokens_map.json", R"({"pad_token": "!"})");
    EXPECT_EQ(words("fox!"), (Ids{5, 11}));
    auto lent = ClipTokenizer::load(m_folder).value();
    lent.setPadId(lent.endId());
    EXPECT_EQ(lent.encodeUnpadded("fox!"), (Ids{7, 5, 0, 8}));
}

TEST_F(AddedTokens, aRoleMayBeHeldByAnAddedToken)
{
    write("added_tokens.json", R"({"[PAD]": 12})");
    write("tokenizer_config.json", R"({"pad_token": "[PAD]"})");
    EXPECT_EQ(ClipTokenizer::load(m_folder)->padId(), 12);
}

TEST_F(AddedTokens, withoutARowAreForgotten)
{
    write("added_tokens.json", R"({"<toy>": 12, "<cat>": 13})");
    auto tokenizer = ClipTokenizer::load(m_folder).value();
    EXPECT_EQ(tokenizer.dropAddedTokensFrom(13), std::vector<std::string>{"<cat>"});
    EXPECT_EQ(tokenizer.idLimit(), 13);
    EXPECT_EQ(tokenizer.encodeUnpadded("<toy>"), (Ids{7, 12, 8}));
}

TEST_F(AddedTokens, changeTheHashThatNamesTheTokenizer)
{
    const std::string plain = ClipTokenizer::load(m_folder)->sha256();
    write("special_tokens_map.json", R"({"pad_token": "!"})");
    EXPECT_EQ(ClipTokenizer::load(m_folder)->sha256(), plain);
    write("added_tokens.json", R"({"<toy>": 12})");
    EXPECT_NE(ClipTokenizer::load(m_folder)->sha256(), plain);
}

TEST_F(AddedTokens, contradictionsAndOtherFormsAreNamed)
{
    struct Row {
        const char* file;
        const char* content;
        const char* reason;
    };
    const Row table[] = {
        {"added_tokens.json", R"({"<toy>": 5})", "gives that to \"fox</w>\""},
        {"added_tokens.json", R"({"fo": 12})", "gives it 4"},
        {"added_tokens.json", R"({"<toy>": -1})", "is not a whole number"},
        {"added_tokens.json", R"({"<toy>": 1.5})", "is not a whole number"},
        {"added_tokens.json", R"({"<toy>": "12"})", "is not a whole number"},
        {"added_tokens.json", R"({"<toy>": 12, "<cat>": 12})", "but"},
        {"added_tokens.json", R"({"": 12})", "has no text"},
        {"added_tokens.json", R"(["<toy>"])", "is not a JSON object"},
        {"tokenizer_config.json", R"({"added_tokens_decoder": {"x": "<toy>"}})", "is not a whole number"},
        {"tokenizer_config.json", R"({"added_tokens_decoder": [1]})", "is not an object"},
        {"tokenizer_config.json", R"({"added_tokens_decoder": {"12": {"lstrip": true}}})", "has no text"},
        {"special_tokens_map.json", R"({"additional_special_tokens": "x"})", "is not a list"},
        {"tokenizer.json", R"({"added_tokens": {}})", "is not a list"},
        {"tokenizer.json", R"({"added_tokens": [{"content": "<toy>"}]})", "is not a whole number"},
    };
    for (const Row& row : table) {
        renew();
        write(row.file, row.content);
        const auto loaded = ClipTokenizer::load(m_folder);
        ASSERT_FALSE(loaded) << row.file << ' ' << row.content;
        EXPECT_NE(loaded.error().message.find(row.reason), std::string::npos) << loaded.error().message;
        EXPECT_NE(loaded.error().message.find(row.file), std::string::npos) << loaded.error().message;
    }
    renew();
    write("added_tokens.json", R"({"<toy>": 12})");
    write("tokenizer_config.json", R"({"added_tokens_decoder": {"13": "<toy>"}})");
    EXPECT_FALSE(ClipTokenizer::load(m_folder));
}

} // namespace
} // namespace unfog

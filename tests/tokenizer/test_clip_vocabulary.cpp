#include <gtest/gtest.h>

#include <fstream>

#include <nlohmann/json.hpp>

#include "tokenizer/clip_tokenizer.h"
#include "tokenizer/clip_vocabulary.h"
#include "tokenizer/files/tokenizer_json.h"
#include "tokenizer/files/vocabulary_json.h"

namespace unfog {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path publishedFolder = UNFOG_REFERENCE_DIR "/models/tiny-sd15/tokenizer";

TEST(ClipVocabulary, isThePublishedOne)
{
    const auto published =
        BytePairEncoder::load(publishedFolder / "vocab.json", publishedFolder / "merges.txt").value();
    EXPECT_EQ(clipBytePairEncoder()->idLimit(), clipVocabularySize);
    EXPECT_EQ(clipBytePairEncoder()->sha256(), published.sha256());
    const auto ids = readVocabularyJson(publishedFolder / "vocab.json").value();
    for (const auto& [token, id] : ids)
        ASSERT_EQ(clipBytePairEncoder()->idOf(token), id) << token;
}

TEST(ClipVocabulary, givesTheRecordedIdsForEveryText)
{
    const auto tokenizer = ClipTokenizer::builtIn();
    std::ifstream stream(UNFOG_REFERENCE_DIR "/tokenizer.json");
    const auto cases = json::parse(stream);
    ASSERT_GE(cases.size(), 26u);
    for (const auto& one : cases)
        EXPECT_EQ(tokenizer.encodeUnpadded(one.at("text").get<std::string>()),
                  one.at("input_ids").get<std::vector<std::int32_t>>())
            << one.at("text");
    EXPECT_EQ(tokenizer.padId(), tokenizer.endId());
    EXPECT_EQ(tokenizer.sha256(), ClipTokenizer::load(publishedFolder)->sha256());
}

/// A tokenizer.json with the published vocabulary, of which a test changes one thing.
class TokenizerJson : public testing::Test {
protected:
    void SetUp() override
    {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        m_folder = fs::path(testing::TempDir()) / (std::string("unfog_fast_") + info->name());
        fs::remove_all(m_folder);
        fs::create_directories(m_folder);
        std::ifstream vocabulary(publishedFolder / "vocab.json"), merges(publishedFolder / "merges.txt");
        json model = {{"type", "BPE"},
                      {"dropout", nullptr},
                      {"unk_token", "<|endoftext|>"},
                      {"continuing_subword_prefix", ""},
                      {"end_of_word_suffix", "</w>"},
                      {"vocab", json::parse(vocabulary)},
                      {"merges", json::array()}};
        std::string line;
        std::getline(merges, line);
        while (std::getline(merges, line))
            model["merges"].push_back(line);
        m_json = {{"version", "1.0"},
                  {"added_tokens",
                   {{{"id", 49406}, {"content", "<|startoftext|>"}, {"special", true}},
                    {{"id", 49407}, {"content", "<|endoftext|>"}, {"special", true}}}},
                  {"model", model}};
    }

    void TearDown() override { fs::remove_all(m_folder); }

    Result<ClipTokenizer> load() const
    {
        std::ofstream(m_folder / "tokenizer.json") << m_json;
        return ClipTokenizer::load(m_folder);
    }

    fs::path m_folder;
    json m_json;
};

TEST_F(TokenizerJson, standsInForTheTwoOlderFiles)
{
    const auto expected = ClipTokenizer::builtIn();
    for (const bool asPairs : {false, true}) {
        if (asPairs) {
            for (json& merge : m_json["model"]["merges"]) {
                const std::string row = merge;
                merge = {row.substr(0, row.find(' ')), row.substr(row.find(' ') + 1)};
            }
        }
        const auto loaded = load();
        ASSERT_TRUE(loaded) << loaded.error().message;
        EXPECT_EQ(loaded->sha256(), expected.sha256());
        EXPECT_EQ(loaded->encode("a Fox, it's 42 日本!").ids, expected.encode("a Fox, it's 42 日本!").ids);
        EXPECT_EQ(loaded->idLimit(), clipVocabularySize);
    }
}

TEST_F(TokenizerJson, readsItsAddedTokens)
{
    m_json["added_tokens"].push_back(
        {{"id", 49408}, {"content", "<toy>"}, {"special", false}, {"normalized", true}});
    const auto loaded = load();
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->encodeUnpadded("a <Toy>"), (std::vector<std::int32_t>{49406, 320, 49408, 49407}));
    EXPECT_EQ(loaded->idLimit(), clipVocabularySize + 1);
}

TEST_F(TokenizerJson, olderFilesComeFirst)
{
    m_json["model"]["vocab"] = json::object();
    for (const char* name : {"vocab.json", "merges.txt"})
        fs::copy_file(publishedFolder / name, m_folder / name);
    EXPECT_TRUE(load());
    fs::remove(m_folder / "merges.txt");
    EXPECT_FALSE(load());
}

TEST_F(TokenizerJson, otherModelsAreNamed)
{
    struct Row {
        const char* key;
        json value;
        const char* reason;
    };
    const Row table[] = {
        {"type", "WordPiece", "\"type\""},
        {"type", "Unigram", "\"type\""},
        {"end_of_word_suffix", nullptr, "\"end_of_word_suffix\""},
        {"end_of_word_suffix", "", "\"end_of_word_suffix\""},
        {"continuing_subword_prefix", "##", "\"continuing_subword_prefix\""},
        {"byte_fallback", true, "\"byte_fallback\""},
        {"vocab", json::array(), "\"vocab\""},
        {"vocab", {{"a", -1}}, "the id of \"a\""},
        {"vocab", {{"a", 1}, {"b", 1}}, "given twice"},
        {"merges", nullptr, "\"merges\""},
        {"merges", json::array({"i"}), "merge 1"},
        {"merges", json::array({json::array({"i", "n", "g"})}), "merge 1"},
        {"merges", json::array({json::array({"i", 3})}), "merge 1"},
        {"merges", json::array({"i n", "qqq zzz"}), "merge 2"},
    };
    const json whole = m_json;
    for (const Row& row : table) {
        m_json = whole;
        m_json["model"][row.key] = row.value;
        const auto loaded = load();
        ASSERT_FALSE(loaded) << row.key;
        EXPECT_NE(loaded.error().message.find(row.reason), std::string::npos) << loaded.error().message;
        EXPECT_NE(loaded.error().message.find("tokenizer.json"), std::string::npos) << loaded.error().message;
    }
}

} // namespace
} // namespace unfog

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "image_files/metadata/known_files.h"

namespace unfog {
namespace {

namespace fs = std::filesystem;

class KnownFiles : public ::testing::Test {
protected:
    KnownFiles()
    {
        if (const char* before = std::getenv("XDG_STATE_HOME"))
            m_before = before;
        ::setenv("XDG_STATE_HOME", (m_folder / "state").c_str(), 1);
    }
    ~KnownFiles() override
    {
        ::setenv("XDG_STATE_HOME", m_before.c_str(), 1);
        fs::remove_all(m_folder);
    }

    /// An image that was made with these; each is made as an empty file.
    GeneratedImage imageWith(const std::string& model, const std::string& tokenizer, const std::string& start)
    {
        GeneratedImage image;
        for (const std::string& path : {model, tokenizer, start}) {
            fs::create_directories(fs::path(path).parent_path());
            std::ofstream{path};
        }
        image.request.model.path = model;
        image.request.model.tokenizer = tokenizer;
        image.request.images.start = InitImage{start, "aa", 0.5, nullptr};
        image.provenance.modelHash = "bb";
        return image;
    }

    static std::string makeFolder()
    {
        std::string name = (fs::temp_directory_path() / "unfog-known-XXXXXX").string();
        return ::mkdtemp(name.data());
    }

    const fs::path m_folder = makeFolder();
    std::string m_before;
};

TEST_F(KnownFiles, filesAreFoundAgainByHash)
{
    const std::string model = m_folder / "models/dream", tokenizer = m_folder / "words/plain";
    const std::string start = m_folder / "start.png";
    rememberFilesOf(imageWith(model, tokenizer, start));
    GenerationRecord record;
    record.request.model.path = "dream";
    record.request.model.tokenizer = "plain";
    record.request.images.start = InitImage{"renamed.png", "aa", 0.5, nullptr};
    record.provenance.emplace().modelHash = "bb";
    locateFiles(record);
    EXPECT_EQ(record.request.model.path, model);
    EXPECT_EQ(record.request.model.tokenizer, tokenizer);
    EXPECT_EQ(record.request.images.start->file, start);
}

TEST_F(KnownFiles, anotherModelOfTheSameLayoutIsNotTaken)
{
    rememberFilesOf(imageWith(m_folder / "dream", m_folder / "words", m_folder / "start.png"));
    GenerationRecord record;
    record.request.model.path = "nightmare"; // the same header, so the same hash
    record.provenance.emplace().modelHash = "bb";
    locateFiles(record);
    EXPECT_EQ(record.request.model.path, "nightmare");
}

TEST_F(KnownFiles, theOneUsedLastCountsAndWhatIsGoneDoesNot)
{
    const std::string first = m_folder / "a/dream", second = m_folder / "b/dream";
    const GeneratedImage older = imageWith(first, m_folder / "words", m_folder / "start.png");
    rememberFilesOf(older);
    rememberFilesOf(imageWith(second, m_folder / "words", m_folder / "start.png"));
    EXPECT_EQ(knownFile("bb", "dream"), second);
    rememberFilesOf(older);
    EXPECT_EQ(knownFile("bb", "dream"), first);
    fs::remove(first);
    EXPECT_EQ(knownFile("bb", "dream"), second);
    fs::remove(second);
    EXPECT_FALSE(knownFile("bb", "dream"));
}

TEST_F(KnownFiles, aDamagedListIsAsIfThereWereNone)
{
    fs::create_directories(m_folder / "state/unfog");
    std::ofstream(m_folder / "state/unfog/known-files.json") << std::string(100'000, '[');
    EXPECT_FALSE(knownFile("bb", ""));
    rememberFilesOf(imageWith(m_folder / "dream", m_folder / "words", m_folder / "start.png"));
    EXPECT_TRUE(knownFile("bb", "dream"));
}

} // namespace
} // namespace unfog

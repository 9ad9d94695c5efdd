#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <set>
#include <thread>
#include <vector>

#include <sys/mount.h>
#include <sys/resource.h>

#include "base/files/read_file.h"
#include "base/files/temporary_file.h"
#include "base/files/write_file.h"
#include "image_files/sample_files.h"

namespace unfog {
namespace {

namespace fs = std::filesystem;
using samples::bytesOf;

class WriteFile : public testing::Test {
protected:
    void SetUp() override
    {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        m_folder = fs::path(testing::TempDir()) / (std::string("unfog_write_") + info->name());
        fs::remove_all(m_folder);
        fs::create_directories(m_folder);
        m_file = m_folder / "picture.png";
    }
    void TearDown() override { fs::remove_all(m_folder); }

    static auto entriesIn(const fs::path& folder)
    {
        return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
    }

    fs::path m_folder, m_file;
};

/// No file of this process may grow beyond the limit while this lives.
class FileSizeLimit final {
public:
    explicit FileSizeLimit(rlim_t bytes) : m_handler(std::signal(SIGXFSZ, SIG_IGN))
    {
        getrlimit(RLIMIT_FSIZE, &m_old);
        rlimit limit = m_old;
        limit.rlim_cur = bytes;
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit()
    {
        setrlimit(RLIMIT_FSIZE, &m_old);
        std::signal(SIGXFSZ, m_handler);
    }

private:
    rlimit m_old{};
    void (*m_handler)(int);
};

TEST_F(WriteFile, theFileHoldsTheBytesAndNothingIsLeftBeside)
{
    for (const Bytes& bytes : {bytesOf("first"), Bytes(3 << 20, std::byte{7}), Bytes{}}) {
        ASSERT_TRUE(writeFileAtomically(m_file, bytes));
        EXPECT_EQ(readFile(m_file).value(), bytes);
        EXPECT_EQ(entriesIn(m_folder), 1);
    }
}

TEST_F(WriteFile, aRelativeNameIsOfTheWorkingFolder)
{
    const fs::path old = fs::current_path();
    fs::current_path(m_folder);
    const auto written = writeFileAtomically("plain.png", bytesOf("x"));
    fs::current_path(old);
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(readFile(m_folder / "plain.png").value(), bytesOf("x"));
}

TEST_F(WriteFile, aWriteThatStopsShortKeepsTheOldFile)
{
    ASSERT_TRUE(writeFileAtomically(m_file, bytesOf("old")));
    const auto written = [&] {
        const FileSizeLimit limit(1 << 20);
        return writeFileAtomically(m_file, Bytes(3 << 20));
    }();
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::Io);
    EXPECT_NE(written.error().message.find("picture.png was not saved: "), std::string::npos);
    EXPECT_NE(written.error().message.find("3145728 bytes are needed, "), std::string::npos)
        << written.error().message;
    EXPECT_EQ(readFile(m_file).value(), bytesOf("old"));
    EXPECT_EQ(entriesIn(m_folder), 1);
}

TEST_F(WriteFile, aFullDiskIsNamedAndKeepsTheOldFile)
{
    const fs::path disk = m_folder / "disk";
    fs::create_directory(disk);
    if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=1m") != 0)
        GTEST_SKIP() << "mounting a small disk needs root; the size limit above tests the same path";
    const fs::path file = disk / "picture.png";
    const auto first = writeFileAtomically(file, bytesOf("old"));
    const auto written = writeFileAtomically(file, Bytes(3 << 20));
    const auto kept = readFile(file);
    const auto entries = entriesIn(disk);
    umount(disk.c_str());
    ASSERT_TRUE(first);
    ASSERT_FALSE(written);
    EXPECT_NE(
        written.error().message.find("the disk is full: 3145728 bytes are needed, 1044480 are available"),
        std::string::npos)
        << written.error().message;
    EXPECT_EQ(kept.value(), bytesOf("old"));
    EXPECT_EQ(entries, 1);
}

TEST_F(WriteFile, foldersThatCannotBeWrittenAreNamed)
{
    fs::create_directory(m_file);
    for (const fs::path& file :
         {m_folder / "missing" / "picture.png", fs::path("/proc/picture.png"), m_file}) {
        const auto written = writeFileAtomically(file, bytesOf("x"));
        ASSERT_FALSE(written) << file;
        EXPECT_EQ(written.error().kind, ErrorKind::Io);
        EXPECT_NE(written.error().message.find(file.string()), std::string::npos);
    }
    EXPECT_EQ(entriesIn(m_folder), 1);
    EXPECT_EQ(entriesIn(m_file), 0);
}

TEST_F(WriteFile, writersOfOneNameAllGetAFileOfTheirOwn)
{
    constexpr int writers = 4, files = 25;
    std::vector<std::jthread> threads;
    std::vector<std::vector<fs::path>> written(writers);
    for (int writer = 0; writer < writers; ++writer)
        threads.emplace_back([&, writer] {
            for (int i = 0; i < files; ++i)
                if (const auto file = writeUnderFreeName(m_folder, "picture", "png",
                                                         bytesOf(std::to_string(writer * files + i))))
                    written[static_cast<std::size_t>(writer)].push_back(*file);
        });
    threads.clear();
    std::set<fs::path> names;
    std::set<std::string> contents;
    for (const auto& list : written)
        for (const fs::path& file : list) {
            names.insert(file);
            const Bytes bytes = readFile(file).value();
            contents.emplace(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        }
    EXPECT_EQ(names.size(), std::size_t(writers * files));
    EXPECT_EQ(contents.size(), std::size_t(writers * files));
    EXPECT_EQ(entriesIn(m_folder), writers * files);
}

TEST_F(WriteFile, aNewFileReplacesNothingNotEvenALinkThatLeadsNowhere)
{
    ASSERT_TRUE(writeFileAtomically(m_file, bytesOf("old")));
    EXPECT_FALSE(writeNewFile(m_file, bytesOf("new")).value());
    EXPECT_EQ(readFile(m_file).value(), bytesOf("old"));
    fs::create_symlink(m_folder / "nowhere", m_folder / "link.png");
    EXPECT_FALSE(writeNewFile(m_folder / "link.png", bytesOf("new")).value());
    EXPECT_EQ(writeUnderFreeName(m_folder, "link", "png", bytesOf("new")).value(), m_folder / "link-2.png");
    EXPECT_EQ(entriesIn(m_folder), 3);
}

TEST_F(WriteFile, probingMakesTheFolderAndLeavesNothingInIt)
{
    const fs::path folder = m_folder / "new" / "deep";
    const auto probed = probeFolder(folder);
    ASSERT_TRUE(probed) << probed.error().message;
    EXPECT_EQ(entriesIn(folder), 0);
    ASSERT_TRUE(writeFileAtomically(m_file, bytesOf("x")));
    for (const fs::path& bad : {m_file, m_file / "below", fs::path("/proc/self"), fs::path("/dev/null")}) {
        const auto refused = probeFolder(bad);
        ASSERT_FALSE(refused) << bad;
        EXPECT_EQ(refused.error().kind, ErrorKind::Io);
        EXPECT_NE(refused.error().message.find("No file can be saved in " + bad.string()), std::string::npos)
            << refused.error().message;
    }
}

struct Part {
    const char* name;
    bool isStale;
};

class StaleParts : public WriteFile, public testing::WithParamInterface<Part> {};

TEST_P(StaleParts, areKnownByTheirName)
{
    ASSERT_TRUE(writeFileAtomically(m_folder / GetParam().name, bytesOf("half an ima")));
    removeStaleParts(m_folder);
    EXPECT_EQ(!fs::exists(m_folder / GetParam().name), GetParam().isStale);
}

INSTANTIATE_TEST_SUITE_P(Names, StaleParts,
                         testing::Values(Part{".unfog-2864434397.part", true},
                                         Part{".unfog-0e5a3b1c-6f0e-4a87-9c51-0a4f0b1d2e3f.part", true},
                                         Part{".unfog-.part", false}, Part{".unfog-mine.part", false},
                                         Part{"unfog-12.part", false}, Part{".unfog-12.part.png", false},
                                         Part{".unfog-12.png", false}, Part{"picture.png", false}));

TEST_F(WriteFile, onlyPartsThatNobodyWritesAreRemoved)
{
    fs::create_directories(m_folder / "below");
    const fs::path target = m_folder / "target.part";
    ASSERT_TRUE(writeFileAtomically(target, bytesOf("kept")));
    fs::create_symlink(target, m_folder / ".unfog-1.part");
    fs::create_directory(m_folder / ".unfog-2.part");
    ASSERT_TRUE(writeFileAtomically(m_folder / ".unfog-3.part", bytesOf("stale")));
    ASSERT_TRUE(writeFileAtomically(m_folder / "below" / ".unfog-4.part", bytesOf("stale")));
    auto beingWritten = TemporaryFile::create(m_folder);
    ASSERT_TRUE(beingWritten);
    ASSERT_EQ(beingWritten->write(bytesOf("new")), 0);

    removeStaleParts(m_folder);
    EXPECT_FALSE(fs::exists(m_folder / ".unfog-3.part"));
    EXPECT_TRUE(fs::exists(m_folder / "below" / ".unfog-4.part"));
    removeStaleParts(m_folder, true);
    EXPECT_FALSE(fs::exists(m_folder / "below" / ".unfog-4.part"));
    EXPECT_TRUE(fs::is_symlink(m_folder / ".unfog-1.part"));
    EXPECT_TRUE(fs::is_directory(m_folder / ".unfog-2.part"));
    EXPECT_EQ(readFile(target).value(), bytesOf("kept"));

    ASSERT_EQ(beingWritten->renameTo(m_file), 0);
    EXPECT_EQ(readFile(m_file).value(), bytesOf("new"));
    removeStaleParts(m_folder / "missing", true);
}

} // namespace
} // namespace unfog

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <iterator>

#include <sys/mount.h>
#include <sys/resource.h>

#include "image_files/read_file.h"
#include "image_files/sample_files.h"
#include "image_files/write_file.h"

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

} // namespace
} // namespace unfog

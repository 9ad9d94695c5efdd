#include <csignal>

#include <sys/resource.h>
#include <sys/wait.h>

#include <gtest/gtest.h>

#include "weights/crafted_files.h"
#include "weights/files/safetensors_file.h"
#include "weights/files/safetensors_writer.h"

namespace unfog {
namespace {

using testing::asBytes;
using testing::readFile;
using testing::TemporaryFolder;
using testing::writeFile;

TensorsToWrite someTensors()
{
    return {{"byte", {Dtype::U8, {3}, asBytes("abc")}},
            {"double", {Dtype::F64, {1, 1}, asBytes("12345678")}},
            {"empty", {Dtype::F32, {2, 0}, {}}},
            {"half", {Dtype::F16, {2}, asBytes("wxyz")}},
            {"näme \"\n", {Dtype::BF16, {}, asBytes("hi")}}};
}

TEST(SafetensorsWriter, whatIsWrittenIsRead)
{
    TemporaryFolder folder;
    std::filesystem::path path = folder / "m.safetensors";
    ASSERT_TRUE(writeSafetensors(path, someTensors(), {{"k", "v\"é"}}).has_value());
    auto file = SafetensorsFile::open(path);
    ASSERT_TRUE(file.has_value()) << file.error().message;
    EXPECT_EQ((*file)->metadata(), (std::map<std::string, std::string>{{"k", "v\"é"}}));
    ASSERT_EQ((*file)->tensors().size(), someTensors().size());
    for (const auto& [name, tensor] : someTensors()) {
        const TensorInfo* info = (*file)->find(name);
        ASSERT_NE(info, nullptr) << name;
        EXPECT_EQ(info->dtype, tensor.dtype);
        EXPECT_EQ(info->shape, tensor.shape);
        const auto bytes = (*file)->bytes(name).value();
        EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), tensor.bytes.begin(), tensor.bytes.end())) << name;
        EXPECT_EQ(info->byteOffset % (static_cast<unsigned>(dtypeBits(info->dtype)) / 8), 0u) << name;
    }
}

TEST(SafetensorsWriter, sameInputGivesSameBytesAndAnAlignedHeader)
{
    TemporaryFolder folder;
    ASSERT_TRUE(writeSafetensors(folder / "a", someTensors(), {{"k", "v"}}).has_value());
    ASSERT_TRUE(writeSafetensors(folder / "b", someTensors(), {{"k", "v"}}).has_value());
    std::string written = readFile(folder / "a");
    EXPECT_EQ(written, readFile(folder / "b"));
    EXPECT_EQ(static_cast<unsigned char>(written[0]) % 8, 0);
    EXPECT_EQ(written[8], '{');
}

TEST(SafetensorsWriter, aFailureKeepsTheOldFileAndLeavesNothingBehind)
{
    TemporaryFolder folder;
    writeFile(folder / "m.safetensors", "old");
    TensorsToWrite wrongSize{{"x", {Dtype::F32, {2}, asBytes("1234567")}}};
    auto refused = writeSafetensors(folder / "m.safetensors", wrongSize);
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().message.find("needs 8 bytes, given 7"), std::string::npos)
        << refused.error().message;
    EXPECT_FALSE(writeSafetensors(folder / "m.safetensors", {}, {{"k", "\xff"}}).has_value());
    EXPECT_EQ(readFile(folder / "m.safetensors"), "old");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
    EXPECT_FALSE(writeSafetensors(folder / "no/such/folder", someTensors()).has_value());
}

TEST(SafetensorsWriter, aTargetThatCannotBeReplacedIsAnErrorAndLeavesNothing)
{
    TemporaryFolder folder;
    std::filesystem::create_directories(folder / "m.safetensors" / "inside");
    auto refused = writeSafetensors(folder / "m.safetensors", someTensors());
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ErrorKind::Io);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

// A file that may not grow fails as a full disk does: the first write is short, the next one refused.
TEST(SafetensorsWriter, aShortWriteIsAnErrorAndKeepsTheOldFile)
{
    TemporaryFolder folder;
    writeFile(folder / "m.safetensors", "old");
    std::string megabyte(1 << 20, 'x');
    pid_t child = ::fork();
    if (child == 0) {
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit limit{65536, 65536};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        auto written =
            writeSafetensors(folder / "m.safetensors", {{"x", {Dtype::U8, {1 << 20}, asBytes(megabyte)}}});
        ::_exit(written.has_value() ? 1 : 0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_EQ(readFile(folder / "m.safetensors"), "old");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

} // namespace
} // namespace unfog

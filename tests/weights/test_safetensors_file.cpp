#include <sys/resource.h>
#include <sys/wait.h>

#include <gtest/gtest.h>

#include "base/sha256.h"
#include "weights/crafted_files.h"
#include "weights/files/safetensors_file.h"

namespace unfog {
namespace {

using testing::asBytes;
using testing::craft;
using testing::readFile;
using testing::TemporaryFolder;
using testing::writeFile;

const std::string kTwoTensors =
    R"({"__metadata__":{"k":"v"},"b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]},)"
    R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";

std::string twoTensorFile()
{
    std::string file = craft(kTwoTensors);
    file.append("\x00\x00\x80\x3f", 4);
    return file + "xyz";
}

TEST(SafetensorsFile, givesMetadataTensorsAndBytes)
{
    TemporaryFolder folder;
    writeFile(folder / "m.safetensors", twoTensorFile());
    auto file = SafetensorsFile::open(folder / "m.safetensors");
    ASSERT_TRUE(file.has_value()) << file.error().message;
    EXPECT_EQ((*file)->metadata().at("k"), "v");
    EXPECT_EQ((*file)->fileBytes(), twoTensorFile().size());
    const auto bytes = (*file)->bytes("b").value();
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), "xyz");
    std::string middle(1, ' ');
    ASSERT_TRUE((*file)->read(*(*file)->find("b"), 1, std::as_writable_bytes(std::span(middle))).has_value());
    EXPECT_EQ(middle, "y");
    EXPECT_EQ((*file)->find("c"), nullptr);
}

TEST(SafetensorsFile, hashIsThatOfHeaderAndSize)
{
    TemporaryFolder folder;
    writeFile(folder / "m.safetensors", twoTensorFile());
    std::string hashed = craft(kTwoTensors);
    for (int i = 0; i < 8; ++i)
        hashed.push_back(static_cast<char>(twoTensorFile().size() >> (8 * i)));
    EXPECT_EQ((*SafetensorsFile::open(folder / "m.safetensors"))->headerSha256(), sha256Hex(asBytes(hashed)));
}

TEST(SafetensorsFile, everyCutIsRefusedAndNamesTheFile)
{
    TemporaryFolder folder;
    std::string whole = twoTensorFile();
    std::filesystem::path path = folder / "cut.safetensors";
    ASSERT_GT(whole.size(), 100u);
    for (std::size_t length = 0; length < whole.size(); ++length) {
        writeFile(path, whole.substr(0, length));
        auto file = SafetensorsFile::open(path);
        ASSERT_FALSE(file.has_value()) << length;
        EXPECT_EQ(file.error().kind, ErrorKind::BadFile);
        EXPECT_NE(file.error().message.find(path.string()), std::string::npos);
        EXPECT_NE(file.error().message.find(length < 8 ? "too short" : "incomplete"), std::string::npos)
            << file.error().message;
    }
}

TEST(SafetensorsFile, aRealModelCutAtTwoHundredPointsIsIncomplete)
{
    TemporaryFolder folder;
    std::string whole = readFile(std::filesystem::path(UNFOG_REFERENCE_DIR) /
                                 "models/tiny-sd15/vae/diffusion_pytorch_model.safetensors");
    ASSERT_GT(whole.size(), 1'000'000u);
    std::filesystem::path path = folder / "cut.safetensors";
    writeFile(path, whole);
    ASSERT_TRUE(SafetensorsFile::open(path).has_value());
    for (std::size_t i = 200; i-- > 0;) {
        std::filesystem::resize_file(path, 8 + (whole.size() - 9) * i / 199);
        auto file = SafetensorsFile::open(path);
        ASSERT_FALSE(file.has_value()) << i;
        EXPECT_NE(file.error().message.find("incomplete"), std::string::npos) << file.error().message;
    }
}

TEST(SafetensorsFile, whatIsNoFileIsRefused)
{
    TemporaryFolder folder;
    auto missing = SafetensorsFile::open(folder / "none.safetensors");
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().kind, ErrorKind::Io);
    auto directory = SafetensorsFile::open(folder.path());
    ASSERT_FALSE(directory.has_value());
    EXPECT_NE(directory.error().message.find("not a regular file"), std::string::npos);
}

TEST(SafetensorsFile, renamedPickleIsUnsupportedWithTheReason)
{
    TemporaryFolder folder;
    std::string zip = "PK\x03\x04";
    writeFile(folder / "m.safetensors", zip.append(100, 'z'));
    auto file = SafetensorsFile::open(folder / "m.safetensors");
    ASSERT_FALSE(file.has_value());
    EXPECT_EQ(file.error().kind, ErrorKind::Unsupported);
    EXPECT_NE(file.error().message.find("pickle can run code"), std::string::npos) << file.error().message;
}

TEST(SafetensorsFile, changesUnderTheOpenFileAreSeen)
{
    TemporaryFolder folder;
    std::filesystem::path path = folder / "m.safetensors";
    auto reopen = [&] {
        std::filesystem::remove(path);
        writeFile(path, twoTensorFile());
        return *SafetensorsFile::open(path);
    };
    auto file = reopen();
    EXPECT_TRUE(file->unchanged().has_value());

    std::filesystem::resize_file(path, twoTensorFile().size() - 2);
    EXPECT_FALSE(file->unchanged().has_value());
    std::string buffer(3, ' ');
    auto read = file->read(*file->find("b"), 0, std::as_writable_bytes(std::span(buffer)));
    ASSERT_FALSE(read.has_value());
    EXPECT_NE(read.error().message.find("changed"), std::string::npos) << read.error().message;

    file = reopen();
    const std::string hash = file->headerSha256();
    std::filesystem::resize_file(path, 0); // a mapping would end the program here
    EXPECT_EQ(file->headerSha256(), hash);
    EXPECT_FALSE(file->bytes("b").has_value());

    file = reopen();
    std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) + std::chrono::hours(1));
    EXPECT_FALSE(file->unchanged().has_value());

    file = reopen();
    writeFile(folder / "other", twoTensorFile());
    std::filesystem::rename(folder / "other", path);
    EXPECT_FALSE(file->unchanged().has_value());

    file = reopen();
    std::filesystem::remove(path);
    auto gone = file->unchanged();
    ASSERT_FALSE(gone.has_value());
    EXPECT_NE(gone.error().message.find("changed"), std::string::npos);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) // these reserve terabytes of addresses

// Opens `path` in a child whose address space may grow by `growthBytes` only. 0 refused, 1 opened, 2 out of
// memory.
int openWithLittleMemory(const std::filesystem::path& path, std::uint64_t growthBytes)
{
    pid_t child = ::fork();
    if (child == 0) {
        std::uint64_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        rlimit limit{};
        limit.rlim_cur = limit.rlim_max = pages * static_cast<std::uint64_t>(::getpagesize()) + growthBytes;
        ::setrlimit(RLIMIT_AS, &limit);
        int answer = 2;
        try {
            answer = SafetensorsFile::open(path).has_value() ? 1 : 0;
        } catch (const std::bad_alloc&) {
        }
        ::_exit(answer);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

TEST(SafetensorsFile, claimsOfSizeAllocateNothing)
{
    TemporaryFolder folder;
    std::filesystem::path path = folder / "m.safetensors";
    constexpr std::uint64_t kMegabyte = 1 << 20;
    for (const std::string& file :
         {craft(R"({"x":{"dtype":"F64","shape":[1099511627776],"data_offsets":[0,8796093022208]}})"),
          std::string("\x00\xe1\xf5\x05\0\0\0\0{}", 10), // a header of 100,000,000 bytes
          std::string("\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10)}) {
        writeFile(path, file);
        EXPECT_EQ(openWithLittleMemory(path, 16 * kMegabyte), 0);
    }
    writeFile(path, twoTensorFile());
    EXPECT_EQ(openWithLittleMemory(path, 16 * kMegabyte), 1);
}

TEST(SafetensorsFile, hundredMegabyteHeadersStayUnderAGigabyte)
{
    TemporaryFolder folder;
    std::filesystem::path path = folder / "m.safetensors";
    constexpr std::size_t kHeaderBytes = 100'000'000;
    auto write = [&](std::string json) {
        ASSERT_LE(json.size(), kHeaderBytes);
        json.resize(kHeaderBytes, ' ');
        writeFile(path, craft(json, 8));
    };
    // Ten million entries of ten bytes, then tensors that all overlap, then one endless name.
    std::string entries = "{";
    for (int i = 0; entries.size() < kHeaderBytes - 20; ++i)
        entries += (i ? ",\"" : "\"") + std::to_string(i) + "\":0";
    write(entries + "}");
    EXPECT_EQ(openWithLittleMemory(path, 1'000'000'000), 0);

    std::string tensors = "{";
    for (int i = 0; tensors.size() < kHeaderBytes - 100; ++i)
        tensors +=
            (i ? ",\"" : "\"") + std::to_string(i) + R"(":{"dtype":"U8","shape":[8],"data_offsets":[0,8]})";
    write(tensors + "}");
    EXPECT_EQ(openWithLittleMemory(path, 1'000'000'000), 0);

    std::string name = "{\"";
    write(name.append(kHeaderBytes - 10, 'n').append("\":0}"));
    EXPECT_EQ(openWithLittleMemory(path, 1'000'000'000), 0);
}
#endif

} // namespace
} // namespace unfog

#include <limits>

#include <gtest/gtest.h>

#include "weights/crafted_files.h"
#include "weights/files/tensor_io.h"

namespace unfog {
namespace {

using testing::craft;
using testing::TemporaryFolder;
using testing::writeFile;

TEST(TensorIo, everySupportedDtypeSurvivesTheRoundTrip)
{
    TemporaryFolder folder;
    std::map<std::string, at::Tensor> tensors;
    for (at::ScalarType type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt,
                                at::kShort, at::kChar, at::kByte, at::kBool})
        tensors[c10::toString(type)] =
            at::arange(12, at::kDouble).reshape({3, 4}).sub(type == at::kByte ? 0 : 6).to(type);
    tensors["scalar"] = at::full({}, 2.5);
    tensors["empty"] = at::empty({0, 3});
    tensors["strided"] = at::arange(6, at::kFloat).reshape({2, 3}).t();
    ASSERT_TRUE(writeTensors(folder / "m.safetensors", tensors, {{"k", "v"}}).has_value());

    auto read = readTensors(folder / "m.safetensors");
    ASSERT_TRUE(read.has_value()) << read.error().message;
    auto file = SafetensorsFile::open(folder / "m.safetensors");
    ASSERT_EQ(read->size(), tensors.size());
    for (const auto& [name, tensor] : tensors) {
        EXPECT_EQ(read->at(name).scalar_type(), tensor.scalar_type()) << name;
        EXPECT_TRUE(at::equal(read->at(name), tensor)) << name;
        EXPECT_TRUE(at::equal(*readTensor(**file, name), tensor)) << name;
    }
}

TEST(TensorIo, misalignedTensorsAreRead)
{
    TemporaryFolder folder;
    std::string file = craft(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} )"
                             "  ");
    ASSERT_NE(file.size() % 4, 0u);
    file.append("\x00\x00\xc0\x3f", 4);
    writeFile(folder / "m.safetensors", file);
    auto opened = SafetensorsFile::open(folder / "m.safetensors");
    EXPECT_EQ(readTensor(**opened, "x")->item<float>(), 1.5f);
}

TEST(TensorIo, otherDtypesAreUnsupportedByName)
{
    TemporaryFolder folder;
    for (const char* dtype : {"F8_E4M3", "F8_E5M2", "U16", "U32", "U64", "C64", "F4"}) {
        int bits = dtypeBits(*dtypeFromName(dtype));
        writeFile(folder / "m.safetensors",
                  craft(R"({"x":{"dtype":")" + std::string(dtype) + R"(","shape":[8],"data_offsets":[0,)" +
                            std::to_string(bits) + "]}}",
                        static_cast<std::size_t>(bits)));
        auto opened = SafetensorsFile::open(folder / "m.safetensors");
        ASSERT_TRUE(opened.has_value());
        auto tensor = readTensor(**opened, "x");
        ASSERT_FALSE(tensor.has_value());
        EXPECT_EQ(tensor.error().kind, ErrorKind::Unsupported);
        EXPECT_NE(tensor.error().message.find(dtype), std::string::npos) << tensor.error().message;
    }
    EXPECT_FALSE(writeTensors(folder / "m", {{"x", at::zeros({1}, at::kComplexFloat)}}).has_value());
}

TEST(TensorIo, absentTensorsAreNamed)
{
    TemporaryFolder folder;
    writeFile(folder / "m.safetensors", craft("{}"));
    auto opened = SafetensorsFile::open(folder / "m.safetensors");
    auto tensor = readTensor(**opened, "conv_in.weight");
    ASSERT_FALSE(tensor.has_value());
    EXPECT_NE(tensor.error().message.find("\"conv_in.weight\""), std::string::npos);
}

TEST(TensorIo, largeTensorsAreReadByManyThreadsExactly)
{
    TemporaryFolder folder;
    at::Tensor values = at::arange(5'000'000, at::kInt).reshape({5000, 1000});
    ASSERT_TRUE(writeTensors(folder / "m.safetensors", {{"x", values}}).has_value());
    auto store = TensorStore::open(folder / "m.safetensors");
    EXPECT_TRUE(at::equal(*readTensor(*store->find("x")), values));
    TensorStore view = store->view({{"rows", "x", 1000, 3000}, {"turned", "x", 0, -1, true}});
    EXPECT_TRUE(at::equal(*readTensor(*view.find("rows")), values.slice(0, 1000, 4000)));
    EXPECT_TRUE(at::equal(*readTensor(*view.find("turned")), values.t()));
}

} // namespace
} // namespace unfog

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "weights/crafted_files.h"
#include "weights/files/tensor_io.h"
#include "weights/parameters/random_parameters.h"
#include "weights/parameters/stored_parameters.h"

namespace unfog {
namespace {

using testing::craft;
using testing::TemporaryFolder;
using testing::writeFile;

class StoredParametersTest : public ::testing::Test {
protected:
    StoredParameters parameters(const std::map<std::string, at::Tensor>& tensors,
                                at::ScalarType dtype = at::kFloat)
    {
        EXPECT_TRUE(writeTensors(m_folder / "m.safetensors", tensors).has_value());
        return {*TensorStore::open(m_folder / "m.safetensors"), "unet", dtype, at::kCPU};
    }

    TemporaryFolder m_folder;
};

TEST_F(StoredParametersTest, allHalfValuesConvertExactly)
{
    // Every one of the 65536 bit patterns, NaN and subnormals included.
    at::Tensor bits = at::arange(65536, at::kInt).to(at::kShort);
    at::Tensor halves = bits.view(at::kHalf);
    StoredParameters source = parameters({{"x", halves}});
    at::Tensor floats = source.tensor("x", {65536});
    ASSERT_EQ(floats.scalar_type(), at::kFloat);
    for (int i = 0; i < 65536; ++i) {
        int exponent = (i >> 10) & 31;
        double fraction = (i & 1023) / 1024.0;
        double expected = exponent == 0 ? std::ldexp(fraction, -14)
                          : exponent == 31
                              ? (fraction == 0 ? std::numeric_limits<double>::infinity() : std::nan(""))
                              : std::ldexp(1.0 + fraction, exponent - 15);
        double found = floats.data_ptr<float>()[i];
        if (std::isnan(expected))
            ASSERT_TRUE(std::isnan(found)) << i;
        else
            ASSERT_EQ(found, (i & 0x8000) ? -expected : expected) << i;
    }
}

TEST_F(StoredParametersTest, convertsEveryFloatingDtypeToTheOneAskedFor)
{
    at::Tensor values = at::arange(-4, 4, at::kFloat).div(4);
    for (at::ScalarType stored : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16})
        for (at::ScalarType wanted : {at::kFloat, at::kHalf, at::kBFloat16, at::kDouble}) {
            StoredParameters source = parameters({{"x", values.to(stored)}}, wanted);
            at::Tensor read = source.tensor("x", {8});
            EXPECT_EQ(read.scalar_type(), wanted);
            EXPECT_TRUE(at::equal(read.to(at::kFloat), values));
            EXPECT_TRUE(source.finish().has_value());
        }
}

TEST_F(StoredParametersTest, leavesNarrowNumbersAsTheyAreWhereAsked)
{
    at::Tensor values = at::arange(-4, 4, at::kFloat).div(4);
    for (at::ScalarType stored : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16}) {
        StoredParameters source = parameters({{"x", values.to(stored)}});
        source.keepNarrow();
        at::Tensor read = source.tensor("x", {8});
        const bool isNarrow = stored == at::kHalf || stored == at::kBFloat16;
        EXPECT_EQ(read.scalar_type(), isNarrow ? stored : at::kFloat);
        EXPECT_TRUE(at::equal(read.to(at::kFloat), values));
    }
}

TEST_F(StoredParametersTest, prefixesJoinToNames)
{
    StoredParameters source = parameters({{"down_blocks.1.conv.weight", at::ones({2, 2})}});
    Parameters level = Parameters(source) / "down_blocks" / 1;
    EXPECT_TRUE((level / "conv").has("weight"));
    EXPECT_FALSE((level / "conv").has("bias"));
    EXPECT_TRUE(at::equal((level / "conv")("weight", {2, 2}), at::ones({2, 2})));
}

TEST_F(StoredParametersTest, linearAndConvolutionShapesAreInterchangeable)
{
    at::Tensor matrix = at::arange(6, at::kFloat).reshape({2, 3});
    StoredParameters source = parameters({{"conv", matrix.reshape({2, 3, 1, 1})}, {"linear", matrix}});
    EXPECT_TRUE(at::equal(source.tensor("conv", {2, 3}), matrix));
    EXPECT_TRUE(at::equal(source.tensor("linear", {2, 3, 1, 1}), matrix.reshape({2, 3, 1, 1})));
    EXPECT_TRUE(source.finish().has_value());
}

TEST_F(StoredParametersTest, everyProblemIsSaidAtOnce)
{
    std::map<std::string, at::Tensor> tensors{{"short", at::ones({2})}, {"turned", at::ones({3, 2})}};
    for (int i = 0; i < 7; ++i)
        tensors["extra." + std::to_string(i)] = at::ones({1});
    StoredParameters source = parameters(tensors);
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(source.tensor("missing." + std::to_string(i), {4, 5}).sizes(),
                  (std::vector<std::int64_t>{4, 5}));
    source.tensor("short", {3});
    source.tensor("turned", {2, 3});
    auto finished = source.finish();
    ASSERT_FALSE(finished.has_value());
    EXPECT_EQ(finished.error().kind, ErrorKind::BadFile);
    const std::string& text = finished.error().message;
    for (const char* part : {"unet", "m.safetensors", "6 tensors missing", "missing.0", "missing.4",
                             "2 of another shape", "\"short\" (expected [3], found [2])",
                             "expected [2, 3], found [3, 2]", "7 unexpected", "extra.4", "…"})
        EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
    EXPECT_EQ(text.find("missing.5"), std::string::npos) << text;
    EXPECT_EQ(text.find("extra.5"), std::string::npos) << text;
}

TEST_F(StoredParametersTest, unexpectedTensorsAloneAreANoteAndHarmlessOnesNot)
{
    StoredParameters source = parameters({{"x", at::ones({1})},
                                          {"text_model.embeddings.position_ids", at::ones({1, 77})},
                                          {"encoder.conv_in.weight", at::ones({1})},
                                          {"adapter.weight", at::ones({1})}});
    source.tensor("x", {1});
    source.skip("encoder.");
    EXPECT_TRUE(source.finish().has_value());
    EXPECT_EQ(source.unexpected(), std::vector<std::string>{"\"adapter.weight\""});
    ASSERT_TRUE(source.unexpectedNote().has_value());
    EXPECT_NE(source.unexpectedNote()->find("adapter.weight"), std::string::npos);
    source.tensor("adapter.weight", {1});
    EXPECT_FALSE(source.unexpectedNote().has_value());
}

TEST_F(StoredParametersTest, unsupportedDtypesAndChangedFilesAreErrors)
{
    writeFile(m_folder / "m.safetensors",
              craft(R"({"x":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}})", 1));
    StoredParameters eight(*TensorStore::open(m_folder / "m.safetensors"), "unet", at::kFloat, at::kCPU);
    EXPECT_EQ(eight.tensor("x", {1}).numel(), 1);
    ASSERT_FALSE(eight.finish().has_value());
    EXPECT_NE(eight.finish().error().message.find("F8_E4M3"), std::string::npos);

    StoredParameters source = parameters({{"x", at::ones({1000})}});
    std::filesystem::resize_file(m_folder / "m.safetensors", 200);
    source.tensor("x", {1000});
    ASSERT_FALSE(source.finish().has_value());
    EXPECT_NE(source.finish().error().message.find("changed"), std::string::npos);
}

TEST(PlaceholderTensor, takesNoMemory)
{
    at::Tensor placeholder = placeholderTensor({1 << 20, 1 << 20}, at::TensorOptions().dtype(at::kHalf));
    EXPECT_EQ(placeholder.sizes(), (std::vector<std::int64_t>{1 << 20, 1 << 20}));
    EXPECT_EQ(placeholder.storage().nbytes(), 2u);
    EXPECT_EQ(placeholder.scalar_type(), at::kHalf);
}

TEST(RandomParameters, areScaledRepeatableAndIndependentOfOrder)
{
    RandomParameters first(7, at::kFloat, at::kCPU);
    RandomParameters second(7, at::kFloat, at::kCPU);
    RandomParameters other(8, at::kFloat, at::kCPU);
    at::Tensor a = first.tensor("conv.weight", {64, 100, 3, 3});
    second.tensor("something.else", {10, 10});
    EXPECT_TRUE(at::equal(a, second.tensor("conv.weight", {64, 100, 3, 3})));
    EXPECT_FALSE(at::equal(a, other.tensor("conv.weight", {64, 100, 3, 3})));
    EXPECT_FALSE(at::equal(a, first.tensor("conv2.weight", {64, 100, 3, 3})));
    // 57,600 samples of variance 1/900: the estimate's own deviation is 0.6 %.
    EXPECT_NEAR(a.var().item<double>() * 900, 1.0, 0.04);
    EXPECT_TRUE(at::equal(first.tensor("norm.weight", {5}), at::ones({5})));
    EXPECT_TRUE(at::equal(first.tensor("norm.bias", {5}), at::zeros({5})));
    first.leaveOut("quant_conv.weight");
    EXPECT_FALSE(first.has("quant_conv.weight"));
    EXPECT_TRUE(first.has("conv.weight"));
}

} // namespace
} // namespace unfog

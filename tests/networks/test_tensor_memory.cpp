#include <gtest/gtest.h>

#include <ATen/ATen.h>

#include "networks/tensor_memory.h"

namespace unfog::test {

namespace {

class TensorMemoryTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        keepTensorMemory();
        releaseKeptTensorMemory();
    }

    static at::Tensor large() { return at::ones({1 << 18}); }
};

} // namespace

TEST_F(TensorMemoryTest, aFreedBlockServesTheNextTensorOfItsSize)
{
    const void* const first = large().data_ptr();
    const TensorMemory between = tensorMemory();
    EXPECT_GE(between.keptBytes, 1 << 20);
    const at::Tensor again = large();
    EXPECT_EQ(again.data_ptr(), first);
    EXPECT_EQ(tensorMemory().systemRequests, between.systemRequests);
    EXPECT_TRUE(again.eq(1.0).all().item<bool>());
}

TEST_F(TensorMemoryTest, countsWhatIsInUseAndItsPeak)
{
    const std::int64_t before = tensorMemory().inUseBytes;
    resetPeakTensorMemory();
    {
        const at::Tensor a = large(), b = large();
        EXPECT_GE(tensorMemory().inUseBytes - before, 2 << 20);
        EXPECT_LE(tensorMemory().inUseBytes - before, (2 << 20) * 9 / 8);
    }
    EXPECT_EQ(tensorMemory().inUseBytes, before);
    EXPECT_GE(tensorMemory().peakBytes - before, 2 << 20);
    resetPeakTensorMemory();
    EXPECT_EQ(tensorMemory().peakBytes, before);
}

TEST_F(TensorMemoryTest, givesEverythingBackWhenAsked)
{
    large();
    EXPECT_GT(tensorMemory().keptBytes, 0);
    releaseKeptTensorMemory();
    EXPECT_EQ(tensorMemory().keptBytes, 0);
}

TEST_F(TensorMemoryTest, doesNotKeepMoreThanItsShare)
{
    const std::int64_t share = std::int64_t{768} << 20;
    std::vector<at::Tensor> tensors;
    for (int i = 0; i < 5; ++i)
        tensors.push_back(at::empty({60 << 20})); // 240 MiB, never touched
    tensors.clear();
    EXPECT_LE(tensorMemory().keptBytes, share);
    EXPECT_GT(tensorMemory().keptBytes, share / 2);
}

TEST_F(TensorMemoryTest, whatTheSystemCannotGiveIsAnErrorAndHarmsNothing)
{
    const std::int64_t before = tensorMemory().inUseBytes;
    EXPECT_THROW(at::empty({std::int64_t{1} << 58}), std::exception);
    EXPECT_EQ(tensorMemory().inUseBytes, before);
    EXPECT_TRUE(large().eq(1.0).all().item<bool>());
}

} // namespace unfog::test

#include <algorithm>
#include <cstddef>

#include <gtest/gtest.h>

#include <ATen/ATen.h>

#include "networks/kernels/tensor_memory.h"

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

TEST_F(TensorMemoryTest, oneFreedBlockServesSeveralSmallerOnesAndIsWholeAgain)
{
    const std::int64_t requests = tensorMemory().systemRequests;
    const void* const whole = large().data_ptr();
    {
        const at::Tensor a = at::empty({1 << 16}), b = at::empty({1 << 17});
        EXPECT_EQ(a.data_ptr(), whole);
        EXPECT_EQ(b.data_ptr(), static_cast<const std::byte*>(whole) + (1 << 18));
    }
    EXPECT_EQ(large().data_ptr(), whole);
    EXPECT_EQ(tensorMemory().systemRequests, requests + 1);
}

TEST_F(TensorMemoryTest, aSmallBlockDoesNotHoldALargeOne)
{
    large();
    const at::Tensor small = at::empty({1 << 14});
    releaseKeptTensorMemory();
    EXPECT_EQ(tensorMemory().keptBytes, 0);
}

TEST_F(TensorMemoryTest, whatIsKeptNeverRaisesTheWholeFarAboveThePeakOfUse)
{
    constexpr std::int64_t beyond = std::int64_t{64} << 20;
    const std::int64_t before = tensorMemory().inUseBytes;
    std::int64_t peakUse = 0, peakWhole = 0;
    for (std::int64_t megabytes : {240, 30, 200, 300, 90, 260, 310}) { // never touched
        const at::Tensor tensor = at::empty({megabytes << 20}, at::kByte);
        const TensorMemory now = tensorMemory();
        peakUse = std::max(peakUse, now.inUseBytes - before);
        peakWhole = std::max(peakWhole, now.inUseBytes + now.keptBytes - before);
        EXPECT_LE(peakWhole, peakUse + beyond);
    }
}

TEST_F(TensorMemoryTest, whatTheSystemCannotGiveIsAnErrorAndHarmsNothing)
{
    const std::int64_t before = tensorMemory().inUseBytes;
    EXPECT_THROW(at::empty({std::int64_t{1} << 58}), std::exception);
    EXPECT_EQ(tensorMemory().inUseBytes, before);
    EXPECT_TRUE(large().eq(1.0).all().item<bool>());
}

} // namespace unfog::test

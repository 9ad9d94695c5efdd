#include <gtest/gtest.h>

#include <atomic>

#include "base/stop.h"
#include "networks/kernels/kernels_threads.h"
#include "networks/layers/attention.h"

namespace unfog {
namespace {

TEST(Stop, kernelsLeaveTheirTasksWhenAsked)
{
    std::stop_source source;
    const std::stop_token token = source.get_token();
    const StopScope scope(&token);
    std::atomic<int> run = 0;
    const int last = 10;
    EXPECT_THROW(kernels::forEachTask(100'000,
                                      [&](std::int64_t) {
                                          if (++run == last)
                                              source.request_stop();
                                      }),
                 Stopped);
    EXPECT_LE(run, last + at::get_num_threads()) << "each thread may have been inside one task";
    EXPECT_THROW(kernels::forEachTask(1, [&](std::int64_t) { ++run; }), Stopped);
}

TEST(Stop, attentionEndsInsideATile)
{
    std::stop_source source;
    const std::stop_token token = source.get_token();
    const at::Tensor x = at::ones({1, 300, 16});
    {
        const StopScope scope(&token);
        EXPECT_TRUE(attention(x, x, x, 2, false).defined());
        source.request_stop();
        EXPECT_THROW(attention(x, x, x, 2, false), Stopped);
    }
    EXPECT_TRUE(attention(x, x, x, 2, false).defined()) << "outside the scope nobody can stop it";
}

TEST(Stop, scopesNestAndTheInnermostCounts)
{
    std::stop_source outer;
    outer.request_stop();
    const std::stop_token stopped = outer.get_token(), never;
    const StopScope first(&stopped);
    EXPECT_TRUE(StopScope::isStopWanted());
    {
        const StopScope second(&never);
        EXPECT_FALSE(StopScope::isStopWanted());
    }
    EXPECT_TRUE(StopScope::isStopWanted());
}

} // namespace
} // namespace unfog

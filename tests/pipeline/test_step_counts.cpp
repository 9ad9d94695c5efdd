#include <atomic>
#include <string_view>

#include <ATen/record_function.h>

#include "networks/kernels/tensor_memory.h"
#include "pipeline/engine_fixture.h"
#include "weights/single_files.h"

/// What one more step costs, in numbers that no machine's speed changes: a regression shows everywhere.
namespace unfog::testing {

namespace {

std::atomic<int> operatorCalls = 0, kernelCalls = 0;

std::unique_ptr<at::ObserverContext> count(const at::RecordFunction& function)
{
    ++(std::string_view(function.name()).starts_with("unfog::") ? kernelCalls : operatorCalls);
    return nullptr;
}

struct Calls {
    int operators = 0; ///< of LibTorch
    int kernels = 0;   ///< of the networks
};

class StepCounts : public EngineTest {
protected:
    static GenerationRequest requestOf(int steps)
    {
        GenerationRequest request = smallRequest(referenceModel("tiny-sd15"));
        request.sampler.steps = steps;
        request.canvas.widthPx = request.canvas.heightPx = 256;
        return request;
    }

    static Calls callsOf(int steps)
    {
        imagesOf(requestOf(steps));
        operatorCalls = kernelCalls = 0;
        const at::CallbackHandle handle = at::addGlobalCallback(at::RecordFunctionCallback(count).scopes(
            {at::RecordScope::FUNCTION, at::RecordScope::USER_SCOPE}));
        imagesOf(requestOf(steps));
        at::removeCallback(handle);
        return {operatorCalls, kernelCalls};
    }
};

} // namespace

TEST_F(StepCounts, aStepCallsNoMoreOperatorsThanItNeeds)
{
    const Calls few = callsOf(3), many = callsOf(5);
    EXPECT_EQ((many.kernels - few.kernels) / 2, 374);
    EXPECT_LE((many.operators - few.operators) / 2, 1020) << "941 with LibTorch 1.13, most of them views";
    EXPECT_EQ((many.kernels - few.kernels) % 2, 0) << "a step that depends on its number";
}

TEST_F(StepCounts, theMemoryOfTheFirstStepServesAllOthers)
{
    std::vector<std::int64_t> requests;
    GenerationObserver observer;
    observer.onStep = [&](const StepProgress&) { requests.push_back(tensorMemory().systemRequests); };
    const std::int64_t before = tensorMemory().systemRequests;
    imagesOf(requestOf(6), observer);
    ASSERT_EQ(requests.size(), 6u);
    EXPECT_GT(requests.front(), before) << "tensors of a picture of 256 pixels are large enough to be kept";
    EXPECT_EQ(requests.back(), requests[1]);
}

TEST_F(StepCounts, aRunLeavesNoMemoryKept)
{
    imagesOf(requestOf(2));
    EXPECT_LT(tensorMemory().keptBytes, 1 << 20) << "but for gaps between blocks in use";
}

} // namespace unfog::testing

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "replay/reference_case.h"
#include "replay/replay_scheduler.h"

namespace unfog {

namespace {

const std::filesystem::path kRoot = UNFOG_REFERENCE_DIR;

std::vector<std::string> recordedCases()
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(kRoot / "schedulers")) {
        if (entry.path().extension() == ".safetensors")
            names.push_back(entry.path().stem().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

class RecordedRun : public testing::TestWithParam<std::string> {};

TEST_P(RecordedRun, IsReplayedWithinTolerance)
{
    const auto recorded = replay::loadCase(kRoot / "schedulers" / (GetParam() + ".safetensors"), kRoot);
    ASSERT_TRUE(recorded) << recorded.error().message;
    const replay::Verdict verdict = replay::replayScheduler(*recorded);
    std::cout << verdict.line() << '\n';
    EXPECT_TRUE(verdict.passed()) << verdict.line();
}

INSTANTIATE_TEST_SUITE_P(Schedulers, RecordedRun, testing::ValuesIn(recordedCases()), [](const auto& info) {
    std::string name = info.param;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

} // namespace

} // namespace unfog

#include "pipeline/device/cuda_problem.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

namespace unfog::cuda {

namespace {

constexpr std::int64_t gigabyte = 1'000'000'000;

/// An RTX 4090 that everything fits.
Facts good()
{
    Facts facts;
    facts.libtorchVersion = "2.15.0";
    facts.libtorchCuda = "13.2";
    facts.driver = {true, "580.95.05", 13020, 0, "", {{"NVIDIA GeForce RTX 4090", 8, 9, 24 * gigabyte}}};
    facts.cardErrors = {""};
    return facts;
}

template <class Change>
Problem problemWith(Change change)
{
    Facts facts = good();
    change(facts);
    return problem(facts).value_or(Problem{"none", ""});
}

bool says(const std::string& text, const char* part)
{
    return text.find(part) != std::string::npos;
}

/// Sets a variable for the fake driver and takes it back.
class Environment {
public:
    Environment(const char* name, const char* value) : m_name(name) { setenv(name, value, 1); }
    ~Environment() { unsetenv(m_name); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    const char* m_name;
};

const char* const fakeDriver = UNFOG_BIN_DIR "/fake_driver/libcuda.so.1";

} // namespace

TEST(CudaProblem, noneWhereACardComputes)
{
    EXPECT_FALSE(problem(good()));
    Facts two = good();
    two.cardErrors = {"CUDA error: no kernel image is available", ""};
    EXPECT_FALSE(problem(two)) << "one card that computes is enough";
}

TEST(CudaProblem, noDriver)
{
    const Problem withCuda = problemWith([](Facts& facts) { facts.driver = {}; });
    EXPECT_TRUE(says(withCuda.reason, "no NVIDIA driver")) << withCuda.reason;
    EXPECT_FALSE(says(withCuda.reason, "without CUDA")) << withCuda.reason;
    EXPECT_TRUE(says(withCuda.advice, "nvidia-driver")) << withCuda.advice;
    const Problem without = problemWith([](Facts& facts) {
        facts.driver = {};
        facts.libtorchCuda.clear();
    });
    EXPECT_TRUE(says(without.reason, "no NVIDIA driver") && says(without.reason, "without CUDA"))
        << without.reason;
}

TEST(CudaProblem, libtorchWithoutCuda)
{
    const Problem found = problemWith([](Facts& facts) { facts.libtorchCuda.clear(); });
    EXPECT_TRUE(says(found.reason, "2.15.0") && says(found.reason, "without CUDA")) << found.reason;
    EXPECT_TRUE(says(found.advice, "packaging/run.sh --cuda")) << found.advice;
}

TEST(CudaProblem, driverTooOldNamesBothNumbers)
{
    const Problem found = problemWith([](Facts& facts) {
        facts.driver.version = "570.124.06";
        facts.driver.cuda = 12080;
    });
    for (const char* part : {"570.124.06", "12.8", "13.2", "580"})
        EXPECT_TRUE(says(found.reason, part)) << part << " in: " << found.reason;
    EXPECT_FALSE(problem([] {
        Facts facts = good();
        facts.driver.cuda = 13000;
        return facts;
    }()))
        << "an older minor version of the same CUDA serves a newer one";
}

TEST(CudaProblem, driverWithoutACardOrBroken)
{
    const Problem none = problemWith([](Facts& facts) {
        facts.driver.status = 100;
        facts.driver.cards.clear();
    });
    EXPECT_TRUE(says(none.reason, "finds no card")) << none.reason;
    const Problem mismatch = problemWith([](Facts& facts) { facts.driver.status = 803; });
    EXPECT_TRUE(says(mismatch.advice, "Restart")) << mismatch.advice;
    const Problem other = problemWith([](Facts& facts) {
        facts.driver.status = 999;
        facts.driver.statusName = "CUDA_ERROR_UNKNOWN";
    });
    EXPECT_TRUE(says(other.reason, "CUDA_ERROR_UNKNOWN (999)")) << other.reason;
}

TEST(CudaProblem, aMissingLibraryIsNamed)
{
    const Problem found = problemWith([](Facts& facts) {
        facts.loadError = "libcudnn.so.9: cannot open shared object file: No such file or directory";
        facts.cardErrors.clear();
    });
    EXPECT_TRUE(says(found.reason, "libcudnn.so.9")) << found.reason;
    EXPECT_FALSE(says(found.reason, "cannot open")) << found.reason;
    const Problem other = problemWith([](Facts& facts) {
        facts.loadError = "undefined symbol: ncclCommSplit";
        facts.cardErrors.clear();
    });
    EXPECT_TRUE(says(other.reason, "ncclCommSplit")) << other.reason;
}

TEST(CudaProblem, aCardOlderThanTheKernelsIsNamed)
{
    const Problem found = problemWith([](Facts& facts) {
        facts.driver.cards = {{"NVIDIA GeForce GTX 1080", 6, 1, 8 * gigabyte}};
        facts.cardErrors = {
            "CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors"};
    });
    for (const char* part : {"GTX 1080", "6.1", "2.15.0"})
        EXPECT_TRUE(says(found.reason, part)) << part << " in: " << found.reason;
    EXPECT_TRUE(says(found.advice, "--cuda")) << found.advice;
    EXPECT_EQ(cardProblem({}, "CUDA error: out of memory\nmore", good()), "CUDA error: out of memory");
}

TEST(CudaDriver, isAskedWithoutLibTorch)
{
    const Environment cards("UNFOG_FAKE_CARDS",
                            "NVIDIA GeForce RTX 3060,8,6,12622168064;NVIDIA GeForce GTX 1080,6,1,8513978368");
    const Environment cuda("UNFOG_FAKE_CUDA", "12080");
    const DriverFacts facts = readDriver(fakeDriver);
    EXPECT_TRUE(facts.isInstalled);
    EXPECT_EQ(facts.cuda, 12080);
    EXPECT_EQ(facts.status, 0);
    ASSERT_EQ(facts.cards.size(), 2u);
    EXPECT_EQ(facts.cards[0], (DriverCard{"NVIDIA GeForce RTX 3060", 8, 6, 12622168064}));
    EXPECT_EQ(facts.cards[1].minor, 1);
    EXPECT_EQ(cudaText(facts.cuda), "12.8");
}

TEST(CudaDriver, whatItRefusesIsNamed)
{
    const Environment status("UNFOG_FAKE_INIT", "999");
    const DriverFacts facts = readDriver(fakeDriver);
    EXPECT_TRUE(facts.isInstalled);
    EXPECT_EQ(facts.status, 999);
    EXPECT_EQ(facts.statusName, "CUDA_ERROR_FAKE");
    EXPECT_TRUE(facts.cards.empty());
}

TEST(CudaDriver, absentIsNoError)
{
    EXPECT_EQ(readDriver("/nowhere/libcuda.so.1"), DriverFacts());
}

} // namespace unfog::cuda

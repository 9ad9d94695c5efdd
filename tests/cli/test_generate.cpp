#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"

using namespace unfog::testing;

namespace {

long lines(const std::string& text)
{
    return std::count(text.begin(), text.end(), '\n');
}

} // namespace

TEST(Generate, WritesOneFileAndSaysItsName)
{
    const TemporaryFolder folder;
    const Said said = runCli(quick(folder / "a.png"));
    EXPECT_EQ(said.exitCode, 0) << said.err;
    EXPECT_EQ(said.out, folder / "a.png" + std::string("\n"));
    EXPECT_NE(said.err.find("step 3/3"), std::string::npos);
    EXPECT_EQ(folder.names(), std::vector<std::string>{"a.png"});
}

TEST(Generate, FolderNeverOverwrites)
{
    const TemporaryFolder folder;
    for (int run = 0; run < 2; ++run)
        EXPECT_EQ(runCli(quick(folder.path().string(), {"--quiet"})).exitCode, 0);
    EXPECT_EQ(folder.names(), (std::vector<std::string>{"3-a-fox-2.png", "3-a-fox.png"}));
}

TEST(Generate, CountGivesOnePictureASeed)
{
    const TemporaryFolder folder;
    EXPECT_EQ(runCli(quick(folder / "p.png", {"--count", "2", "--quiet"})).exitCode, 0);
    EXPECT_EQ(folder.names(), (std::vector<std::string>{"p-3.png", "p-4.png"}));
}

TEST(Generate, JsonTellsEveryStepAndPicture)
{
    const TemporaryFolder folder;
    const Said said = runCli(quick(folder / "a.png", {"--json"}));
    EXPECT_EQ(said.exitCode, 0);
    std::istringstream stream(said.out);
    std::string line;
    int steps = 0;
    int pictures = 0;
    while (std::getline(stream, line)) {
        const auto event = nlohmann::json::parse(line);
        steps += event["event"] == "step";
        pictures += event["event"] == "image";
    }
    EXPECT_EQ(steps, 3); // the model's own PNDM has one evaluation more than steps
    EXPECT_EQ(pictures, 1);
}

struct Refusal {
    const char* name;
    std::vector<std::string> arguments;
    int exitCode;
    const char* says;
};

class Refused : public ::testing::TestWithParam<Refusal> {};

TEST_P(Refused, InOneSentenceAndWithoutAFile)
{
    const TemporaryFolder folder;
    const Said said = runCli(quick(folder / "a.png", GetParam().arguments));
    EXPECT_EQ(said.exitCode, GetParam().exitCode) << said.err;
    EXPECT_NE(said.err.find(GetParam().says), std::string::npos) << said.err;
    EXPECT_TRUE(folder.names().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Generate, Refused,
    ::testing::Values(Refusal{"size", {"--size", "510x64"}, 2, "504 and 512"},
                      Refusal{"sizeText", {"--size", "wide"}, 2, "WIDTHxHEIGHT"},
                      Refusal{"steps", {"--steps", "0"}, 2, "steps must be 1 to 1000"},
                      Refusal{"guidance", {"--guidance", "nan"}, 2, "guidance must be 1 to 100"},
                      Refusal{"scheduler", {"--scheduler", "foo"}, 2, "dpmpp-2m"},
                      Refusal{"spacing", {"--spacing", "foo"}, 2, "karras"},
                      Refusal{"precision", {"--precision", "int4"}, 2, "bfloat16"},
                      Refusal{"device", {"--device", "tpu"}, 2, "cuda"},
                      Refusal{"seedBeyond", {"--seed", "18446744073709551616"}, 2, "18446744073709551615"},
                      Refusal{"seedNegative", {"--seed", "-2"}, 2, "-1 for a random one"},
                      Refusal{"seedText", {"--seed", "12x"}, 2, "12x"},
                      Refusal{"option", {"--frobnicate"}, 2, "--frobnicate"},
                      Refusal{"strength",
                              {"--init-image", UNFOG_SOURCE_DIR "/tests/cli/plain.png", "--strength", "0"},
                              2,
                              "strength"},
                      Refusal{"initImage", {"--init-image", "/nowhere.png"}, 1, "/nowhere.png"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Generate, ModelThatIsNoneIsNamed)
{
    const Said said = runCli({"generate", "--prompt", "x", "--model", "/etc/passwd", "--output", "/tmp"});
    EXPECT_EQ(said.exitCode, 1);
    EXPECT_NE(said.err.find("/etc/passwd"), std::string::npos);
}

TEST(Generate, MissingFolderIsSaidBeforeTheRun)
{
    const TemporaryFolder folder;
    const Said said = runCli(quick(folder / "missing/a.png"));
    EXPECT_EQ(said.exitCode, 2);
    EXPECT_EQ(lines(said.err), 1) << said.err;
}

TEST(Generate, InterruptEndsItWithoutAPicture)
{
    const TemporaryFolder folder;
    const Said said =
        interruptCli(quick(folder / "a.png", {"--steps", "900", "--scheduler", "euler"}), "step 2/");
    EXPECT_EQ(said.exitCode, 1);
    EXPECT_NE(said.err.find("Stopped"), std::string::npos);
    EXPECT_TRUE(folder.names().empty());
}

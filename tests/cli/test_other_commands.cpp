#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "image_files/picture_metadata.h"
#include "image_files/read_image.h"
#include "image_files/write_file.h"
#include "program/waiting_threads.h"

using namespace unfog;
using namespace unfog::testing;

namespace {

std::string makePicture(const TemporaryFolder& folder)
{
    const std::string file = folder / "a.png";
    runCli({"generate", "--model", kModel, "--prompt", "a fox", "--steps", "2", "--size", "64x64",
            "--scheduler", "dpmpp-2m-sde", "--output", file, "--quiet"});
    return file;
}

} // namespace

TEST(Reproduce, SaysIdentical)
{
    const TemporaryFolder folder;
    const Said said = runCli({"reproduce", makePicture(folder), "--quiet"});
    EXPECT_EQ(said.exitCode, 0) << said.err;
    EXPECT_EQ(said.out, "identical\n");
}

TEST(Reproduce, SaysHowFarAPictureIsOff)
{
    const TemporaryFolder folder;
    const std::string file = makePicture(folder);
    auto pixels = readImage(file);
    const auto metadata = readPictureMetadata(file);
    ASSERT_TRUE(pixels && metadata && metadata->request);
    pixels->rgb[30] =
        static_cast<std::uint8_t>(pixels->rgb[30] < 128 ? pixels->rgb[30] + 9 : pixels->rgb[30] - 9);
    const auto bytes = encodePicture(*pixels, {*metadata->request, metadata->provenance});
    ASSERT_TRUE(bytes && writeFileAtomically(file, *bytes));
    const Said said = runCli({"reproduce", file, "--json"});
    const auto answer = nlohmann::json::parse(said.out);
    EXPECT_FALSE(answer["identical"].get<bool>());
    EXPECT_EQ(answer["largestDifference"], 9);
    EXPECT_EQ(answer["pixelsDiffering"], 1);
}

TEST(Reproduce, RefusesAPictureWithoutParameters)
{
    const Said said = runCli({"reproduce", UNFOG_SOURCE_DIR "/tests/cli/plain.png"});
    EXPECT_EQ(said.exitCode, 1);
    EXPECT_NE(said.err.find("no generation parameters"), std::string::npos);
}

TEST(Info, ShowsPicturesAndModels)
{
    const TemporaryFolder folder;
    const Said picture = runCli({"info", makePicture(folder)});
    EXPECT_EQ(picture.exitCode, 0);
    EXPECT_EQ(picture.out.rfind("a fox\n", 0), 0u);
    EXPECT_NE(picture.out.find("DPM++ 2M SDE"), std::string::npos);

    const Said model = runCli({"info", kModel, "--json"});
    const auto info = nlohmann::json::parse(model.out);
    EXPECT_EQ(info["nativeSize"], 64);
    EXPECT_EQ(info["scheduler"], "PNDMScheduler");
    EXPECT_EQ(info["parts"].size(), 3u);

    EXPECT_EQ(runCli({"info", "/nowhere"}).exitCode, 2);
}

TEST(Schedulers, AreListedAndPlanned)
{
    const Said list = runCli({"schedulers"});
    EXPECT_EQ(list.exitCode, 0);
    for (const char* name :
         {"ddpm", "ddim", "dpmpp-2m", "dpmpp-3m", "unipc", "euler-ancestral", "lms", "flow-heun"})
        EXPECT_NE(list.out.find(name), std::string::npos) << name;

    const Said plan =
        runCli({"schedulers", "--model", kModel, "--scheduler", "heun", "--steps", "10", "--json"});
    EXPECT_EQ(nlohmann::json::parse(plan.out).size(), 19u);
}

TEST(WaitingThreads, SpinForMicrosecondsUnlessThePersonSaysOtherwise)
{
    if (!setsWaitingPolicy())
        GTEST_SKIP() << "this build does not set it";
    const std::string spin = "GOMP_SPINCOUNT = '";
    for (const char* program : {"unfog-cli", "unfog-train", "unfog"}) {
        const auto shown = [&](std::vector<std::string> environment) {
            environment.insert(environment.end(), {"OMP_DISPLAY_ENV=verbose", "QT_QPA_PLATFORM=offscreen"});
            return runProgram(program, {"--version"}, {.environment = std::move(environment)}).err;
        };
        EXPECT_NE(shown({}).find(spin + UNFOG_GOMP_SPINCOUNT "'"), std::string::npos) << program;
        EXPECT_NE(shown({"GOMP_SPINCOUNT=12345"}).find(spin + "12345'"), std::string::npos) << program;
        EXPECT_NE(shown({"OMP_WAIT_POLICY=active"}).find("OMP_WAIT_POLICY = 'ACTIVE'"), std::string::npos)
            << program;
    }
}

TEST(WrongUse, IsExitCodeTwo)
{
    EXPECT_EQ(runCli({}).exitCode, 2);
    EXPECT_EQ(runCli({"paint"}).exitCode, 2);
    EXPECT_EQ(runCli({"--help"}).exitCode, 0);
    EXPECT_EQ(runCli({"--version"}).exitCode, 0);
}

#include <cstdlib>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/files/write_file.h"
#include "cli/command.h"
#include "image_files/metadata/picture_metadata.h"
#include "image_files/read_image.h"
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

TEST(Devices, TellTheProcessorAndWhyCudaIsOff)
{
    const Said said = runCli({"devices"});
    EXPECT_EQ(said.exitCode, 0) << said.err;
    for (const char* part : {"cpu ", "LibTorch "})
        EXPECT_NE(said.out.find(part), std::string::npos) << said.out;
    const Said json = runCli({"devices", "--json"});
    const auto answer = nlohmann::json::parse(json.out);
    EXPECT_GT(answer["processor"]["total_bytes"].get<std::int64_t>(), 0);
    EXPECT_EQ(answer["cards"].empty() && answer["cuda_is_off"] == "", false) << json.out;
}

TEST(Devices, TellACardThatThisLibTorchCannotUse)
{
    // Its library answers as an old driver with one card would.
    setenv("LD_LIBRARY_PATH", UNFOG_BIN_DIR "/fake_driver", 1);
    setenv("UNFOG_FAKE_CARDS", "NVIDIA GeForce RTX 3060,8,6,12622168064", 1);
    setenv("UNFOG_FAKE_CUDA", "11040", 1);
    const Said said = runCli({"devices", "--json"});
    const Said refused = runCli({"generate", "--model", kModel, "--prompt", "a fox", "--device", "cuda:0"});
    const TemporaryFolder folder;
    const std::string file = folder / "a.png";
    const Said automatic = runCli({"generate", "--model", kModel, "--prompt", "a fox", "--steps", "1",
                                   "--size", "64x64", "--output", file, "--json", "--quiet"});
    for (const char* name : {"LD_LIBRARY_PATH", "UNFOG_FAKE_CARDS", "UNFOG_FAKE_CUDA"})
        unsetenv(name);
    const auto answer = nlohmann::json::parse(said.out);
    ASSERT_EQ(answer["cards"].size(), 1u) << said.out;
    EXPECT_EQ(answer["cards"][0]["name"], "NVIDIA GeForce RTX 3060");
    EXPECT_EQ(answer["cards"][0]["compute_capability"], "8.6");
    EXPECT_EQ(answer["cards"][0]["usable"], false);
    EXPECT_NE(answer["cuda_is_off"], "");
    EXPECT_NE(answer["advice"], "");
    EXPECT_EQ(answer["driver"]["cuda"], "11.4");
    EXPECT_EQ(refused.exitCode, 2);
    EXPECT_NE(refused.err.find("Device cuda was asked for, but "), std::string::npos) << refused.err;
    // Automatic takes the processor, and the image says why.
    ASSERT_EQ(automatic.exitCode, 0) << automatic.err;
    const auto metadata = readPictureMetadata(file);
    ASSERT_TRUE(metadata && metadata->provenance);
    EXPECT_EQ(metadata->provenance->device, "cpu");
    ASSERT_FALSE(metadata->provenance->notes.empty());
    EXPECT_NE(metadata->provenance->notes.back().find("computed on the processor: "), std::string::npos);
}

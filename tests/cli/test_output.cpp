#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/files/write_file.h"
#include "cli/command.h"
#include "image_files/metadata/picture_metadata.h"
#include "image_files/read_image.h"

using namespace unfog;
using namespace unfog::testing;

namespace {

namespace fs = std::filesystem;

std::vector<nlohmann::json> eventsIn(const std::string& out)
{
    std::vector<nlohmann::json> events;
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);)
        events.push_back(nlohmann::json::parse(line));
    return events;
}

/// A picture with our own record of a request, and that text for other programs.
void writePicture(const std::string& file, const std::string& prompt, const Provenance& provenance)
{
    GenerationRequest request;
    request.model.path = kModel;
    request.prompts.positive = prompt;
    request.sampler.steps = 2;
    request.canvas.widthPx = request.canvas.heightPx = 64;
    PixelImage pixels{64, 64, std::vector<std::uint8_t>(64 * 64 * 3, 90)};
    const auto bytes = encodePicture(pixels, {request, provenance});
    ASSERT_TRUE(bytes && writeFileAtomically(file, *bytes));
}

struct Command {
    const char* name;
    const char* program;
    std::vector<std::string> arguments; ///< FOLDER stands for a folder of the test's own
};

/// Commands that answer on standard output and succeed otherwise.
class Answering : public ::testing::TestWithParam<Command> {};

TEST_P(Answering, FailsWhereTheAnswerCannotBeWritten)
{
    struct Way {
        const char* what;
        Around around;
    };
    for (const Way& way : {Way{"/dev/full", {.outFile = "/dev/full"}}, Way{"closed", {.outClosed = true}},
                           Way{"reader gone", {.readerGone = true}}}) {
        const TemporaryFolder folder;
        writePicture(folder / "a.png", "a fox", {});
        fs::create_directory(folder / "pictures");
        fs::copy(folder / "a.png", folder / "pictures");
        std::ofstream(folder / "pictures/a.txt") << "a fox";
        std::vector<std::string> arguments = GetParam().arguments;
        for (std::string& argument : arguments)
            if (const auto at = argument.find("FOLDER"); at != std::string::npos)
                argument.replace(at, 6, folder.path().string());
        const Said said = runProgram(GetParam().program, arguments, way.around);
        EXPECT_EQ(said.exitCode, 1) << way.what;
        EXPECT_NE(said.err.find("output could not be written"), std::string::npos)
            << way.what << ": " << said.err;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Commands, Answering,
    ::testing::Values(
        Command{"generate", "unfog-cli", quick("FOLDER/new.png", {"--quiet"})},
        Command{"generateJson", "unfog-cli", quick("FOLDER/new.png", {"--json"})},
        Command{"info", "unfog-cli", {"info", "FOLDER/a.png"}},
        Command{"infoJson", "unfog-cli", {"info", "FOLDER/a.png", "--json"}},
        Command{"infoModel", "unfog-cli", {"info", kModel}},
        Command{"reproduce", "unfog-cli", {"reproduce", "FOLDER/a.png", "--quiet", "--model", kModel}},
        Command{"schedulers", "unfog-cli", {"schedulers"}},
        Command{"schedulersPlan", "unfog-cli", {"schedulers", "--model", kModel, "--json"}},
        Command{"help", "unfog-cli", {"generate", "--help"}}, Command{"version", "unfog-cli", {"--version"}},
        Command{"trainHelp", "unfog-train", {"--help"}},
        Command{"trainDataset", "unfog-train", {"dataset", "folder", "FOLDER/pictures"}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Output, ImageIsSavedThoughNobodyCanBeToldOfIt)
{
    const TemporaryFolder folder;
    EXPECT_EQ(runCli(quick(folder / "a.png", {"--quiet"}), {.outClosed = true}).exitCode, 1);
    EXPECT_TRUE(readImage(folder / "a.png"));
}

TEST(Output, RunEndsWithTheFirstImageThatNobodyCanBeToldOf)
{
    const TemporaryFolder folder;
    const Said said =
        runCli(quick(folder.path().string(), {"--quiet", "--count", "50"}), {.readerGone = true});
    EXPECT_EQ(said.exitCode, 1);
    EXPECT_NE(said.err.find("1 of 50 are saved"), std::string::npos) << said.err;
    EXPECT_EQ(folder.names().size(), 1u);
}

TEST(Output, FolderIsTriedBeforeTheRun)
{
    const TemporaryFolder folder;
    std::ofstream(folder / "file") << "x";
    for (const std::string& output :
         {folder / "file", folder / "file/below", std::string("/proc"), std::string("/proc/a.png")}) {
        const Said said = runCli(quick(output, {"--json"}));
        EXPECT_NE(said.exitCode, 0) << output;
        const auto events = eventsIn(said.out);
        ASSERT_EQ(events.size(), 1u) << said.out;
        EXPECT_EQ(events.front()["event"], "error");
        EXPECT_EQ(said.err.find("Loading"), std::string::npos) << said.err;
    }
}

TEST(Output, FileSizeLimitIsAnError)
{
    const TemporaryFolder folder;
    const Said said = runCli(quick(folder / "a.png", {"--json"}), {.fileBytesLimit = 5000});
    EXPECT_EQ(said.exitCode, 1);
    EXPECT_NE(said.err.find("larger than allowed"), std::string::npos) << said.err;
    EXPECT_EQ(eventsIn(said.out).back()["event"], "error");
    EXPECT_TRUE(folder.names().empty());
}

TEST(Output, CommandLinesAtTheSameTimeLoseNothing)
{
    const TemporaryFolder folder;
    std::vector<Said> said(3);
    std::vector<std::jthread> runs;
    for (Said& one : said)
        runs.emplace_back([&] {
            one = runCli(quick(folder / "new", {"--quiet", "--count", "3", "--threads", "1"}));
        });
    runs.clear();
    std::set<std::string> told;
    for (const Said& one : said) {
        EXPECT_EQ(one.exitCode, 0) << one.err;
        std::istringstream lines(one.out);
        for (std::string line; std::getline(lines, line);)
            EXPECT_TRUE(told.insert(line).second) << line;
    }
    EXPECT_EQ(told.size(), 9u);
    for (const std::string& file : told)
        EXPECT_TRUE(readImage(file)) << file;
}

TEST(Output, PartsOfEndedProgramsGo)
{
    const TemporaryFolder folder;
    std::ofstream(folder / ".unfog-123.part") << "x";
    EXPECT_EQ(runCli(quick(folder / "a.png", {"--quiet"})).exitCode, 0);
    EXPECT_EQ(folder.names(), std::vector<std::string>{"a.png"});
}

struct Failure {
    const char* name;
    std::vector<std::string> arguments;
    int exitCode;
};

class JsonFailure : public ::testing::TestWithParam<Failure> {};

TEST_P(JsonFailure, GivesTheErrorEvent)
{
    const Said said = runCli(GetParam().arguments);
    EXPECT_EQ(said.exitCode, GetParam().exitCode) << said.err;
    const auto events = eventsIn(said.out);
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events.back()["event"], "error");
    EXPECT_NE(said.err.find(events.back()["message"].get<std::string>()), std::string::npos) << said.err;
}

INSTANTIATE_TEST_SUITE_P(
    Commands, JsonFailure,
    ::testing::Values(Failure{"steps", quick("/tmp", {"--steps", "0", "--json"}), 2},
                      Failure{"size", quick("/tmp", {"--size", "wide", "--json"}), 2},
                      Failure{"option", quick("/tmp", {"--frobnicate", "--json"}), 2},
                      Failure{"suffix", quick("/tmp/a.jpg", {"--json"}), 2},
                      Failure{"model", quick("/tmp", {"--model", "/nowhere", "--json"}), 1},
                      Failure{"initImage", quick("/tmp", {"--init-image", "/nowhere.png", "--json"}), 1},
                      Failure{"info", {"info", "/nowhere", "--json"}, 2},
                      Failure{
                          "infoPicture", {"info", UNFOG_SOURCE_DIR "/tests/cli/command.cpp", "--json"}, 1},
                      Failure{"reproduce", {"reproduce", "/nowhere.png", "--json"}, 1},
                      Failure{"schedulers", {"schedulers", "--model", "/nowhere", "--json"}, 1}),
    [](const auto& row) { return std::string(row.param.name); });

/// Whether a terminal would act on something in `text`.
bool acts(const std::string& text)
{
    const bool hasC0 = std::any_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == '\x7f';
    });
    return hasC0 || text.find("\xc2\x9b") != std::string::npos || text.find("\u202e") != std::string::npos;
}

TEST(Foreign, TextsAreShownEscaped)
{
    const TemporaryFolder folder;
    const std::string evil = "\x1b]0;title\x07\x1b[2J\xc2\x9b"
                             "31m\u202e";
    Provenance provenance;
    provenance.engineVersion = provenance.device = provenance.precision = provenance.modelHash = evil;
    provenance.notes = {evil};
    writePicture(folder / "a.png", "a fox " + evil, provenance);
    fs::create_directory(folder / ("m" + evil));
    std::ofstream(folder / ("m" + evil + ".safetensors")) << "x";
    const std::vector<std::vector<std::string>> commands = {
        {"info", folder / "a.png"},
        {"info", folder / "a.png", "--json"},
        {"info", folder / ("m" + evil)},
        {"info", folder / ("m" + evil + ".safetensors")},
        {"info", folder / ("none" + evil + ".png")},
        {"info", folder / ("none" + evil), "--json"},
        {"schedulers", "--model", folder / ("m" + evil), "--scheduler", evil},
        quick(folder / "b.png", {"--scheduler", evil}),
        quick(folder / "b.png", {"--size", evil}),
        quick(folder / "b.png", {"--" + evil}),
        quick(folder / ("c" + evil + "/b.png")),
        {"reproduce", folder / "a.png", "--model", folder / ("m" + evil)},
    };
    for (const auto& command : commands) {
        const Said said = runCli(command);
        EXPECT_FALSE(acts(said.out)) << said.out;
        EXPECT_FALSE(acts(said.err)) << said.err;
        EXPECT_FALSE((said.out + said.err).empty());
    }
    const Said shown = runCli({"info", folder / "a.png"});
    EXPECT_NE(shown.out.find("a fox \\x1b]0;title\\x07\\x1b[2J\\u{9b}31m\\u{202e}"), std::string::npos)
        << shown.out;
    const Said json = runCli({"info", folder / "a.png", "--json"});
    EXPECT_EQ(nlohmann::json::parse(json.out)["record"]["request"]["prompts"]["positive"], "a fox " + evil);
}

TEST(Info, MakesTheTextOfAPictureThatHasOnlyOurRecord)
{
    const TemporaryFolder folder;
    writePicture(folder / "a.png", "a fox in the snow", {});
    auto bytes = readFile(folder / "a.png");
    ASSERT_TRUE(bytes);
    const std::string keyword = "parameters";
    const auto at = std::search(bytes->begin(), bytes->end(), keyword.begin(), keyword.end(),
                                [](std::byte a, char b) { return std::to_integer<char>(a) == b; });
    ASSERT_NE(at, bytes->end());
    *at = std::byte{'P'};
    ASSERT_TRUE(writeFileAtomically(folder / "a.png", *bytes));
    ASSERT_EQ(readPictureMetadata(folder / "a.png")->parametersText, "");
    const Said said = runCli({"info", folder / "a.png"});
    EXPECT_EQ(said.exitCode, 0);
    EXPECT_EQ(said.out.rfind("a fox in the snow\n", 0), 0u) << said.out;
    EXPECT_NE(said.out.find("Size: 64x64"), std::string::npos) << said.out;
}

} // namespace

#include "program/waiting_threads.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace unfog::testing {
namespace {

using Lines = std::vector<std::string>;

const std::string kSpin = "GOMP_SPINCOUNT=" UNFOG_GOMP_SPINCOUNT;
const std::string kTimeout = "OPENBLAS_THREAD_TIMEOUT=" UNFOG_OPENBLAS_TIMEOUT;

struct Shown {
    Lines atLoad, inMain, arguments;
    int exitCode = -1;
};

/// Starts show_environment in that environment with the argument "two words" and "said" on its standard
/// input.
Shown shownIn(Lines environment)
{
    int out[2], in[2];
    if (pipe(out) != 0 || pipe(in) != 0)
        return {};
    const pid_t child = fork();
    if (child == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        for (const int end : {in[0], in[1], out[0], out[1]})
            close(end);
        std::vector<char*> entries;
        for (std::string& entry : environment)
            entries.push_back(entry.data());
        entries.push_back(nullptr);
        std::array<char, 5> name = {"show"};
        std::array<char, 10> argument = {"two words"};
        std::array<char*, 3> arguments = {name.data(), argument.data(), nullptr};
        execve(UNFOG_BIN_DIR "/show_environment", arguments.data(), entries.data());
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    EXPECT_EQ(write(in[1], "said", 4), 4);
    close(in[1]);
    std::string text;
    std::array<char, 4096> buffer;
    for (ssize_t count = 1; (count = read(out[0], buffer.data(), buffer.size())) > 0;)
        text.append(buffer.data(), static_cast<std::size_t>(count));
    close(out[0]);
    int status = 0;
    waitpid(child, &status, 0);

    Shown shown;
    shown.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    std::istringstream lines(text);
    std::array<Lines*, 3> into = {&shown.atLoad, &shown.inMain, &shown.arguments};
    std::size_t part = 0;
    for (std::string line; std::getline(lines, line);)
        line == "--" ? void(++part) : into.at(part)->push_back(line);
    return shown;
}

bool contains(const Lines& lines, const std::string& line)
{
    return std::find(lines.begin(), lines.end(), line) != lines.end();
}

Lines sorted(Lines lines)
{
    std::sort(lines.begin(), lines.end());
    return lines;
}

struct Row {
    const char* what;
    Lines environment;
    Lines atLoad; ///< beside the rest of the environment
    Lines notAtLoad;
    bool restored; ///< main has the environment that the program was started in
};

class WaitingThreads : public ::testing::TestWithParam<Row> {};

TEST_P(WaitingThreads, PolicyIsThereWhenLibrariesAreInitialised)
{
    if (!setsWaitingPolicy())
        GTEST_SKIP() << "this build does not set it";
    const Shown shown = shownIn(GetParam().environment);
    EXPECT_EQ(shown.exitCode, 7);
    for (const std::string& line : GetParam().atLoad)
        EXPECT_TRUE(contains(shown.atLoad, line)) << line;
    for (const std::string& line : GetParam().notAtLoad)
        EXPECT_FALSE(contains(shown.atLoad, line)) << line;
    if (GetParam().restored) {
        EXPECT_EQ(sorted(shown.inMain), sorted(GetParam().environment));
    }
    EXPECT_EQ(shown.arguments, (Lines{"show", "two words", "said"}));
}

INSTANTIATE_TEST_SUITE_P(
    Environments, WaitingThreads,
    ::testing::Values(
        Row{"Shell",
            {"HOME=/h", "_=/bin/x", "PATH=/p", "SHLVL=1"},
            {kSpin, kTimeout, "HOME=/h", "PATH=/p"},
            {},
            true},
        Row{"Desktop",
            {"GIO_LAUNCHED_DESKTOP_FILE=a", "INVOCATION_ID=1", "OLDPWD=/", "DISPLAY=:0"},
            {kSpin, kTimeout, "DISPLAY=:0"},
            {},
            true},
        Row{"OneSpare", {"HOME=/h", "_=/bin/x"}, {kSpin, kTimeout, "HOME=/h", "_=/bin/x"}, {}, false},
        Row{"Empty", {}, {kSpin, kTimeout}, {}, false},
        Row{"OwnPolicy",
            {"OMP_WAIT_POLICY=active", "_=x"},
            {"OMP_WAIT_POLICY=active", kTimeout},
            {kSpin},
            true},
        Row{"OwnCount", {"GOMP_SPINCOUNT=7", "_=x"}, {"GOMP_SPINCOUNT=7", kTimeout}, {kSpin}, true},
        Row{"OwnTimeout",
            {"OPENBLAS_THREAD_TIMEOUT=20"},
            {"OPENBLAS_THREAD_TIMEOUT=20", kSpin},
            {kTimeout},
            false},
        Row{"AllOwn",
            {"OPENBLAS_THREAD_TIMEOUT=20", "GOMP_SPINCOUNT=7"},
            {"OPENBLAS_THREAD_TIMEOUT=20", "GOMP_SPINCOUNT=7"},
            {kSpin, kTimeout},
            true}),
    [](const auto& row) { return std::string(row.param.what); });

} // namespace
} // namespace unfog::testing

#include "cli/command.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace unfog::testing {

namespace {

struct Pipe {
    int read = -1;
    int write = -1;

    Pipe()
    {
        int ends[2];
        if (pipe(ends) != 0)
            throw std::runtime_error("no pipe");
        read = ends[0];
        write = ends[1];
    }
};

/// In the child, between fork and exec.
void arrange(const Around& around)
{
    for (const std::string& entry : around.environment)
        putenv(const_cast<char*>(entry.c_str()));
    if (!around.outFile.empty()) {
        const int file = open(around.outFile.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
        dup2(file, STDOUT_FILENO);
        close(file);
    }
    if (around.readerGone) {
        const Pipe gone;
        close(gone.read);
        dup2(gone.write, STDOUT_FILENO);
        close(gone.write);
    }
    if (around.outClosed)
        close(STDOUT_FILENO);
    if (around.fileBytesLimit > 0) {
        const rlimit limit = {around.fileBytesLimit, around.fileBytesLimit};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
}

Said run(const std::string& program, const std::vector<std::string>& arguments, const Around& around,
         const std::string& trigger)
{
    std::vector<std::string> words = {UNFOG_BIN_DIR "/" + program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);

    const Pipe out;
    const Pipe err;
    const pid_t child = fork();
    if (child == 0) {
        dup2(out.write, STDOUT_FILENO);
        dup2(err.write, STDERR_FILENO);
        for (const Pipe& each : {out, err}) {
            close(each.read);
            close(each.write);
        }
        arrange(around);
        execv(pointers.front(), pointers.data());
        _exit(127);
    }
    close(out.write);
    close(err.write);

    Said said;
    bool armed = !trigger.empty();
    pollfd watched[2] = {{out.read, POLLIN, 0}, {err.read, POLLIN, 0}};
    std::string* into[2] = {&said.out, &said.err};
    int open = 2;
    while (open > 0 && poll(watched, 2, -1) >= 0) {
        for (int i = 0; i < 2; ++i) {
            if (watched[i].fd < 0 || watched[i].revents == 0)
                continue;
            char buffer[4096];
            const ssize_t count = read(watched[i].fd, buffer, sizeof buffer);
            if (count <= 0) {
                close(watched[i].fd);
                watched[i].fd = -1;
                --open;
                continue;
            }
            into[i]->append(buffer, static_cast<std::size_t>(count));
        }
        if (armed && said.err.find(trigger) != std::string::npos) {
            kill(child, SIGINT);
            armed = false;
        }
    }
    int status = 0;
    waitpid(child, &status, 0);
    said.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return said;
}

} // namespace

Said runCli(const std::vector<std::string>& arguments, const Around& around)
{
    return run("unfog-cli", arguments, around, {});
}

Said runProgram(const std::string& program, const std::vector<std::string>& arguments, const Around& around)
{
    return run(program, arguments, around, {});
}

Said interruptCli(const std::vector<std::string>& arguments, const std::string& trigger)
{
    return run("unfog-cli", arguments, {}, trigger);
}

TemporaryFolder::TemporaryFolder()
{
    std::string pattern = (std::filesystem::temp_directory_path() / "unfog-cli-XXXXXX").string();
    if (!mkdtemp(pattern.data()))
        throw std::runtime_error("no temporary folder");
    m_path = pattern;
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code error;
    std::filesystem::remove_all(m_path, error);
}

std::vector<std::string> TemporaryFolder::names() const
{
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(m_path))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> quick(const std::string& output, std::vector<std::string> more)
{
    std::vector<std::string> arguments = {"generate", "--model",  kModel,   "--prompt", "a fox",
                                          "--steps",  "2",        "--size", "64x64",    "--seed",
                                          "3",        "--output", output};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

} // namespace unfog::testing

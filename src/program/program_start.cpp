#include "program/program_start.h"

#include <csignal>

#include <initializer_list>

#include <fcntl.h>
#include <unistd.h>

namespace unfog {

namespace {

void occupyClosedStreams()
{
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(stream, F_GETFD) != -1)
            continue;
        // The lowest free number is this one: all below are open. Opened the wrong way round, so that using
        // it fails.
        if (open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            return;
    }
}

} // namespace

void startProgram(BrokenPipe brokenPipe)
{
    occupyClosedStreams();
    std::signal(SIGXFSZ, SIG_IGN);
    if (brokenPipe == BrokenPipe::IsAnError)
        std::signal(SIGPIPE, SIG_IGN);
}

} // namespace unfog

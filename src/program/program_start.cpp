#include "program/program_start.h"

#include <csignal>

namespace unfog {

void startProgram(BrokenPipe brokenPipe)
{
    std::signal(SIGXFSZ, SIG_IGN);
    if (brokenPipe == BrokenPipe::IsAnError)
        std::signal(SIGPIPE, SIG_IGN);
}

} // namespace unfog

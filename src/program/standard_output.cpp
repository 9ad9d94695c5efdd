#include "program/standard_output.h"

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <system_error>

namespace unfog {

std::optional<std::string> standardOutputProblem()
{
    static std::optional<std::string> problem;
    if (problem)
        return problem;
    std::cout.flush();
    if (std::fflush(stdout) != 0)
        problem = std::generic_category().message(errno);
    else if (std::ferror(stdout) || !std::cout)
        problem = "writing failed";
    return problem;
}

} // namespace unfog

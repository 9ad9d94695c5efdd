#include "program/seen_at_load.h"

#include <cstdlib>
#include <string>

extern char** environ;

namespace unfog::testing {

namespace {

std::string& seen()
{
    static std::string text;
    return text;
}

[[gnu::constructor]] void look()
{
    for (char** entry = environ; *entry; ++entry)
        seen() += std::string(*entry) + "\n";
}

} // namespace

const char* environmentAtLoad()
{
    return seen().c_str();
}

} // namespace unfog::testing

#include "cli/report.h"

#include <cstdio>
#include <locale>
#include <sstream>

namespace unfog::cli {

int complain(const Error& error)
{
    std::fprintf(stderr, "unfog-cli: %s\n", error.message.c_str());
    return error.kind == ErrorKind::InvalidRequest ? kWrongUse : kFailed;
}

std::string decimal(double value, int digits)
{
    std::ostringstream out;
    out.imbue(std::locale::classic());
    out.setf(std::ios::fixed);
    out.precision(digits);
    out << value;
    return out.str();
}

} // namespace unfog::cli

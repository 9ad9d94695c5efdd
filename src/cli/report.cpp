#include "cli/report.h"

#include <cstdio>
#include <locale>
#include <sstream>

#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "program/standard_output.h"

namespace unfog::cli {

namespace {

using Json = nlohmann::ordered_json;

void print(const Json& json, int indentation)
{
    const std::string text = json.dump(indentation, ' ', false, Json::error_handler_t::replace);
    std::printf("%s\n", printableJson(text).c_str());
}

} // namespace

int complain(const Error& error, Answer answer)
{
    if (answer == Answer::Json)
        printJsonLine({{"event", "error"}, {"message", error.message}});
    std::fprintf(stderr, "unfog-cli: %s\n", printableLine(error.message).c_str());
    return error.kind == ErrorKind::InvalidRequest ? kWrongUse : kFailed;
}

void printJsonLine(const Json& event)
{
    print(event, -1);
    std::fflush(stdout);
}

void printJson(const Json& value)
{
    print(value, 2);
}

int finishOutput(int exitCode)
{
    const auto problem = standardOutputProblem();
    if (!problem)
        return exitCode;
    std::fprintf(stderr, "unfog-cli: The output could not be written: %s.\n", problem->c_str());
    return exitCode == kDone ? kFailed : exitCode;
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

#pragma once

#include <string>

#include "generation/result.h"

namespace unfog::cli {

enum ExitCode { kDone = 0, kFailed = 1, kWrongUse = 2 };

/// "unfog-cli: message" on stderr, and the exit code that goes with the kind: wrong use for an invalid request, failed for
/// the rest.
int complain(const Error& error);

/// Whole and decimal numbers for people and JSON alike, in the C locale: "12,345" never.
std::string decimal(double value, int digits);

} // namespace unfog::cli

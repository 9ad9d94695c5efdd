#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"

/// How the commands answer: results on standard output, errors on standard error, both on one thread. What
/// comes from files is shown by base/printable.h.
namespace unfog::cli {

enum ExitCode { kDone = 0, kFailed = 1, kWrongUse = 2 };

enum class Answer {
    Text,
    Json, ///< `--json`
};

/// "unfog-cli: message" on stderr, for Answer::Json also {"event": "error", "message": …} on stdout; the exit
/// code that goes with the kind: wrong use for an invalid request, failed for the rest.
int complain(const Error& error, Answer answer = Answer::Text);

/// One JSON object on a line of its own, at once.
void printJsonLine(const nlohmann::ordered_json& event);
/// One JSON value over several lines.
void printJson(const nlohmann::ordered_json& value);

/// What main returns: `exitCode`, or kFailed and a sentence when standard output could not be written.
int finishOutput(int exitCode);

/// Whole and decimal numbers for people and JSON alike, in the C locale: "12,345" never.
std::string decimal(double value, int digits);

} // namespace unfog::cli

#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace unfog {

/// File name → caption out of a table with a heading line: columns "file_name" and "text" (or "caption"), in
/// any order, others ignored; quoting as in RFC 4180, UTF-8 with or without byte order mark. BadFile: one of
/// the two columns is missing, a quote is not closed, a row is shorter than the columns need; with the line.
Result<std::map<std::string, std::string>> parseCaptionsCsv(std::string_view text);

} // namespace unfog

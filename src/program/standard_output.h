#pragma once

#include <optional>
#include <string>

namespace unfog {

/// Writes what is still buffered for standard output (of <cstdio>, and of <iostream> as long as the two are
/// synchronised), and says why something that was printed up to now could not be written; once there was a
/// reason, it stays. One thread.
std::optional<std::string> standardOutputProblem();

} // namespace unfog

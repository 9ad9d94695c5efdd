#pragma once

/// A shared library that remembers the environment it was initialised in, as libgomp and OpenBLAS read
/// theirs.
namespace unfog::testing {

/// "NAME=value", a line each.
const char* environmentAtLoad();

} // namespace unfog::testing

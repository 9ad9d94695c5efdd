#pragma once

/// How often a waiting thread of libgomp looks for work before it sleeps, and for 2 to the power of how many
/// cycles one of OpenBLAS does: less than a millisecond. With fewer, a run on a quiet machine takes more than
/// 2 % longer; with more, threads that share a core with another program wait for each other
/// (tests/benchmarks/busy_machine.sh). Text, as it stands in the environment. GOMP_SPINCOUNT or
/// OMP_WAIT_POLICY, and OPENBLAS_THREAD_TIMEOUT, override them.
#define UNFOG_GOMP_SPINCOUNT "10000"
#define UNFOG_OPENBLAS_TIMEOUT "16"

namespace unfog {

/// Whether this build sets them: everywhere with the GNU C library, but not under a sanitizer.
bool setsWaitingPolicy();

} // namespace unfog

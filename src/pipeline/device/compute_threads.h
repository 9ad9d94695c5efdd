#pragma once

/// How many threads the networks compute with on the CPU, for all engines of the process. Results do not
/// depend on it.
namespace unfog {

/// The largest number that setComputeThreads() takes.
inline constexpr int kMaxComputeThreads = 1024;

/// The cores that this process may use (its affinity mask), at least 1: what 0 stands for below.
int usableCores();

/// Sets the number of compute threads; 0 = automatic, one for each usable core. A number outside 0 …
/// kMaxComputeThreads is taken as the nearest one inside. May be called on any thread at any time, before the
/// first engine is made too: each engine asks at the start of each call (generate, loadModel, decode), so
/// what is running goes on as it began. An engine made with EngineOptions::threads above 0 keeps that number.
///
/// The window stays responsive with one thread for each core: it sleeps nearly always, so the system runs it
/// as soon as something happens. A smaller number leaves cores to other programs.
void setComputeThreads(int threads);

/// The number that the next call of an engine computes with, 1 … kMaxComputeThreads; never 0.
int computeThreads();

/// Makes LibTorch, the kernels and OpenBLAS use `threads` threads where the calling thread computes; 0 =
/// computeThreads(). OpenMP keeps the number for each calling thread, so the thread that computes calls this.
void applyThreadCount(int threads);

} // namespace unfog

#pragma once

/// What all programs do before anything else.
///
/// Whoever links this room also gets the policy by which OpenMP's and OpenBLAS' threads wait
/// (waiting_threads.cpp): it is set before the first library is initialised, so no call is needed.
namespace unfog {

enum class BrokenPipe {
    EndsTheProgram, ///< as the system has it
    IsAnError,      ///< writing fails with EPIPE, for programs that report what they could not write
};

/// To be called first in main, before the first thread. Makes a file that grows beyond the limit of `ulimit
/// -f` an error of the write (EFBIG) instead of the end of the program, and occupies standard input, output
/// and error where they are closed: a file opened later would get their number, and what is printed would go
/// into it. Using them stays an error (EBADF).
void startProgram(BrokenPipe brokenPipe = BrokenPipe::EndsTheProgram);

} // namespace unfog

// How threads wait for each other, set for the libraries of the program that links this file.
//
// By default a thread of libgomp that has nothing to do looks for work 300,000 times before it sleeps
// (milliseconds), and one of OpenBLAS (pthread build) for 2^26 cycles. That is free while every thread has a
// core of its own. As soon as another program wants a core too, the one that waits takes away the time of the
// one that it waits for.
//
// Both libraries read their settings from the environment while they are initialised, before main and before
// the constructors of this program. Only the functions in .preinit_array run earlier. The C library has not
// taken over the environment by then, so setenv() would be lost; but the array that it is going to take over
// can be changed in place. Therefore the settings take the places of variables that no library reads, until
// all libraries are initialised. Where there are no such variables, the program starts itself anew with the
// settings in its environment, which costs the time to load all libraries twice.

#include "program/waiting_threads.h"

#include <array>
#include <cstdlib>
#include <cstring>

#include <alloca.h>
#include <unistd.h>

// A sanitizer's own initialisation has to come first.
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define UNFOG_SETS_WAITING 1
#endif

#ifdef UNFOG_SETS_WAITING

namespace {

struct Setting {
    const char* names[2]; ///< any of them in the environment: the person decided, nothing is set
    const char* text;
};

constexpr Setting kSettings[] = {
    {{"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"}, "GOMP_SPINCOUNT=" UNFOG_GOMP_SPINCOUNT},
    {{"OPENBLAS_THREAD_TIMEOUT", "OPENBLAS_THREAD_TIMEOUT"},
     "OPENBLAS_THREAD_TIMEOUT=" UNFOG_OPENBLAS_TIMEOUT},
};
constexpr std::size_t kCount = std::size(kSettings);

/// Of shells, desktops and service managers; nothing that a library reads while it is initialised.
constexpr const char* kSpareNames[] = {
    "_",
    "SHLVL",
    "OLDPWD",
    "LS_COLORS",
    "MAIL",
    "LESSOPEN",
    "LESSCLOSE",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "SYSTEMD_EXEC_PID",
    "MANAGERPID",
    "WINDOWID",
    "SSH_CLIENT",
    "SSH_CONNECTION",
    "GIO_LAUNCHED_DESKTOP_FILE",
    "LOGNAME",
    "COLORTERM",
    "VTE_VERSION",
    "HISTCONTROL",
    "GIO_LAUNCHED_DESKTOP_FILE_PID",
    "TERM_PROGRAM",
    "SESSION_MANAGER",
    "GNOME_TERMINAL_SCREEN",
    "XDG_SESSION_ID",
    "TERM_PROGRAM_VERSION",
};

/// What was in the places that the settings took.
std::array<char*, kCount> displaced = {};
std::array<const Setting*, kCount> placed = {};

bool isVariable(const char* entry, const char* name)
{
    const std::size_t length = std::strlen(name);
    return std::strncmp(entry, name, length) == 0 && entry[length] == '=';
}

bool isSet(char* const* environment, const Setting& setting)
{
    for (; *environment; ++environment)
        for (const char* name : setting.names)
            if (isVariable(*environment, name))
                return true;
    return false;
}

bool isSpare(const char* entry)
{
    for (const char* name : kSpareNames)
        if (isVariable(entry, name))
            return true;
    return false;
}

/// Returns only if the program cannot be started anew; then the libraries wait as they like.
void startAnew(char* const* arguments, char* const* environment,
               const std::array<const Setting*, kCount>& missing)
{
    std::size_t size = 0;
    while (environment[size])
        ++size;
    auto** const extended = static_cast<char**>(alloca((size + kCount + 1) * sizeof(char*)));
    std::memcpy(extended, environment, size * sizeof(char*));
    for (const Setting* setting : missing)
        if (setting)
            extended[size++] = const_cast<char*>(setting->text);
    extended[size] = nullptr;
    // By its own name, or the system would list the program as "exe".
    char program[4096];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return;
    program[length] = '\0';
    execve(program, arguments, extended);
}

void setBeforeLibraries(int, char** arguments, char** environment)
{
    std::array<const Setting*, kCount> missing = {};
    for (std::size_t i = 0; i < kCount; ++i)
        if (!isSet(environment, kSettings[i]))
            missing[i] = &kSettings[i];
    std::array<char**, kCount> places = {};
    char** next = environment;
    for (std::size_t i = 0; i < kCount; ++i) {
        if (!missing[i])
            continue;
        while (*next && !isSpare(*next))
            ++next;
        if (!*next)
            return startAnew(arguments, environment, missing);
        places[i] = next++;
    }
    for (std::size_t i = 0; i < kCount; ++i)
        if (places[i]) {
            placed[i] = missing[i];
            displaced[i] = *places[i];
            *places[i] = const_cast<char*>(missing[i]->text);
        }
}

[[gnu::section(".preinit_array"), gnu::used]] void (*const beforeLibraries)(int, char**,
                                                                            char**) = setBeforeLibraries;

/// All libraries are initialised: the environment becomes what it was, for this program and those that it
/// starts.
[[gnu::constructor(101)]] void restoreEnvironment()
{
    for (std::size_t i = 0; i < kCount; ++i)
        if (placed[i]) {
            unsetenv(placed[i]->names[0]);
            putenv(displaced[i]);
        }
}

} // namespace

#endif

namespace unfog {

bool setsWaitingPolicy()
{
#ifdef UNFOG_SETS_WAITING
    return true;
#else
    return false;
#endif
}

} // namespace unfog

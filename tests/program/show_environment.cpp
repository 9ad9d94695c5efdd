// Prints the environment that a library saw at its initialisation, a line "--", the environment of main, a
// line "--", the arguments, and what stands on standard input.
#include <cstdio>

#include "program/seen_at_load.h"

extern char** environ;

int main(int argc, char** argv)
{
    std::printf("%s--\n", unfog::testing::environmentAtLoad());
    for (char** entry = environ; *entry; ++entry)
        std::printf("%s\n", *entry);
    std::printf("--\n");
    for (int i = 0; i < argc; ++i)
        std::printf("%s\n", argv[i]);
    for (int c = std::getchar(); c != EOF; c = std::getchar())
        std::putchar(c);
    return 7;
}

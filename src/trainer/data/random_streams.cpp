#include "trainer/data/random_streams.h"

#include <ATen/CPUGeneratorImpl.h>

namespace unfog {

std::uint64_t mixed(std::uint64_t a, std::uint64_t b)
{
    std::uint64_t z = a + 0x9e3779b97f4a7c15ULL * (b + 1);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

at::Generator namedStream(std::uint64_t seed, std::string_view purpose, std::uint64_t index)
{
    // FNV-1a: std::hash may differ between libraries.
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : purpose)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return at::detail::createCPUGenerator(mixed(mixed(seed, hash), index));
}

} // namespace unfog

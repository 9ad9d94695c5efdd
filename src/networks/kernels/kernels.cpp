#include "networks/kernels/kernels.h"

namespace unfog::kernels {

const Table& portableTable();
#if UNFOG_X86_KERNELS
const Table& avx2Table();
const Table& avx512Table();
#endif

int usableTables(const Table* (&tables)[3])
{
    int count = 0;
#if UNFOG_X86_KERNELS
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
        tables[count++] = &avx512Table();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c"))
        tables[count++] = &avx2Table();
#endif
    tables[count++] = &portableTable();
    return count;
}

const Table& table()
{
    static const Table* const best = [] {
        const Table* tables[3];
        usableTables(tables);
        return tables[0];
    }();
    return *best;
}

} // namespace unfog::kernels

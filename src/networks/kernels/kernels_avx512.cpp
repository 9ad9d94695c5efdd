// Compiled with flags of its own (CMakeLists.txt): no header with inline functions may be included here, or
// the linker could pick their copies for processors that lack these instructions.
#define UNFOG_VECTOR_BYTES 64
#define UNFOG_TILE_VECTORS 4
#define UNFOG_TILE_ROWS 6
#define UNFOG_NARROW_TILE_ROWS 14
#include "networks/kernels/kernels_simd.h"

namespace unfog::kernels {

const Table& avx512Table();

const Table& avx512Table()
{
    static constexpr Table table = makeTable("avx512");
    return table;
}

} // namespace unfog::kernels

// The kernels themselves, for one width of vector: included by one source file per instruction set, which
// defines UNFOG_VECTOR_BYTES, UNFOG_TILE_VECTORS, UNFOG_TILE_ROWS and UNFOG_NARROW_TILE_ROWS (the parts of a
// product that are kept in registers).
#pragma once

#include "networks/kernels/kernels_simd_maps.h"
#include "networks/kernels/kernels_simd_products.h"

namespace unfog::kernels {
namespace {

constexpr Table makeTable(const char* name)
{
    return {name,           product,
            softmaxColumns, scaleColumns,
            winogradInput,  winogradWeights,
            winogradOutput, channelMoments,
            scaleChannels,  channelGradients,
            mixChannels,    layerNorm,
            widen,          silu,
            quickGelu,      gelu,
            geglu};
}

} // namespace
} // namespace unfog::kernels

#include "networks/kernels/kernels_winograd.h"

#include <algorithm>
#include <array>

#include "networks/kernels/kernels.h"
#include "networks/kernels/kernels_switches.h"
#include "networks/kernels/kernels_threads.h"

namespace unfog::kernels {

namespace {

constexpr int64_t planes = 16;
constexpr int64_t fewestChannels = 64;
constexpr int64_t fewestTiles = 16;

/// Tiles that one task takes through all weights. More of them share a transformed part of the weights, fewer
/// keep the products in the cache until they are summed; the shallower, the more the second counts.
int64_t mostTiles(const PackedMatrix& weights)
{
    return std::clamp<int64_t>(divideUp(weights.in(), weights.blocks()) * 4 / 5, 96, 256);
}

int64_t tilesOf(const Picture& p)
{
    return divideUp(p.outHeight, 2) * divideUp(p.outWidth, 2);
}

/// A tile's 2 × 2 results begin at (line, column) of the image.
struct Tile {
    int64_t image, line, column;
};

Tile tileAt(const Picture& p, int64_t index)
{
    const int64_t columns = divideUp(p.outWidth, 2), lines = divideUp(p.outHeight, 2);
    return {index / (lines * columns), 2 * (index / columns % lines), 2 * (index % columns)};
}

/// The 4 × 4 pixels that the tile comes from, `zeros` in the padding.
std::array<const float*, 16> pixelsOf(const Picture& p, const Tile& tile, const float* x, int64_t channels,
                                      const float* zeros)
{
    std::array<const float*, 16> pixels;
    for (int64_t i = 0; i < 16; ++i) {
        const int64_t line = tile.line - p.padding + i / 4, column = tile.column - p.padding + i % 4;
        pixels[static_cast<size_t>(i)] =
            p.has(line, column) ? x + p.pixelAt(tile.image, line, column) * channels : zeros;
    }
    return pixels;
}

/// The tile's 2 × 2 results in a tensor laid out as y, null beyond its edges or where there is no tensor.
template <typename Float>
std::array<Float*, 4> resultsOf(const Picture& p, const Tile& tile, Float* y, int64_t channels,
                                int64_t firstChannel)
{
    std::array<Float*, 4> results;
    for (int64_t i = 0; i < 4; ++i) {
        const int64_t line = tile.line + i / 2, column = tile.column + i % 2;
        const bool inside = y && line < p.outHeight && column < p.outWidth;
        results[static_cast<size_t>(i)] =
            inside ? y + ((tile.image * p.outHeight + line) * p.outWidth + column) * channels + firstChannel
                   : nullptr;
    }
    return results;
}

/// A part of the weights → [plane][input][panelColumns]. Narrow ones are widened bit by bit, so that the
/// first cache holds what waits for its transformation.
void transformWeights(const PackedMatrix& weights, int64_t block, int64_t panel, float* to,
                      int64_t planeStride)
{
    const int64_t depth = weights.blockBegin(block + 1) - weights.blockBegin(block);
    if (!weights.isNarrow()) {
        const float* taps = weights.rows(block, panel, 0, 9 * depth, nullptr);
        return table().winogradWeights(depth * panelColumns, taps, depth * panelColumns, to, planeStride);
    }
    constexpr int64_t inputsAtOnce = 8;
    constexpr int64_t tapStride = inputsAtOnce * panelColumns + 16;
    float* const taps = scratch(Scratch::Widened, 9 * tapStride);
    for (int64_t begin = 0; begin < depth; begin += inputsAtOnce) {
        const int64_t end = std::min(begin + inputsAtOnce, depth);
        for (int64_t tap = 0; tap < 9; ++tap)
            weights.rows(block, panel, tap * depth + begin, tap * depth + end, taps + tap * tapStride);
        table().winogradWeights((end - begin) * panelColumns, taps, tapStride, to + begin * panelColumns,
                                planeStride);
    }
}

struct Convolution {
    const PackedMatrix& weights;
    const Picture& picture;
    const float* x;
    const float* bias;
    const float* addend;
    float* y;
};

/// The rows of the part are tiles.
void computeTiles(const Convolution& of, const ProductPart& part)
{
    const auto [begin, end, panelBegin, panelEnd] = part;
    const Table& kernels = table();
    const PackedMatrix& weights = of.weights;
    const int64_t count = end - begin, in = weights.in(), out = weights.out(), blocks = weights.blocks();
    const int64_t widest = divideUp(in, blocks);
    const int64_t leftStride = widest + 16, leftPlane = count * leftStride;
    // Planes that are read and written together fall into different cache sets.
    const int64_t weightPlane = widest * panelColumns + 16, productPlane = count * panelColumns + 16;
    // Sums that wait for the next block, or of one panel only.
    const int64_t productPanels = blocks > 1 ? panelEnd - panelBegin : 1;
    float* const zeros = scratch(Scratch::Rows, in);
    float* const left = scratch(Scratch::Tiles, planes * leftPlane);
    float* const right = scratch(Scratch::TileWeights, planes * weightPlane);
    float* const products = scratch(Scratch::TileProducts, productPanels * planes * productPlane);
    std::fill_n(zeros, in, 0.0F);

    for (int64_t block = 0; block < blocks; ++block) {
        const int64_t channel = weights.blockBegin(block), depth = weights.blockBegin(block + 1) - channel;
        for (int64_t tile = begin; tile < end; ++tile) {
            std::array<const float*, 16> pixels =
                pixelsOf(of.picture, tileAt(of.picture, tile), of.x, in, zeros);
            for (const float*& pixel : pixels)
                pixel += channel;
            kernels.winogradInput(depth, pixels.data(), left + (tile - begin) * leftStride, leftPlane);
        }
        for (int64_t panel = panelBegin; panel < panelEnd; ++panel) {
            transformWeights(weights, block, panel, right, weightPlane);
            float* const sums =
                products + (productPanels > 1 ? panel - panelBegin : 0) * planes * productPlane;
            for (int64_t plane = 0; plane < planes; ++plane) {
                Product product;
                product.rows = count;
                product.depth = depth;
                product.left = left + plane * leftPlane;
                product.rowStride = leftStride;
                product.panel = right + plane * weightPlane;
                product.result = sums + plane * productPlane;
                product.resultStride = product.addendStride = panelColumns;
                product.addend = block > 0 ? product.result : nullptr;
                kernels.product(product);
            }
            if (block + 1 < blocks)
                continue;
            const int64_t first = panel * panelColumns, columns = std::min(panelColumns, out - first);
            for (int64_t index = begin; index < end; ++index) {
                const Tile tile = tileAt(of.picture, index);
                const std::array<const float*, 4> addends =
                    resultsOf(of.picture, tile, of.addend, out, first);
                const std::array<float*, 4> results = resultsOf(of.picture, tile, of.y, out, first);
                kernels.winogradOutput(columns, sums + (index - begin) * panelColumns, productPlane,
                                       of.bias ? of.bias + first : nullptr, addends.data(), results.data());
            }
        }
    }
}

} // namespace

bool isForWinograd(const PackedMatrix& weights, const Picture& picture)
{
    return isOn(FastPath::Winograd) && weights.kernel() == 3 && picture.stride == 1 &&
           std::min(weights.in(), weights.out()) >= fewestChannels && tilesOf(picture) >= fewestTiles;
}

void multiplyWinograd(const PackedMatrix& weights, const Picture& picture, const float* x, const float* bias,
                      const float* addend, float* y)
{
    const Convolution convolution = {weights, picture, x, bias, addend, y};
    forEachProductPart(picture.batch * tilesOf(picture), mostTiles(weights), weights.panels(),
                       [&](const ProductPart& part) { computeTiles(convolution, part); });
}

} // namespace unfog::kernels

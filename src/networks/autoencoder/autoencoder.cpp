#include "networks/autoencoder/autoencoder.h"

#include <algorithm>

#include "base/stop.h"
#include "networks/layers/tensor_ops.h"

namespace unfog {

namespace {

struct Tile {
    int64_t start = 0;  // in latent positions
    int64_t length = 0; // likewise
    at::Tensor weights; // of its picture positions; those of all tiles add up to 1 at every position
};

/// Tiles of one axis, evenly spread, the last ending at the edge.
std::vector<Tile> tilesOfAxis(int64_t length, const TilePlan& plan, int64_t scale)
{
    const int64_t side = std::min(plan.side, length);
    const int64_t stride = side - plan.overlap;
    const int64_t count = length == side ? 1 : (length - side + stride - 1) / stride + 1;
    std::vector<Tile> tiles(count);
    at::Tensor total = at::zeros({length * scale}, at::kFloat);
    for (int64_t i = 0; i < count; ++i) {
        tiles[i].start = count == 1 ? 0 : i * (length - side) / (count - 1);
        tiles[i].length = side;
        const at::Tensor fromStart = at::arange(side * scale, at::kFloat) + 0.5;
        at::Tensor weights = at::ones({side * scale}, at::kFloat);
        const double fade = static_cast<double>(std::max<int64_t>(plan.overlap * scale, 1));
        if (i > 0)
            weights = at::minimum(weights, fromStart / fade);
        if (i + 1 < count)
            weights = at::minimum(weights, fromStart.flip(0) / fade);
        tiles[i].weights = weights;
        total.narrow(0, tiles[i].start * scale, side * scale).add_(weights);
    }
    for (Tile& tile : tiles)
        tile.weights = tile.weights / total.narrow(0, tile.start * scale, side * scale);
    return tiles;
}

} // namespace

Autoencoder::Autoencoder(const VaeConfig& config, const Parameters& parameters)
    : m_config(config), m_encoder(config, parameters / "encoder"), m_decoder(config, parameters / "decoder"),
      m_options(m_decoder.weightOptions())
{
    if (config.quantConv)
        m_quantConv.emplace(parameters / "quant_conv", 2 * config.latentChannels, 2 * config.latentChannels,
                            1);
    if (config.postQuantConv)
        m_postQuantConv.emplace(parameters / "post_quant_conv", config.latentChannels, config.latentChannels,
                                1);
}

LatentDistribution Autoencoder::encode(const at::Tensor& picture, const std::stop_token& stop) const
{
    const int64_t scale = m_config.scale();
    TORCH_CHECK(picture.dim() == 4 && picture.size(1) == m_config.inChannels &&
                    picture.size(2) % scale == 0 && picture.size(3) % scale == 0,
                "image to encode: expected [batch, ", m_config.inChannels,
                ", height, width] in multiples of ", scale, ", found ", picture.sizes());
    at::Tensor moments = m_encoder(channelsLast(picture.to(m_options)), stop);
    if (m_quantConv)
        moments = (*m_quantConv)(moments);
    return {moments.narrow(1, 0, m_config.latentChannels),
            moments.narrow(1, m_config.latentChannels, m_config.latentChannels).clamp(-30.0, 20.0)};
}

at::Tensor Autoencoder::decode(const at::Tensor& latent, const std::stop_token& stop) const
{
    TORCH_CHECK(latent.dim() == 4 && latent.size(1) == m_config.latentChannels,
                "latent to decode: expected [batch, ", m_config.latentChannels, ", height, width], found ",
                latent.sizes());
    at::Tensor x = channelsLast(latent.to(m_options));
    if (m_postQuantConv)
        x = (*m_postQuantConv)(x);
    return m_decoder(x, stop);
}

at::Tensor Autoencoder::decodeTiled(const at::Tensor& latent, const TilePlan& plan,
                                    const std::stop_token& stop) const
{
    TORCH_CHECK(plan.side >= 2 && plan.overlap >= 0 && 2 * plan.overlap <= plan.side,
                "tiles: expected a side of at least 2 and an overlap from 0 to half of it, found ", plan.side,
                " and ", plan.overlap);
    TORCH_CHECK(latent.dim() == 4, "latent to decode: expected [batch, channels, height, width], found ",
                latent.sizes());
    if (latent.size(2) <= plan.side && latent.size(3) <= plan.side)
        return decode(latent, stop);

    const int64_t scale = m_config.scale();
    const std::vector<Tile> rows = tilesOfAxis(latent.size(2), plan, scale);
    const std::vector<Tile> columns = tilesOfAxis(latent.size(3), plan, scale);
    at::Tensor picture = at::zeros(
        {latent.size(0), m_config.outChannels, latent.size(2) * scale, latent.size(3) * scale}, m_options);
    for (int64_t image = 0; image < latent.size(0); ++image)
        for (const Tile& row : rows)
            for (const Tile& column : columns) {
                const at::Tensor part = latent.narrow(0, image, 1)
                                            .narrow(2, row.start, row.length)
                                            .narrow(3, column.start, column.length);
                const at::Tensor weights = at::outer(row.weights, column.weights).to(m_options);
                picture.narrow(0, image, 1)
                    .narrow(2, row.start * scale, row.length * scale)
                    .narrow(3, column.start * scale, column.length * scale)
                    .add_(decode(part, stop) * weights);
            }
    return picture;
}

} // namespace unfog

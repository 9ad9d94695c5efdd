#include "networks/layers/memory_estimate.h"

#include <algorithm>

namespace unfog {

namespace {

/// Follows one forward pass. Functions are named after the layers; their comments are in the layers' own
/// sources.
class Tally final {
public:
    explicit Tally(const TensorShapes& shapes)
        : m_shapes(shapes), m_height(shapes.height), m_width(shapes.width)
    {
    }

    int64_t peak() const { return m_peak; }
    void take(int64_t bytes)
    {
        m_now += bytes;
        m_peak = std::max(m_peak, m_now);
    }
    void give(int64_t bytes) { m_now -= bytes; }

    int64_t picture(int64_t channels) const
    {
        return m_shapes.rows * channels * m_height * m_width * m_shapes.bytesPerNumber;
    }

    void resize(int64_t height, int64_t width)
    {
        m_height = height;
        m_width = width;
    }
    int64_t height() const { return m_height; }
    int64_t width() const { return m_width; }

    /// `given`: the caller does not keep the input.
    void resnet(int64_t in, int64_t out, bool given)
    {
        const int64_t x = picture(in), y = picture(out);
        const bool shortcut = in != out;
        if (shortcut)
            take(y);
        const bool normalisesInPlace = m_shapes.ownKernels && shortcut && given;
        if (!normalisesInPlace)
            take(x);
        if (!m_shapes.ownKernels && shortcut && given)
            give(x);
        take(y);
        give(x);
        if (m_shapes.ownKernels) {
            if (!shortcut && !given)
                take(y);
            give(y);
            return;
        }
        take(y); // second norm
        give(y);
        take(y); // second convolution
        give(y);
        if (shortcut)
            give(y);
        else if (given)
            give(x);
    }

    void transformer(int64_t channels, int64_t depth, bool given)
    {
        const int64_t x = picture(channels);
        take(2 * x);
        give(x);
        for (int64_t i = 0; i < depth; ++i) {
            take(x); // norm
            take(4 * x);
            added(x);
            give(4 * x);
            take(x); // norm
            give(x);
            take(2 * x);
            added(x);
            give(2 * x);
            take(x); // norm
            take(8 * x);
            take(m_shapes.ownKernels ? 4 * x : 8 * x);
            give(m_shapes.ownKernels ? 10 * x : 14 * x);
            added(x);
            give(4 * x);
        }
        if (!m_shapes.ownKernels || !given)
            take(x);
        give(x);
        if (!m_shapes.ownKernels && given)
            give(x);
    }

    void pictureAttention(int64_t channels)
    {
        const int64_t x = picture(channels);
        take(4 * x);
        give(x);
        take(2 * x);
        give(5 * x);
    }

    void enlarged(int64_t channels, int64_t height, int64_t width)
    {
        const int64_t before = picture(channels);
        resize(height, width);
        const int64_t x = picture(channels);
        if (!m_shapes.ownKernels)
            take(x);
        take(x);
        give(before + (m_shapes.ownKernels ? 0 : x));
    }

private:
    /// A result to which the input is added.
    void added(int64_t x)
    {
        if (m_shapes.ownKernels)
            return;
        take(x);
        give(x);
    }

    TensorShapes m_shapes;
    int64_t m_height;
    int64_t m_width;
    int64_t m_now = 0;
    int64_t m_peak = 0;
};

struct Skip {
    int64_t channels, height, width;
};

/// A block's weights, while it computes.
class Visit final {
public:
    Visit(Tally& tally, const std::vector<int64_t>& blockWeights, std::size_t index)
        : m_tally(tally), m_bytes(blockWeights.empty() ? 0 : blockWeights.at(index))
    {
        m_tally.take(m_bytes);
    }
    ~Visit() { m_tally.give(m_bytes); }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

private:
    Tally& m_tally;
    int64_t m_bytes;
};

int64_t keysAndValues(const UNetConfig& config, int64_t textBytes)
{
    int64_t bytes = 0;
    for (const UNetLevel& level : config.levels) {
        for (const int64_t depth : level.downTransformerLayers)
            bytes += level.downAttention ? depth * level.channels : 0;
        for (const int64_t depth : level.upTransformerLayers)
            bytes += level.upAttention ? depth * level.channels : 0;
    }
    if (config.midBlock == UNetMidBlock::CrossAttention)
        bytes += config.midTransformerLayers * config.levels.back().channels;
    return 2 * bytes * textBytes;
}

void downBlock(Tally& tally, const UNetConfig& config, std::size_t index, std::vector<Skip>& skips)
{
    const UNetLevel& level = config.levels[index];
    const auto keep = [&] { skips.push_back({level.channels, tally.height(), tally.width()}); };
    for (int64_t i = 0; i < level.layers; ++i) {
        tally.resnet(skips.back().channels, level.channels, false);
        if (level.downAttention)
            tally.transformer(level.channels, level.downTransformerLayers.at(i), true);
        keep();
    }
    if (index + 1 == config.levels.size())
        return;
    tally.resize((tally.height() + 1) / 2, (tally.width() + 1) / 2);
    tally.take(tally.picture(level.channels));
    keep();
}

void middle(Tally& tally, const UNetConfig& config)
{
    if (config.midBlock == UNetMidBlock::None)
        return;
    const int64_t channels = config.levels.back().channels;
    tally.resnet(channels, channels, false);
    if (config.midBlock == UNetMidBlock::Resnet)
        return;
    tally.transformer(channels, config.midTransformerLayers, true);
    tally.resnet(channels, channels, true);
}

void upBlock(Tally& tally, const UNetConfig& config, std::size_t index, std::vector<Skip>& skips,
             int64_t& channels)
{
    const UNetLevel& level = config.levels[index];
    for (int64_t i = 0; i <= level.layers; ++i) {
        const int64_t joined = channels + skips.back().channels;
        tally.take(tally.picture(joined));
        tally.give(tally.picture(joined));
        skips.pop_back();
        tally.resnet(joined, level.channels, true);
        channels = level.channels;
        if (level.upAttention)
            tally.transformer(channels, level.upTransformerLayers.at(i), true);
    }
    if (index > 0)
        tally.enlarged(channels, skips.back().height, skips.back().width);
}

} // namespace

int64_t unetTensorBytes(const UNetConfig& config, const TensorShapes& shapes, int64_t textTokens,
                        const std::vector<int64_t>& blockWeights)
{
    Tally tally(shapes);
    tally.take(keysAndValues(config, shapes.rows * textTokens * shapes.bytesPerNumber));
    int64_t channels = config.levels.front().channels;
    tally.take(tally.picture(channels));
    std::vector<Skip> skips = {{channels, shapes.height, shapes.width}};
    std::size_t block = 0;
    for (std::size_t level = 0; level < config.levels.size(); ++level) {
        const Visit visit(tally, blockWeights, block++);
        downBlock(tally, config, level, skips);
    }
    {
        const Visit visit(tally, blockWeights, block++);
        middle(tally, config);
    }
    channels = config.levels.back().channels;
    for (std::size_t level = config.levels.size(); level-- > 0;) {
        const Visit visit(tally, blockWeights, block++);
        upBlock(tally, config, level, skips, channels);
    }
    if (!shapes.ownKernels)
        tally.take(tally.picture(channels));
    tally.take(tally.picture(config.outChannels));
    return tally.peak();
}

int64_t decoderTensorBytes(const VaeConfig& config, const TensorShapes& shapes)
{
    Tally tally(shapes);
    int64_t channels = config.channels.back();
    tally.take(tally.picture(channels));
    tally.resnet(channels, channels, false);
    if (config.midAttention)
        tally.pictureAttention(channels);
    tally.resnet(channels, channels, true);
    tally.give(tally.picture(channels));
    for (std::size_t i = config.channels.size(); i-- > 0;) {
        for (int64_t j = 0; j <= config.layers; ++j) {
            tally.resnet(channels, config.channels[i], true);
            channels = config.channels[i];
        }
        if (i > 0)
            tally.enlarged(channels, 2 * tally.height(), 2 * tally.width());
    }
    if (!shapes.ownKernels) {
        tally.take(tally.picture(channels));
        tally.give(tally.picture(channels));
    }
    tally.take(tally.picture(config.outChannels));
    return tally.peak();
}

} // namespace unfog

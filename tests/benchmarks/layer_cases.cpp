#include "benchmarks/benchmark_cases.h"

#include "networks/layers/activations.h"
#include "networks/layers/layers.h"
#include "weights/parameters/random_parameters.h"

namespace unfog::benchmarks {

namespace {

class Cases final {
public:
    explicit Cases(const BenchmarkOptions& options) : m_options(options) {}

    void convolution(int64_t batch, int64_t in, int64_t out, int64_t side, int64_t kernel)
    {
        add("convolution" + std::to_string(kernel) + "x" + std::to_string(kernel),
            {batch, in, side, side, out}, [=](const BenchmarkOptions& options) {
                RandomParameters weights(1, options.dtype, options.device);
                return [conv = Conv2d(Parameters(weights), in, out, kernel, 1, kernel / 2),
                        x = picture(options, {batch, in, side, side})] { conv(x); };
            });
    }

    void linear(int64_t rows, int64_t in, int64_t out)
    {
        add("linear", {rows, in, out}, [=](const BenchmarkOptions& options) {
            RandomParameters weights(1, options.dtype, options.device);
            return
                [layer = Linear(Parameters(weights), in, out), x = random(options, {rows, in})] { layer(x); };
        });
    }

    void selfAttention(int64_t batch, int64_t heads, int64_t tokens, int64_t headFeatures)
    {
        crossAttention(batch, heads, tokens, tokens, headFeatures);
    }

    void crossAttention(int64_t batch, int64_t heads, int64_t queries, int64_t keys, int64_t headFeatures)
    {
        add("attention", {batch, heads, queries, keys, headFeatures}, [=](const BenchmarkOptions& options) {
            return [heads, query = random(options, {batch, queries, heads * headFeatures}),
                    key = random(options, {batch, keys, heads * headFeatures})] {
                attention(query, key, key, heads);
            };
        });
    }

    void groupNormSilu(int64_t batch, int64_t channels, int64_t side)
    {
        add("group_norm_silu", {batch, channels, side, side}, [=](const BenchmarkOptions& options) {
            RandomParameters weights(1, options.dtype, options.device);
            return [norm = GroupNorm(Parameters(weights), channels, 32, 1e-5),
                    x = picture(options, {batch, channels, side, side})] { norm(x, Activation::Silu); };
        });
    }

    void layerNorm(int64_t rows, int64_t features)
    {
        add("layer_norm", {rows, features}, [=](const BenchmarkOptions& options) {
            RandomParameters weights(1, options.dtype, options.device);
            return [norm = LayerNorm(Parameters(weights), features), x = random(options, {rows, features})] {
                norm(x);
            };
        });
    }

    void gatedGelu(int64_t rows, int64_t features)
    {
        add("geglu", {rows, features}, [=](const BenchmarkOptions& options) {
            return [x = random(options, {rows, 2 * features})] { geglu(x); };
        });
    }

    std::vector<BenchmarkCase> take() { return std::move(m_cases); }

private:
    static at::Tensor random(const BenchmarkOptions& options, at::IntArrayRef shape)
    {
        return at::randn(shape, at::kFloat).to(options.device, options.computedIn());
    }

    static at::Tensor picture(const BenchmarkOptions& options, at::IntArrayRef shape)
    {
        return random(options, shape).contiguous(at::MemoryFormat::ChannelsLast);
    }

    void add(const std::string& kind, const std::vector<int64_t>& numbers,
             std::function<std::function<void()>(const BenchmarkOptions&)> prepare)
    {
        std::string name = "layer/";
        name.append(kind);
        for (std::size_t i = 0; i < numbers.size(); ++i)
            name.append(i == 0 ? "/" : "_").append(std::to_string(numbers[i]));
        m_cases.push_back({name, [prepare, options = m_options] { return prepare(options); }});
    }

    BenchmarkOptions m_options;
    std::vector<BenchmarkCase> m_cases;
};

} // namespace

std::vector<BenchmarkCase> layerCases(const BenchmarkOptions& options)
{
    Cases cases(options);
    cases.convolution(2, 320, 320, 64, 3);
    cases.convolution(2, 960, 320, 64, 3);
    cases.convolution(2, 640, 640, 32, 3);
    cases.convolution(2, 1280, 1280, 16, 3);
    cases.convolution(2, 1280, 1280, 8, 3);
    cases.convolution(1, 128, 128, 512, 3);
    cases.convolution(1, 128, 3, 512, 3);
    cases.convolution(2, 640, 320, 64, 1);
    cases.linear(8192, 320, 320);
    cases.linear(8192, 320, 2560);
    cases.linear(8192, 1280, 320);
    cases.linear(512, 1280, 10240);
    cases.linear(128, 1280, 1280);
    cases.linear(2, 1280, 1280);
    cases.selfAttention(2, 8, 4096, 40);
    cases.selfAttention(2, 8, 1024, 80);
    cases.selfAttention(2, 8, 256, 160);
    cases.selfAttention(2, 8, 64, 160);
    cases.selfAttention(1, 1, 4096, 512);
    cases.crossAttention(2, 8, 4096, 77, 40);
    cases.groupNormSilu(2, 320, 64);
    cases.groupNormSilu(1, 128, 512);
    cases.layerNorm(8192, 320);
    cases.gatedGelu(8192, 1280);
    // Of the starter model.
    cases.convolution(2, 160, 64, 16, 3);
    cases.convolution(2, 64, 64, 16, 3);
    cases.convolution(2, 96, 96, 8, 3);
    cases.convolution(2, 192, 192, 4, 3);
    cases.convolution(2, 64, 4, 16, 3);
    cases.linear(128, 96, 96);
    cases.linear(128, 96, 768);
    cases.linear(32, 192, 1536);
    cases.selfAttention(2, 3, 64, 32);
    cases.groupNormSilu(2, 64, 16);
    cases.layerNorm(128, 96);
    return cases.take();
}

} // namespace unfog::benchmarks

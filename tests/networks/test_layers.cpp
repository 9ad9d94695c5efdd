#include <cmath>

#include <gtest/gtest.h>

#include "networks/layers/activations.h"
#include "networks/layers/layers.h"
#include "networks/layers/tensor_ops.h"
#include "networks/parameter_sources.h"

namespace unfog::test {

namespace {

/// Weights and biases of standard deviation 1 / √inputs and 1, remembered for the comparison.
class Remembered final : public ParameterSource {
public:
    explicit Remembered(bool withGradient = false) : m_withGradient(withGradient) {}

    at::Tensor tensor(const std::string& name, at::IntArrayRef shape) override
    {
        const int64_t inputs = shape.size() > 1 ? shape[1] * (shape.size() > 2 ? shape[2] * shape[3] : 1) : 1;
        at::Tensor& kept = tensors[name];
        kept = randomNormal(shape, std::hash<std::string>()(name)) / std::sqrt(static_cast<double>(inputs));
        return kept.requires_grad_(m_withGradient);
    }
    bool has(const std::string&) const override { return true; }

    std::map<std::string, at::Tensor> tensors;

private:
    bool m_withGradient;
};

at::Tensor picture(int64_t batch, int64_t channels, int64_t height, int64_t width)
{
    return randomNormal({batch, height, width, channels}, 7).permute({0, 3, 1, 2});
}

struct ConvCase {
    int64_t batch, in, out, height, width, kernel, stride, padding;
};

std::ostream& operator<<(std::ostream& out, const ConvCase& c)
{
    return out << c.batch << " × [" << c.in << ", " << c.height << ", " << c.width << "] → " << c.out
               << ", kernel " << c.kernel << ", stride " << c.stride << ", padding " << c.padding;
}

class ConvShapes : public ::testing::TestWithParam<ConvCase> {
protected:
    Remembered source;
    Conv2d conv{Parameters(source), GetParam().in,     GetParam().out,
                GetParam().kernel,  GetParam().stride, GetParam().padding};
    at::Tensor x = picture(GetParam().batch, GetParam().in, GetParam().height, GetParam().width);

    at::Tensor expected() const
    {
        return at::conv2d(x.to(at::kDouble), source.tensors.at("weight").to(at::kDouble),
                          source.tensors.at("bias").to(at::kDouble), GetParam().stride, GetParam().padding);
    }
};

/// What another source gives, in a narrower format or widened from it again.
class Narrowed final : public ParameterSource {
public:
    Narrowed(Remembered& source, at::ScalarType dtype, bool widened)
        : m_source(source), m_dtype(dtype), m_widened(widened)
    {
    }

    at::Tensor tensor(const std::string& name, at::IntArrayRef shape) override
    {
        const at::Tensor narrow = m_source.tensor(name, shape).to(m_dtype);
        return m_widened ? narrow.to(at::kFloat) : narrow;
    }
    bool has(const std::string&) const override { return true; }

private:
    Remembered& m_source;
    at::ScalarType m_dtype;
    bool m_widened;
};

/// Whether a layer with narrow weights computes what it computes with the same numbers in float32.
template <typename Layer, typename... Arguments>
void expectSameBitsFromNarrowWeights(const at::Tensor& x, Arguments... arguments)
{
    for (const at::ScalarType dtype : {at::kHalf, at::kBFloat16}) {
        Remembered source;
        Narrowed narrow(source, dtype, false), widened(source, dtype, true);
        const Layer small(Parameters(narrow), arguments...), large(Parameters(widened), arguments...);
        EXPECT_TRUE(small(x).equal(large(x)));
    }
}

class LinearShapes : public ::testing::TestWithParam<std::tuple<int64_t, int64_t, int64_t>> {};

class NormShapes : public ::testing::TestWithParam<std::tuple<int64_t, int64_t, int64_t>> {};

} // namespace

TEST_P(ConvShapes, equalsTheDefinitionInDoublePrecision)
{
    const at::Tensor found = conv(x);
    EXPECT_LT(relativeDifference(found.to(at::kDouble), expected()), 4e-6);
    EXPECT_TRUE(found.is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST_P(ConvShapes, addsAnotherTensorInTheSamePass)
{
    const at::Tensor addend = randomNormal(expected().sizes(), 8);
    EXPECT_LT(relativeDifference(conv(x, addend).to(at::kDouble), expected() + addend), 4e-6);
}

TEST_P(ConvShapes, narrowWeightsGiveTheBitsOfWideOnes)
{
    expectSameBitsFromNarrowWeights<Conv2d>(x, GetParam().in, GetParam().out, GetParam().kernel,
                                            GetParam().stride, GetParam().padding);
}

TEST_P(ConvShapes, takesAnyMemoryFormatAndGivesTheSameBits)
{
    EXPECT_TRUE(conv(x.contiguous()).equal(conv(x)));
}

TEST_P(ConvShapes, anEnlargedPictureNeedNotExist)
{
    const int64_t height = x.size(2), width = x.size(3);
    for (const auto& [h, w] : {std::pair(2 * height, 2 * width), std::pair(2 * height - 1, 2 * width),
                               std::pair(2 * height, 2 * width - 1), std::pair(3 * height, 2 * width)}) {
        const at::Tensor enlarged = at::upsample_nearest2d(x, at::IntArrayRef({h, w}));
        EXPECT_TRUE(conv.ofEnlarged(x, h, w).equal(conv(enlarged))) << h << " x " << w;
    }
}

TEST_P(ConvShapes, anAddendThatWasGivenAwayLendsItsMemory)
{
    const at::Tensor kept = channelsLast(randomNormal(expected().sizes(), 8)), before = kept.clone();
    const at::Tensor sum = conv(x, kept);
    EXPECT_TRUE(kept.equal(before)) << "one that is kept stays as it was";
    at::Tensor given = channelsLast(before.clone());
    const void* const memory = given.data_ptr();
    const at::Tensor inPlace = conv(x, std::move(given));
    EXPECT_EQ(inPlace.data_ptr(), memory);
    EXPECT_TRUE(inPlace.equal(sum));
}

TEST_P(ConvShapes, handsOutTheWeightsItWasGiven)
{
    EXPECT_TRUE(conv.weight().equal(source.tensors.at("weight")));
}

INSTANTIATE_TEST_SUITE_P(
    Layers, ConvShapes,
    ::testing::Values(ConvCase{2, 320, 320, 16, 16, 3, 1, 1}, ConvCase{2, 64, 96, 8, 8, 3, 1, 1},
                      ConvCase{2, 4, 320, 16, 16, 3, 1, 1}, ConvCase{1, 320, 4, 16, 16, 3, 1, 1},
                      ConvCase{1, 128, 3, 32, 32, 3, 1, 1}, ConvCase{2, 64, 64, 16, 16, 3, 2, 1},
                      ConvCase{1, 33, 35, 9, 7, 3, 2, 0}, ConvCase{1, 64, 64, 17, 17, 3, 2, 0},
                      ConvCase{2, 96, 320, 16, 16, 1, 1, 0}, ConvCase{1, 4, 4, 5, 5, 1, 1, 0},
                      ConvCase{1, 1, 1, 1, 1, 1, 1, 0}, ConvCase{1, 3, 5, 1, 1, 3, 1, 1},
                      ConvCase{3, 300, 17, 3, 5, 3, 1, 1}, ConvCase{1, 2, 40, 30, 20, 5, 1, 2},
                      ConvCase{1, 8, 40, 12, 12, 7, 4, 3}, ConvCase{1, 128, 140, 8, 8, 3, 1, 1},
                      ConvCase{2, 129, 200, 9, 13, 3, 1, 1}, ConvCase{1, 800, 130, 12, 11, 3, 1, 1},
                      ConvCase{1, 140, 133, 10, 9, 3, 1, 0}, ConvCase{1, 148, 164, 31, 40, 3, 1, 1},
                      ConvCase{1, 400, 70, 42, 46, 3, 1, 1}));

TEST_P(LinearShapes, equalsTheDefinitionInDoublePrecision)
{
    const auto [rows, in, out] = GetParam();
    Remembered source;
    const Linear linear(Parameters(source), in, out);
    const at::Tensor x = randomNormal({rows, in}, 1), addend = randomNormal({rows, out}, 2);
    const at::Tensor expected =
        at::matmul(x.to(at::kDouble), source.tensors.at("weight").to(at::kDouble).t()) +
        source.tensors.at("bias");
    EXPECT_LT(relativeDifference(linear(x).to(at::kDouble), expected), 4e-6);
    EXPECT_LT(relativeDifference(linear(x, addend).to(at::kDouble), expected + addend), 4e-6);
    EXPECT_TRUE(linear.weight().equal(source.tensors.at("weight")));
}

TEST_P(LinearShapes, narrowWeightsGiveTheBitsOfWideOnes)
{
    const auto [rows, in, out] = GetParam();
    expectSameBitsFromNarrowWeights<Linear>(randomNormal({rows, in}, 1), in, out);
}

INSTANTIATE_TEST_SUITE_P(Layers, LinearShapes,
                         ::testing::Values(std::tuple{1, 1, 1}, std::tuple{2, 320, 1280},
                                           std::tuple{77, 768, 768}, std::tuple{154, 768, 320},
                                           std::tuple{600, 320, 100}, std::tuple{15, 7, 33},
                                           std::tuple{225, 1000, 31}, std::tuple{513, 64, 64},
                                           std::tuple{5, 257, 64}));

TEST(Linear, keepsTheLeadingShapeAndWorksWithoutBias)
{
    Remembered source;
    const Linear linear(Parameters(source), 12, 40, false);
    const at::Tensor x = randomNormal({2, 3, 5, 12}, 1);
    const at::Tensor found = linear(x);
    EXPECT_LT(relativeDifference(found, at::linear(x, source.tensors.at("weight"))), 4e-6);
    EXPECT_TRUE(linear(x.transpose(1, 2)).equal(found.transpose(1, 2)));
    EXPECT_FALSE(source.tensors.contains("bias"));
}

TEST_P(NormShapes, groupNormEqualsTheDefinitionInDoublePrecision)
{
    const auto [channels, groups, side] = GetParam();
    Remembered source;
    const GroupNorm norm(Parameters(source), channels, groups, 1e-5);
    const at::Tensor x = picture(2, channels, side, side + 1) * 3 + 0.5;
    const at::Tensor expected = at::group_norm(x.to(at::kDouble).contiguous(), groups,
                                               norm.weight.to(at::kDouble), norm.bias.to(at::kDouble), 1e-5);
    EXPECT_LT(relativeDifference(norm(x).to(at::kDouble), expected), 4e-6);
    EXPECT_LT(relativeDifference(norm(x, Activation::Silu).to(at::kDouble), at::silu(expected)), 4e-6);
    EXPECT_TRUE(norm(x.contiguous()).equal(norm(x)));
}

TEST_P(NormShapes, groupNormGradientsEqualThoseOfTheDefinition)
{
    const auto [channels, groups, side] = GetParam();
    for (const Activation activation : {Activation::None, Activation::Silu}) {
        Remembered source(true);
        const GroupNorm norm(Parameters(source), channels, groups, 1e-5);
        at::Tensor x = (picture(2, channels, side, side + 1) * 3 + 0.5).requires_grad_();
        const at::Tensor flow = picture(2, channels, side, side + 1).flip(0);
        (norm(x, activation) * flow).sum().backward();

        const auto copyOf = [](const at::Tensor& t) { return t.detach().to(at::kDouble).requires_grad_(); };
        const at::Tensor input = copyOf(x), weight = copyOf(norm.weight), bias = copyOf(norm.bias);
        const at::Tensor y = at::group_norm(input, groups, weight, bias, 1e-5);
        ((activation == Activation::Silu ? at::silu(y) : y) * flow).sum().backward();
        for (const auto& [found, expected] :
             {std::pair(x, input), std::pair(norm.weight, weight), std::pair(norm.bias, bias)})
            EXPECT_LT(relativeDifference(found.grad().to(at::kDouble), expected.grad()), 1e-5);
    }
}

INSTANTIATE_TEST_SUITE_P(Layers, NormShapes,
                         ::testing::Values(std::tuple{320, 32, 16}, std::tuple{64, 32, 1},
                                           std::tuple{36, 4, 9}, std::tuple{30, 5, 40}, std::tuple{4, 4, 64},
                                           std::tuple{6, 1, 3}));

TEST(GroupNorm, aPictureThatWasGivenAwayLendsItsMemory)
{
    for (const int64_t side : {8, 64}) { // a thread an image, and many
        Remembered source;
        const GroupNorm norm(Parameters(source), 64, 8, 1e-5);
        const at::Tensor kept = picture(2, 64, side, side), before = kept.clone();
        const at::Tensor fresh = norm(kept, Activation::Silu);
        EXPECT_TRUE(kept.equal(before));
        at::Tensor given = channelsLast(before.clone());
        const void* const memory = given.data_ptr();
        const at::Tensor view = given.narrow(0, 0, 1);
        EXPECT_NE(norm(std::move(given), Activation::Silu).data_ptr(), memory) << "somebody sees it still";
        at::Tensor alone = channelsLast(before.clone());
        const void* const own = alone.data_ptr();
        const at::Tensor inPlace = norm(std::move(alone), Activation::Silu);
        EXPECT_EQ(inPlace.data_ptr(), own);
        EXPECT_TRUE(inPlace.equal(fresh));
    }
}

TEST(JointLinear, givesTheBitsOfItsParts)
{
    for (const bool withGradient : {false, true}) {
        Remembered source(withGradient);
        const Parameters parameters(source);
        const std::vector<Parameters> parts = {parameters / "q", parameters / "k", parameters / "v"};
        const JointLinear joint(parts, 48, 80, true);
        const at::Tensor x = randomNormal({2, 30, 48}, 1);
        const std::vector<at::Tensor> found = joint(x);
        ASSERT_EQ(found.size(), parts.size());
        for (std::size_t i = 0; i < parts.size(); ++i)
            EXPECT_TRUE(found[i].equal(Linear(parts[i], 48, 80)(x)));
    }
}

TEST(GroupNorm, keepsItsPrecisionFarFromZero)
{
    Remembered source;
    const GroupNorm norm(Parameters(source), 64, 8, 1e-5);
    const at::Tensor x = picture(1, 64, 32, 32) + 1000;
    const at::Tensor expected = at::group_norm(x.to(at::kDouble).contiguous(), 8, norm.weight.to(at::kDouble),
                                               norm.bias.to(at::kDouble), 1e-5);
    EXPECT_LT(relativeDifference(norm(x).to(at::kDouble), expected), 1e-4);
}

TEST(LayerNorm, equalsTheDefinitionInDoublePrecision)
{
    for (const int64_t features : {1, 5, 16, 320, 333, 1280}) {
        Remembered source;
        const LayerNorm norm(Parameters(source), features);
        const at::Tensor x = randomNormal({2, 300, features}, 1) * 2 + 1;
        const at::Tensor expected = at::layer_norm(x.to(at::kDouble), {features}, norm.weight.to(at::kDouble),
                                                   norm.bias.to(at::kDouble));
        EXPECT_LT(relativeDifference(norm(x).to(at::kDouble), expected), 2e-6) << features;
    }
}

TEST(Activations, equalTheirDefinitionsInDoublePrecision)
{
    const at::Tensor x = at::cat({at::linspace(-20, 20, 10007), at::linspace(-1e-3, 1e-3, 101)});
    const at::Tensor exact = x.to(at::kDouble);
    // Against the size of x: below −5 a gelu is the small rest of a subtraction in every implementation.
    const auto error = [&](const at::Tensor& found, const at::Tensor& expected) {
        return ((found.to(at::kDouble) - expected) / (exact.abs() + 1e-12)).abs().max().item<double>();
    };
    EXPECT_LT(error(unfog::silu(x), exact * at::sigmoid(exact)), 3e-7);
    EXPECT_LT(error(quickGelu(x), exact * at::sigmoid(1.702 * exact)), 5e-7);
    EXPECT_LT(error(unfog::gelu(x), exact * 0.5 * at::erfc(-exact / std::sqrt(2.0))), 3e-7);
}

TEST(Activations, keepTheEnds)
{
    const at::Tensor ends = at::tensor({0.0F, -1e30F, 1e30F, std::nanf("")});
    for (auto* function : {silu, quickGelu, gelu}) {
        const at::Tensor y = function(ends);
        EXPECT_EQ(y[0].item<float>(), 0.0F);
        EXPECT_NEAR(y[1].item<float>(), 0.0F, 1e-6F);
        EXPECT_EQ(y[2].item<float>(), 1e30F);
        EXPECT_TRUE(std::isnan(y[3].item<float>()));
    }
}

TEST(Activations, gegluIsOneHalfTimesGeluOfTheOther)
{
    for (const int64_t features : {1, 7, 64, 1283}) {
        const at::Tensor x = randomNormal({3, 5, 2 * features}, 1);
        const std::vector<at::Tensor> halves = x.to(at::kDouble).chunk(2, -1);
        const at::Tensor found = geglu(x);
        EXPECT_LT(relativeDifference(found.to(at::kDouble), halves[0] * at::gelu(halves[1])), 1e-6)
            << features;
        EXPECT_EQ(found.size(2), features);
    }
}

TEST(Activations, keepShapeAndMemoryFormat)
{
    const at::Tensor x = picture(2, 5, 3, 4);
    EXPECT_LT(relativeDifference(unfog::silu(x), at::silu(x)), 1e-6);
    EXPECT_TRUE(unfog::silu(x).is_contiguous(at::MemoryFormat::ChannelsLast));
    const at::Tensor strided = x.narrow(1, 1, 3);
    EXPECT_LT(relativeDifference(unfog::gelu(strided), at::gelu(strided)), 1e-6);
}

TEST(Layers, gradientsFlowToInputsAndWeights)
{
    Remembered source(true);
    const Parameters parameters(source);
    const Conv2d conv(parameters / "conv", 8, 16, 3, 1, 1);
    const GroupNorm groupNorm(parameters / "groupNorm", 16, 4, 1e-5);
    const Linear linear(parameters / "linear", 16, 24);
    const LayerNorm layerNorm(parameters / "layerNorm", 12);
    at::Tensor x = picture(1, 8, 4, 4).requires_grad_();
    at::Tensor y = groupNorm(conv(x), Activation::Silu).permute({0, 2, 3, 1});
    layerNorm(geglu(linear(y))).square().sum().backward();
    EXPECT_TRUE(x.grad().defined());
    for (const auto& [name, tensor] : source.tensors)
        EXPECT_TRUE(tensor.grad().defined()) << name;
}

TEST(Layers, gradientsFlowThroughFrozenWeights)
{
    Remembered source;
    const Conv2d conv(Parameters(source), 8, 16, 3, 1, 1);
    at::Tensor x = picture(1, 8, 5, 4).requires_grad_(), plain = x.detach().clone().requires_grad_();
    conv(x).square().sum().backward();
    at::conv2d(plain, source.tensors.at("weight"), source.tensors.at("bias"), 1, 1).square().sum().backward();
    EXPECT_LT(relativeDifference(x.grad(), plain.grad()), 1e-6);
}

TEST(Layers, computeInTheDtypeOfTheirWeights)
{
    class Double final : public ParameterSource {
    public:
        at::Tensor tensor(const std::string&, at::IntArrayRef shape) override
        {
            return at::ones(shape, at::kDouble);
        }
        bool has(const std::string&) const override { return true; }
    } source;
    const at::Tensor x = at::ones({1, 3, 4, 4}, at::kDouble);
    EXPECT_EQ(Conv2d(Parameters(source), 3, 5, 3, 1, 1)(x).scalar_type(), at::kDouble);
    EXPECT_EQ(Linear(Parameters(source), 4, 5)(x).scalar_type(), at::kDouble);
    EXPECT_EQ(GroupNorm(Parameters(source), 3, 1, 1e-5)(x).scalar_type(), at::kDouble);
}

TEST(Layers, giveTheSameBitsWhateverTheNumberOfThreads)
{
    Remembered source;
    const Parameters parameters(source);
    const Conv2d conv(parameters / "conv", 40, 96, 3, 1, 1);
    const GroupNorm norm(parameters / "norm", 96, 32, 1e-5);
    const at::Tensor x = picture(2, 40, 24, 24);
    const int threads = at::get_num_threads();
    std::vector<at::Tensor> results;
    for (const int count : {1, 2, 3, 7}) {
        at::set_num_threads(count);
        results.push_back(norm(conv(x), Activation::Silu));
    }
    at::set_num_threads(threads);
    for (const at::Tensor& result : results)
        EXPECT_TRUE(result.equal(results.front()));
}

} // namespace unfog::test

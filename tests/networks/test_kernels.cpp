#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "networks/kernels/kernels.h"
#include "networks/parameter_sources.h"

/// Every instruction set that this processor has, not only the best one, against plain double precision.
namespace unfog::test {

namespace {

std::vector<const kernels::Table*> tables()
{
    const kernels::Table* list[3];
    const int count = kernels::usableTables(list);
    return {list, list + count};
}

class Kernels : public ::testing::TestWithParam<const kernels::Table*> {
protected:
    const kernels::Table& table = *GetParam();
};

} // namespace

TEST_P(Kernels, widensEveryNumberOfBothFormatsExactly)
{
    const at::Tensor bits = at::arange(-32768, 32768, at::kInt).to(at::kShort);
    for (const bool brain : {false, true}) {
        at::Tensor found = at::full({bits.numel() + 1}, -7.0F);
        // A count that is no multiple of any vector's width.
        const int64_t count = bits.numel() - 3;
        table.widen(count, static_cast<const uint16_t*>(bits.data_ptr()), brain, found.data_ptr<float>());
        const at::Tensor expected =
            bits.view(brain ? at::kBFloat16 : at::kHalf).to(at::kFloat).narrow(0, 0, count);
        const at::Tensor both = found.narrow(0, 0, count);
        EXPECT_TRUE(both.isnan().equal(expected.isnan()));
        EXPECT_TRUE(at::nan_to_num(both).equal(at::nan_to_num(expected)));
        EXPECT_TRUE(both.signbit().equal(expected.signbit()));
        EXPECT_EQ(found[count].item<float>(), -7.0F);
    }
}

TEST_P(Kernels, productAddsBiasAddendAndSum)
{
    for (const int64_t rows : {1, 2, 5, 6, 7, 13, 14, 15, 28, 61, 75})
        for (const int64_t depth : {1, 2, 7, 40, 97})
            for (const int64_t columns : {1, 3, 16, 31, 32, 33, 48, 64})
                for (const bool alongDepth : {true, false}) {
                    const at::Tensor left = randomNormal({rows, depth}, 1),
                                     panel = randomNormal({depth, 64}, 2);
                    const at::Tensor bias = randomNormal({columns}, 3), addend = randomNormal({rows, 70}, 4);
                    const at::Tensor memory = alongDepth ? left : left.t().contiguous();
                    at::Tensor result = at::full({rows, 67}, -7.0F);
                    kernels::Product product;
                    product.rows = rows;
                    product.depth = depth;
                    product.left = memory.data_ptr<float>();
                    product.rowStride = alongDepth ? depth : 1;
                    product.depthStride = alongDepth ? 1 : rows;
                    product.panel = panel.data_ptr<float>();
                    product.columns = columns;
                    product.bias = bias.data_ptr<float>();
                    product.addend = addend.data_ptr<float>();
                    product.addendStride = 70;
                    product.result = result.data_ptr<float>();
                    product.resultStride = 67;
                    table.product(product);
                    const at::Tensor expected =
                        at::matmul(left.to(at::kDouble), panel.to(at::kDouble)).narrow(1, 0, columns) + bias +
                        addend.narrow(1, 0, columns);
                    ASSERT_LT((result.narrow(1, 0, columns) - expected).abs().max().item<double>(), 2e-5)
                        << rows << " rows, depth " << depth << ", " << columns << " columns";
                    ASSERT_TRUE((result.narrow(1, columns, 67 - columns) == -7.0F).all().item<bool>())
                        << "wrote behind the last column";
                }
}

TEST_P(Kernels, softmaxOfTilesEqualsSoftmaxOfTheWhole)
{
    const at::Tensor scores = randomNormal({50, 64}, 1) * 10;
    const at::Tensor expected = at::softmax(scores.to(at::kDouble) * 0.5, 0);
    at::Tensor work = scores.clone(), maxima = at::full({64}, -std::numeric_limits<float>::infinity());
    at::Tensor sums = at::zeros({64}), rescale = at::zeros({64});
    for (const auto& [begin, end] : {std::pair{0, 1}, {1, 30}, {30, 50}}) {
        kernels::SoftmaxColumns softmax;
        softmax.rows = end - begin;
        softmax.scale = 0.5F;
        softmax.scores = work.data_ptr<float>() + begin * 64;
        softmax.maxima = maxima.data_ptr<float>();
        softmax.sums = sums.data_ptr<float>();
        softmax.rescale = rescale.data_ptr<float>();
        table.softmaxColumns(softmax);
        table.scaleColumns(begin, rescale.data_ptr<float>(), work.data_ptr<float>());
    }
    EXPECT_LT(relativeDifference((work / sums).to(at::kDouble), expected), 2e-6);
}

TEST_P(Kernels, elementwiseFunctionsEqualTheirDefinitions)
{
    const at::Tensor x = at::linspace(-30, 30, 4001);
    const at::Tensor exact = x.to(at::kDouble);
    const auto error = [&](void (*function)(int64_t, const float*, float*), const at::Tensor& expected) {
        at::Tensor y = at::empty_like(x);
        function(x.numel(), x.data_ptr<float>(), y.data_ptr<float>());
        return ((y.to(at::kDouble) - expected) / (exact.abs() + 1e-12)).abs().max().item<double>();
    };
    EXPECT_LT(error(table.silu, exact * at::sigmoid(exact)), 3e-7);
    EXPECT_LT(error(table.quickGelu, exact * at::sigmoid(1.702 * exact)), 5e-7);
    EXPECT_LT(error(table.gelu, exact * 0.5 * at::erfc(-exact / std::sqrt(2.0))), 3e-7);
}

TEST_P(Kernels, normsEqualTheirDefinitions)
{
    for (const int64_t channels : {1, 4, 19, 64}) {
        const at::Tensor x = randomNormal({37, channels}, 1) + 2, weight = randomNormal({channels}, 2);
        const at::Tensor bias = randomNormal({channels}, 3);
        at::Tensor y = at::empty_like(x);
        table.layerNorm(37, channels, x.data_ptr<float>(), weight.data_ptr<float>(), bias.data_ptr<float>(),
                        1e-5F, y.data_ptr<float>());
        EXPECT_LT(relativeDifference(y.to(at::kDouble),
                                     at::layer_norm(x.to(at::kDouble), {channels}, weight.to(at::kDouble),
                                                    bias.to(at::kDouble))),
                  2e-6);

        at::Tensor sums = at::zeros({channels}), squares = at::zeros({channels});
        table.channelMoments(37, channels, x.data_ptr<float>(), x.data_ptr<float>(), sums.data_ptr<float>(),
                             squares.data_ptr<float>());
        const at::Tensor differences = (x - x[0]).to(at::kDouble);
        EXPECT_LT(relativeDifference(sums.to(at::kDouble), differences.sum(0)), 2e-6);
        EXPECT_LT(relativeDifference(squares.to(at::kDouble), differences.square().sum(0)), 2e-6);

        table.scaleChannels(37, channels, x.data_ptr<float>(), weight.data_ptr<float>(),
                            bias.data_ptr<float>(), true, y.data_ptr<float>());
        EXPECT_LT(relativeDifference(y.to(at::kDouble), at::silu((x * weight + bias).to(at::kDouble))), 2e-6);
    }
}

INSTANTIATE_TEST_SUITE_P(Networks, Kernels, ::testing::ValuesIn(tables()),
                         [](const auto& info) { return std::string(info.param->name); });

} // namespace unfog::test

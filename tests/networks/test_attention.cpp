#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "networks/layers/attention.h"
#include "networks/parameter_sources.h"

namespace unfog::test {

namespace {

/// The definition, word for word, in float64.
at::Tensor reference(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, int64_t heads,
                     bool causal)
{
    const auto split = [&](const at::Tensor& x) {
        return x.to(at::kDouble).reshape({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
    };
    at::Tensor scores = at::matmul(split(query), split(key).transpose(2, 3)) /
                        std::sqrt(static_cast<double>(query.size(2) / heads));
    if (causal)
        scores.masked_fill_(at::ones({query.size(1), key.size(1)}, at::kBool).triu(1),
                            -std::numeric_limits<double>::infinity());
    return at::matmul(at::softmax(scores, -1), split(value)).transpose(1, 2).reshape(query.sizes());
}

struct Case {
    int64_t batch, heads, queries, keys, headFeatures;
    bool causal;
};

std::ostream& operator<<(std::ostream& out, const Case& c)
{
    return out << c.batch << " images, " << c.heads << " heads, " << c.queries << " queries, " << c.keys
               << " keys, " << c.headFeatures << " features" << (c.causal ? ", causal" : "");
}

class AttentionShapes : public ::testing::TestWithParam<Case> {
protected:
    at::Tensor query = tokens(GetParam().queries, 1), key = tokens(GetParam().keys, 2),
               value = tokens(GetParam().keys, 3);

    static at::Tensor tokens(int64_t count, std::uint64_t seed)
    {
        return randomNormal({GetParam().batch, count, GetParam().heads * GetParam().headFeatures}, seed);
    }
};

} // namespace

TEST_P(AttentionShapes, equalsTheDefinitionInDoublePrecision)
{
    const at::Tensor found = attention(query, key, value, GetParam().heads, GetParam().causal);
    const at::Tensor expected = reference(query, key, value, GetParam().heads, GetParam().causal);
    EXPECT_LT(relativeDifference(found.to(at::kDouble), expected), 2e-6);
}

TEST_P(AttentionShapes, gradientsEqualThoseOfTheDefinition)
{
    std::vector<at::Tensor> inputs, copies;
    for (const at::Tensor& input : {query, key, value}) {
        inputs.push_back(input.clone().requires_grad_());
        copies.push_back(input.to(at::kDouble).requires_grad_());
    }
    const at::Tensor weights = tokens(GetParam().queries, 4);
    (attention(inputs[0], inputs[1], inputs[2], GetParam().heads, GetParam().causal) * weights)
        .sum()
        .backward();
    (reference(copies[0], copies[1], copies[2], GetParam().heads, GetParam().causal) * weights)
        .sum()
        .backward();
    for (std::size_t i = 0; i < inputs.size(); ++i)
        EXPECT_LT(at::norm(inputs[i].grad() - copies[i].grad()).item<double>(),
                  1e-5 * at::norm(copies[i].grad()).item<double>() + 1e-5)
            << "input " << i;
}

TEST_P(AttentionShapes, isTheSameBitForBitEveryTime)
{
    const at::Tensor once = attention(query, key, value, GetParam().heads, GetParam().causal);
    EXPECT_TRUE(once.equal(attention(query, key, value, GetParam().heads, GetParam().causal)));
}

INSTANTIATE_TEST_SUITE_P(Attention, AttentionShapes,
                         ::testing::Values(Case{1, 1, 1, 1, 8, false}, Case{1, 1, 1, 77, 40, false},
                                           Case{2, 8, 64, 64, 160, false}, Case{2, 8, 256, 77, 160, false},
                                           Case{1, 2, 1024, 77, 40, false}, Case{1, 3, 300, 300, 40, false},
                                           Case{1, 8, 33, 257, 8, false}, Case{1, 2, 257, 513, 80, false},
                                           Case{1, 5, 100, 600, 64, false}, Case{1, 1, 150, 300, 512, false},
                                           Case{1, 1, 129, 129, 256, false}, Case{3, 2, 31, 5, 7, false},
                                           Case{2, 12, 77, 77, 64, true}, Case{1, 4, 32, 32, 32, true},
                                           Case{1, 2, 300, 300, 40, true}, Case{1, 1, 1, 1, 8, true},
                                           Case{1, 2, 20, 50, 16, true}, Case{1, 2, 600, 290, 16, true}));

TEST(Attention, survivesScoresFarApart)
{
    const at::Tensor query = randomNormal({1, 40, 16}, 1) * 100, key = randomNormal({1, 600, 16}, 2) * 100;
    const at::Tensor value = randomNormal({1, 600, 16}, 3);
    const at::Tensor found = attention(query, key, value, 2);
    EXPECT_LT(relativeDifference(found.to(at::kDouble), reference(query, key, value, 2, false)), 1e-3);
}

TEST(Attention, doesNotHideNonFiniteValues)
{
    at::Tensor query = randomNormal({1, 40, 16}, 1), key = randomNormal({1, 40, 16}, 2), value = key.clone();
    key[0][39][0] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(attention(query, key, value, 2).isnan().any().item<bool>());
}

TEST(Attention, readsSlicesOfALargerTensor)
{
    const at::Tensor all = randomNormal({2, 50, 96}, 1);
    const std::vector<at::Tensor> parts = all.chunk(3, 2);
    EXPECT_TRUE(
        attention(parts[0], parts[1], parts[2], 4)
            .equal(attention(parts[0].contiguous(), parts[1].contiguous(), parts[2].contiguous(), 4)));
}

TEST(Attention, givesTheSameBitsOnOneThread)
{
    const at::Tensor x = randomNormal({2, 600, 80}, 1);
    const int threads = at::get_num_threads();
    const at::Tensor onAll = attention(x, x, x, 2);
    at::set_num_threads(1);
    const at::Tensor onOne = attention(x, x, x, 2);
    at::set_num_threads(threads);
    EXPECT_TRUE(onAll.equal(onOne));
}

} // namespace unfog::test

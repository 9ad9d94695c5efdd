#include <gtest/gtest.h>

#include "base/stop.h"
#include "networks/clip/clip_text_encoder.h"
#include "networks/parameter_sources.h"

namespace unfog {

namespace {

using test::RandomParameters;
using test::relativeDifference;

ClipTextConfig smallConfig()
{
    ClipTextConfig config;
    config.vocabulary = 50;
    config.positions = 6;
    config.features = 16;
    config.feedForwardFeatures = 32;
    config.layers = 3;
    config.heads = 4;
    config.endToken = 49;
    config.projection = true;
    config.projectionFeatures = 10;
    return config;
}

at::Tensor ids(std::vector<int64_t> values)
{
    return at::tensor(values, at::kLong).unsqueeze(0);
}

} // namespace

TEST(ClipTextEncoder, LaterTokensDoNotChangeEarlierStates)
{
    const at::InferenceMode inference;
    RandomParameters weights;
    const ClipTextEncoder encoder(smallConfig(), Parameters(weights));
    const at::Tensor one = encoder.encode(ids({48, 3, 4, 5, 49, 0})).lastHidden;
    const at::Tensor other = encoder.encode(ids({48, 3, 4, 9, 49, 0})).lastHidden;
    EXPECT_LT(relativeDifference(other.narrow(1, 0, 3), one.narrow(1, 0, 3)), 1e-6);
    EXPECT_GT(relativeDifference(other.narrow(1, 3, 3), one.narrow(1, 3, 3)), 1e-3);
}

TEST(ClipTextEncoder, HiddenStatesAreCountedFromTheEnd)
{
    const at::InferenceMode inference;
    RandomParameters weights;
    const ClipTextEncoder encoder(smallConfig(), Parameters(weights));
    const TextEncoding encoding = encoder.encode(ids({48, 3, 49}));
    ASSERT_EQ(encoding.hiddenStates.size(), 4U);
    EXPECT_TRUE(at::equal(encoder.finalNorm(encoding.hidden(0)), encoding.lastHidden));
    EXPECT_TRUE(at::equal(encoding.hidden(3), encoding.hiddenStates.front()));

    // One layer less is the same network cut short.
    ClipTextConfig shorter = smallConfig();
    shorter.layers = 2;
    const TextEncoding cut = ClipTextEncoder(shorter, Parameters(weights)).encode(ids({48, 3, 49}));
    EXPECT_TRUE(at::equal(cut.hidden(0), encoding.hidden(1)));
}

TEST(ClipTextEncoder, PoolsAtTheFirstEndToken)
{
    const at::InferenceMode inference;
    RandomParameters weights;
    const ClipTextEncoder encoder(smallConfig(), Parameters(weights));
    const TextEncoding encoding = encoder.encode(at::cat({ids({48, 3, 49, 49, 49}), ids({48, 3, 4, 5, 49})}));
    EXPECT_TRUE(at::equal(encoding.pooled[0], encoding.lastHidden[0][2]));
    EXPECT_TRUE(at::equal(encoding.pooled[1], encoding.lastHidden[1][4]));
    EXPECT_EQ(encoding.projected.sizes(), at::IntArrayRef({2, 10}));
}

TEST(ClipTextEncoder, EndTokenTwoMeansTheLargestId)
{
    const at::InferenceMode inference;
    ClipTextConfig config = smallConfig();
    config.endToken = 2;
    RandomParameters weights;
    const ClipTextEncoder encoder(config, Parameters(weights));
    const TextEncoding encoding = encoder.encode(ids({7, 2, 3, 49, 1, 49}));
    EXPECT_TRUE(at::equal(encoding.pooled[0], encoding.lastHidden[0][3]));
}

TEST(ClipTextEncoder, IdsOutsideVocabularyOrPositionsAreRefused)
{
    const at::InferenceMode inference;
    RandomParameters weights;
    const ClipTextEncoder encoder(smallConfig(), Parameters(weights));
    EXPECT_THROW(encoder.encode(ids({48, 50})), c10::Error);
    EXPECT_THROW(encoder.encode(ids({48, -1})), c10::Error);
    EXPECT_THROW(encoder.encode(ids({1, 1, 1, 1, 1, 1, 1})), c10::Error);
}

TEST(ClipTextEncoder, StopIsSeen)
{
    const at::InferenceMode inference;
    RandomParameters weights;
    const ClipTextEncoder encoder(smallConfig(), Parameters(weights));
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(encoder.encode(ids({48, 49}), stop.get_token()), Stopped);
}

TEST(ClipTextEncoder, GradientReachesTheTokenEmbedding)
{
    RandomParameters weights(at::kDouble, true);
    const ClipTextEncoder encoder(smallConfig(), Parameters(weights));
    encoder.encode(ids({48, 3, 49})).projected.square().sum().backward();
    const at::Tensor gradient = weights.given.at("text_model.embeddings.token_embedding.weight").grad();
    ASSERT_TRUE(gradient.defined());
    EXPECT_GT(gradient[3].abs().max().item<double>(), 0.0);
    EXPECT_EQ(gradient[4].abs().max().item<double>(), 0.0);
}

} // namespace unfog

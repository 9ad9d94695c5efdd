#include "networks/layers/attention.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>

#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include "base/stop.h"
#include "networks/kernels/arithmetic.h"
#include "networks/kernels/kernels.h"
#include "networks/kernels/kernels_threads.h"
#include "networks/layers/attention_gradient.h"
#include "networks/layers/torch_compat.h"

namespace unfog {

namespace {

using kernels::panelColumns;

/// Tokens of one head of one image: `tokens` rows of `features` numbers, `stride` apart.
struct HeadRows {
    const float* data;
    int64_t stride;
};

struct HeadShape {
    int64_t queries, keys, features;
    int64_t queryTile, keyTile; ///< tokens held in the second-level cache at once
    bool causal;
};

HeadRows rowsOf(const at::Tensor& x, int64_t image, int64_t head, int64_t features)
{
    return {x.data_ptr<float>() + image * x.stride(0) + head * features, x.stride(1)};
}

/// Rows next to each other, with a gap that keeps neighbours out of each other's cache sets.
int64_t packedStride(int64_t features)
{
    return features % 256 == 0 ? features + 16 : features;
}

void packRows(const HeadRows& from, int64_t begin, int64_t end, int64_t features, float* to)
{
    for (int64_t row = begin; row < end; ++row, to += packedStride(features))
        std::memcpy(to, from.data + row * from.stride, static_cast<size_t>(features) * sizeof(float));
}

/// panels of [features][panelColumns], zero behind the last query.
void packQueries(const HeadRows& from, int64_t begin, int64_t end, int64_t features, float* to)
{
    for (int64_t first = begin; first < end; first += panelColumns, to += features * panelColumns) {
        const int64_t count = std::min(panelColumns, end - first);
        if (count < panelColumns)
            std::fill_n(to, features * panelColumns, 0.0F);
        for (int64_t j = 0; j < count; ++j) {
            const float* query = from.data + (first + j) * from.stride;
            for (int64_t k = 0; k < features; ++k)
                to[k * panelColumns + j] = query[k];
        }
    }
}

void hideLaterKeys(float* scores, int64_t keyBegin, int64_t keyEnd, int64_t firstQuery)
{
    for (int64_t key = keyBegin; key < keyEnd; ++key, scores += panelColumns)
        for (int64_t j = 0; j < std::min(panelColumns, key - firstQuery); ++j)
            scores[j] = -std::numeric_limits<float>::infinity();
}

/// All keys for the queries [begin, end), at most a tile of them. Scores and outputs are kept transposed,
/// queries along the columns: so the scores come out in the very form that the second product reads, and the
/// softmax never adds across a vector.
void attendTile(const HeadShape& shape, const HeadRows& query, const HeadRows& key, const HeadRows& value,
                int64_t begin, int64_t end, float* result, int64_t resultStride)
{
    using kernels::Scratch;
    const kernels::Table& table = kernels::table();
    const int64_t features = shape.features, stride = packedStride(features);
    const int64_t panels = (end - begin + panelColumns - 1) / panelColumns;
    float* const queries = kernels::scratch(Scratch::Queries, panels * features * panelColumns);
    float* const outputs = kernels::scratch(Scratch::Outputs, panels * (features + 2) * panelColumns);
    float* const maxima = outputs + panels * features * panelColumns;
    float* const sums = maxima + panels * panelColumns;
    float* const scores = kernels::scratch(Scratch::Scores, shape.keyTile * panelColumns);
    float* const keys = kernels::scratch(Scratch::Keys, shape.keyTile * stride);
    float* const values = kernels::scratch(Scratch::Values, shape.keyTile * stride);

    packQueries(query, begin, end, features, queries);
    std::fill_n(outputs, panels * features * panelColumns, 0.0F);
    std::fill_n(maxima, panels * panelColumns, -std::numeric_limits<float>::infinity());
    std::fill_n(sums, panels * panelColumns, 0.0F);

    const int64_t allKeys = shape.causal ? std::min(end, shape.keys) : shape.keys;
    for (int64_t keyBegin = 0; keyBegin < allKeys; keyBegin += shape.keyTile) {
        if (StopScope::isStopWanted()) // a tile of a large image takes most of a second
            return;
        const int64_t keyEnd = std::min(keyBegin + shape.keyTile, allKeys);
        packRows(key, keyBegin, keyEnd, features, keys);
        packRows(value, keyBegin, keyEnd, features, values);
        for (int64_t panel = 0; panel < panels; ++panel) {
            kernels::Product similarity;
            similarity.rows = keyEnd - keyBegin;
            similarity.depth = features;
            similarity.left = keys;
            similarity.rowStride = stride;
            similarity.panel = queries + panel * features * panelColumns;
            similarity.result = scores;
            similarity.resultStride = panelColumns;
            table.product(similarity);
            if (shape.causal)
                hideLaterKeys(scores, keyBegin, keyEnd, begin + panel * panelColumns);

            alignas(64) float rescale[panelColumns];
            kernels::SoftmaxColumns softmax;
            softmax.rows = keyEnd - keyBegin;
            softmax.scale = 1.0F / std::sqrt(static_cast<float>(features));
            softmax.scores = scores;
            softmax.maxima = maxima + panel * panelColumns;
            softmax.sums = sums + panel * panelColumns;
            softmax.rescale = rescale;
            table.softmaxColumns(softmax);

            float* const output = outputs + panel * features * panelColumns;
            if (keyBegin > 0)
                table.scaleColumns(features, rescale, output);
            kernels::Product mixture;
            mixture.rows = features;
            mixture.depth = keyEnd - keyBegin;
            mixture.left = values;
            mixture.rowStride = 1;
            mixture.depthStride = stride;
            mixture.panel = scores;
            mixture.addend = output;
            mixture.addendStride = panelColumns;
            mixture.result = output;
            mixture.resultStride = panelColumns;
            table.product(mixture);
        }
    }

    for (int64_t i = begin; i < end; ++i) {
        const int64_t panel = (i - begin) / panelColumns, j = (i - begin) % panelColumns;
        const float scale = 1.0F / sums[panel * panelColumns + j];
        const float* output = outputs + panel * features * panelColumns + j;
        for (int64_t k = 0; k < features; ++k)
            result[i * resultStride + k] = output[k * panelColumns] * scale;
    }
}

at::Tensor rowsContiguous(const at::Tensor& x)
{
    return x.stride(2) == 1 ? x : x.contiguous();
}

at::Tensor tiledAttention(const at::Tensor& givenQuery, const at::Tensor& givenKey,
                          const at::Tensor& givenValue, int64_t heads, bool causal)
{
    const at::Tensor query = rowsContiguous(givenQuery), key = rowsContiguous(givenKey);
    const at::Tensor value = rowsContiguous(givenValue);
    const int64_t batch = query.size(0), features = query.size(2);
    HeadShape shape = {query.size(1), key.size(1), features / heads, 256, 128, causal};
    if (shape.features > 256)
        shape.queryTile = 128;
    at::Tensor result = at::empty({batch, shape.queries, features}, query.options());
    float* const data = result.data_ptr<float>();
    const int64_t tiles = (shape.queries + shape.queryTile - 1) / shape.queryTile;
    kernels::forEachTask(batch * heads * tiles, [&](int64_t task) {
        const int64_t tile = task % tiles, head = task / tiles % heads, image = task / tiles / heads;
        attendTile(shape, rowsOf(query, image, head, shape.features),
                   rowsOf(key, image, head, shape.features), rowsOf(value, image, head, shape.features),
                   tile * shape.queryTile, std::min((tile + 1) * shape.queryTile, shape.queries),
                   data + image * shape.queries * features + head * shape.features, features);
    });
    return result;
}

/// The same with a gradient. LibTorch's batched products run one small product after another on the CPU.
struct DifferentiableAttention final : torch::autograd::Function<DifferentiableAttention> {
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& query,
                              const at::Tensor& key, const at::Tensor& value, int64_t heads, bool causal)
    {
        context->save_for_backward({query, key, value});
        context->saved_data["heads"] = heads;
        context->saved_data["causal"] = causal;
        return tiledAttention(query, key, value, heads, causal);
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   const torch::autograd::variable_list& gradients)
    {
        const torch::autograd::variable_list saved = context->get_saved_variables();
        const auto [query, key, value] =
            attentionGradient(saved[0], saved[1], saved[2], gradients[0],
                              context->saved_data["heads"].toInt(), context->saved_data["causal"].toBool());
        return {query, key, value, {}, {}};
    }
};

at::Tensor splitHeads(const at::Tensor& x, int64_t heads)
{
    return x.reshape({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
}

} // namespace

at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, int64_t heads,
                     bool causal)
{
    RECORD_USER_SCOPE("unfog::attention");
    countArithmetic(4.0 * static_cast<double>(query.numel() * key.size(1)));
    assert(query.dim() == 3 && key.dim() == 3 && key.sizes() == value.sizes());
    assert(query.size(0) == key.size(0) && query.size(2) == key.size(2) && query.size(2) % heads == 0);
    if (kernels::canRun(query) && kernels::canRun(key) && kernels::canRun(value))
        return tiledAttention(query, key, value, heads, causal);
    if (kernels::canCompute(query) && kernels::canCompute(key) && kernels::canCompute(value))
        return DifferentiableAttention::apply(query, key, value, heads, causal);
    return fusedAttention(splitHeads(query, heads), splitHeads(key, heads), splitHeads(value, heads), causal)
        .transpose(1, 2)
        .reshape(query.sizes());
}

} // namespace unfog

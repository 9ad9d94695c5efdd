#include "networks/layers/attention_gradient.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "networks/kernels/kernels.h"
#include "networks/kernels/kernels_threads.h"

namespace unfog {

namespace {

using kernels::panelColumns;

/// Rows of one head of one image in a [batch, tokens, features] tensor.
struct Head {
    float* data;
    int64_t stride;
};

/// Up to `panelColumns` rows as [features][panelColumns], zero behind the last.
void packTransposed(const Head& from, int64_t begin, int64_t count, int64_t features, float* to)
{
    std::fill_n(to, features * panelColumns, 0.0F);
    for (int64_t j = 0; j < count; ++j)
        for (int64_t k = 0; k < features; ++k)
            to[k * panelColumns + j] = from.data[(begin + j) * from.stride + k];
}

/// `columns` numbers of each row, from `first`, as [count][panelColumns], zero behind the last.
void packColumns(const Head& from, int64_t begin, int64_t count, int64_t first, int64_t columns, float* to)
{
    for (int64_t j = 0; j < count; ++j, to += panelColumns) {
        std::copy_n(from.data + (begin + j) * from.stride + first, columns, to);
        std::fill(to + columns, to + panelColumns, 0.0F);
    }
}

/// result[r] += Σ_j left[r][j] · right[j] for the rows of a head. left: [rows][panelColumns], its first
/// `count` columns.
void addMixture(const float* left, int64_t rows, int64_t count, const Head& right, int64_t begin,
                int64_t features, float* panel, const Head& result)
{
    for (int64_t first = 0; first < features; first += panelColumns) {
        kernels::Product product;
        product.columns = std::min(panelColumns, features - first);
        packColumns(right, begin, count, first, product.columns, panel);
        product.rows = rows;
        product.depth = count;
        product.left = left;
        product.rowStride = panelColumns;
        product.panel = panel;
        product.addend = product.result = result.data + first;
        product.addendStride = product.resultStride = result.stride;
        kernels::table().product(product);
    }
}

/// [keys][panelColumns]: keys · columns of `panel`
void similarities(const Head& keys, int64_t count, int64_t features, const float* panel, float* result)
{
    kernels::Product product;
    product.rows = count;
    product.depth = features;
    product.left = keys.data;
    product.rowStride = keys.stride;
    product.panel = panel;
    product.result = result;
    product.resultStride = panelColumns;
    kernels::table().product(product);
}

/// Softmax over the keys of each column.
void normaliseColumns(float* scores, int64_t keys, float scale)
{
    alignas(64) float maxima[panelColumns], sums[panelColumns], factors[panelColumns];
    std::fill_n(maxima, panelColumns, -std::numeric_limits<float>::infinity());
    std::fill_n(sums, panelColumns, 0.0F);
    kernels::SoftmaxColumns softmax;
    softmax.rows = keys;
    softmax.scale = scale;
    softmax.scores = scores;
    softmax.maxima = maxima;
    softmax.sums = sums;
    softmax.rescale = factors;
    kernels::table().softmaxColumns(softmax);
    for (int64_t j = 0; j < panelColumns; ++j)
        factors[j] = 1.0F / sums[j];
    kernels::table().scaleColumns(keys, factors, scores);
}

/// `flow` ← scale · probabilities · (flow − Σ_keys probabilities · flow), column by column.
void throughSoftmax(const float* probabilities, int64_t keys, float scale, float* flow)
{
    alignas(64) float means[panelColumns] = {};
    for (int64_t key = 0; key < keys; ++key)
        for (int64_t j = 0; j < panelColumns; ++j)
            means[j] += probabilities[key * panelColumns + j] * flow[key * panelColumns + j];
    for (int64_t key = 0; key < keys; ++key)
        for (int64_t j = 0; j < panelColumns; ++j) {
            float& value = flow[key * panelColumns + j];
            value = scale * probabilities[key * panelColumns + j] * (value - means[j]);
        }
}

struct HeadGradient {
    Head query, key, value, output;                 ///< output: its gradient
    Head queryGradient, keyGradient, valueGradient; ///< the latter two are added to
    int64_t queries, keys, features;
    bool causal;
};

void computeHead(const HeadGradient& head)
{
    using kernels::Scratch;
    const int64_t features = head.features, keys = head.keys;
    const float scale = 1.0F / std::sqrt(static_cast<float>(features));
    float* const columns = kernels::scratch(Scratch::Queries, features * panelColumns);
    float* const probabilities = kernels::scratch(Scratch::Scores, keys * panelColumns);
    float* const flow = kernels::scratch(Scratch::Outputs, keys * panelColumns);
    float* const panel = kernels::scratch(Scratch::Values, panelColumns * panelColumns);
    for (int64_t begin = 0; begin < head.queries; begin += panelColumns) {
        const int64_t count = std::min(panelColumns, head.queries - begin);
        packTransposed(head.query, begin, count, features, columns);
        similarities(head.key, keys, features, columns, probabilities);
        if (head.causal)
            for (int64_t key = 0; key < keys; ++key)
                for (int64_t j = 0; j < std::min(panelColumns, key - begin); ++j)
                    probabilities[key * panelColumns + j] = -std::numeric_limits<float>::infinity();
        normaliseColumns(probabilities, keys, scale);
        addMixture(probabilities, keys, count, head.output, begin, features, panel, head.valueGradient);

        packTransposed(head.output, begin, count, features, columns);
        similarities(head.value, keys, features, columns, flow);
        throughSoftmax(probabilities, keys, scale, flow);
        addMixture(flow, keys, count, head.query, begin, features, panel, head.keyGradient);

        kernels::Product product;
        product.rows = features;
        product.depth = keys;
        product.left = head.key.data;
        product.rowStride = 1;
        product.depthStride = head.key.stride;
        product.panel = flow;
        product.result = columns;
        product.resultStride = panelColumns;
        kernels::table().product(product);
        for (int64_t j = 0; j < count; ++j)
            for (int64_t k = 0; k < features; ++k)
                head.queryGradient.data[(begin + j) * head.queryGradient.stride + k] =
                    columns[k * panelColumns + j];
    }
}

} // namespace

std::array<at::Tensor, 3> attentionGradient(const at::Tensor& query, const at::Tensor& key,
                                            const at::Tensor& value, const at::Tensor& outputGradient,
                                            int64_t heads, bool causal)
{
    const std::array<at::Tensor, 4> inputs = {query.contiguous(), key.contiguous(), value.contiguous(),
                                              outputGradient.contiguous()};
    std::array<at::Tensor, 3> gradients = {at::empty_like(inputs[0]), at::zeros_like(inputs[1]),
                                           at::zeros_like(inputs[2])};
    const int64_t features = query.size(2) / heads;
    kernels::forEachTask(query.size(0) * heads, [&](int64_t task) {
        const int64_t image = task / heads, first = task % heads * features;
        const auto headOf = [&](const at::Tensor& x) {
            return Head{x.data_ptr<float>() + image * x.stride(0) + first, x.stride(1)};
        };
        computeHead({headOf(inputs[0]), headOf(inputs[1]), headOf(inputs[2]), headOf(inputs[3]),
                     headOf(gradients[0]), headOf(gradients[1]), headOf(gradients[2]), query.size(1),
                     key.size(1), features, causal});
    });
    return gradients;
}

} // namespace unfog

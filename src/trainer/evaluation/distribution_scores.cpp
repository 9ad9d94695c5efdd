#include "trainer/evaluation/distribution_scores.h"

#include <algorithm>
#include <tuple>

namespace unfog {

namespace {

struct Gaussian {
    at::Tensor mean;
    at::Tensor covariance;
};

Gaussian fitGaussian(const at::Tensor& features)
{
    const at::Tensor values = features.to(at::kCPU, at::kDouble);
    TORCH_CHECK(values.dim() == 2 && values.size(0) > 1, "features are [images > 1, features], not ",
                values.sizes());
    const at::Tensor mean = values.mean(0);
    const at::Tensor centred = values - mean;
    return {mean, centred.t().matmul(centred) / static_cast<double>(values.size(0) - 1)};
}

/// Of a symmetric matrix without negative eigenvalues but for rounding.
at::Tensor matrixRoot(const at::Tensor& matrix)
{
    const auto [eigenvalues, eigenvectors] = at::linalg_eigh(matrix);
    return (eigenvectors * eigenvalues.clamp_min(0.0).sqrt()).matmul(eigenvectors.t());
}

at::Tensor distances(const at::Tensor& from, const at::Tensor& to)
{
    // Exactly, not by |a|² + |b|² − 2ab, whose rounding makes twins look apart.
    return at::cdist(from.to(at::kCPU, at::kDouble), to.to(at::kCPU, at::kDouble), 2.0, 2);
}

/// Share of `points` that lies in a ball around some member of `set`.
double shareCovered(const at::Tensor& points, const at::Tensor& set, std::int64_t neighbours)
{
    TORCH_CHECK(set.size(0) > neighbours, "a manifold of ", neighbours,
                " neighbours needs more members than ", set.size(0));
    // The nearest of all is the member itself.
    const at::Tensor radii = std::get<0>(distances(set, set).kthvalue(neighbours + 1, 1));
    const at::Tensor isCovered = distances(points, set).le(radii.unsqueeze(0)).any(1);
    return isCovered.to(at::kDouble).mean().item<double>();
}

} // namespace

double frechetDistance(const at::Tensor& first, const at::Tensor& second)
{
    const Gaussian a = fitGaussian(first), b = fitGaussian(second);
    const at::Tensor root = matrixRoot(a.covariance);
    // tr (C₁ C₂)^½ = tr (C₁^½ C₂ C₁^½)^½, and the latter is symmetric.
    const at::Tensor eigenvalues = at::linalg_eigvalsh(root.matmul(b.covariance).matmul(root));
    const double shared = eigenvalues.clamp_min(0.0).sqrt().sum().item<double>();
    const double apart = (a.mean - b.mean).square().sum().item<double>();
    const double spread = (a.covariance.trace() + b.covariance.trace()).item<double>();
    return std::max(0.0, apart + spread - 2.0 * shared);
}

PrecisionRecall precisionRecall(const at::Tensor& real, const at::Tensor& generated, std::int64_t neighbours)
{
    return {shareCovered(generated, real, neighbours), shareCovered(real, generated, neighbours)};
}

} // namespace unfog

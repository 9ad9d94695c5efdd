#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include "base/result.h"

/// Recorded runs of the reference implementation, and what a replay of one says.
namespace unfog::replay {

/// One recorded case: a safetensors file whose `__metadata__.reference` says what to do.
struct ReferenceCase {
    std::string name; ///< folder and file, e.g. "schedulers/ddim-sd"
    std::string kind; ///< "scheduler", "text_encoder", "unet", "vae", "pipeline"
    nlohmann::json reference;
    std::map<std::string, at::Tensor> tensors;

    const at::Tensor& tensor(const std::string& key) const { return tensors.at(key); }
    bool has(const std::string& key) const { return tensors.contains(key); }
    /// "step.007.sample" and the like.
    static std::string stepKey(int step, const std::string& what);
    int stepCount() const;
    /// The content of a scheduler_config.json; `-Infinity` as the reference writes it.
    std::string schedulerConfig() const;
};

Result<ReferenceCase> loadCase(const std::filesystem::path& file, const std::filesystem::path& root);

/// The outcome of one case: every comparison, of which the worst is printed.
class Verdict final {
public:
    explicit Verdict(std::string name) : m_name(std::move(name)) {}

    /// Prints every single comparison as it is made (`reference_replay --verbose`).
    static bool verbose;

    /// Largest absolute difference over the largest absolute recorded value. A shape that differs or NaN
    /// fails.
    void relative(const std::string& what, const at::Tensor& found, const at::Tensor& recorded,
                  double tolerance);
    void absolute(const std::string& what, const at::Tensor& found, const at::Tensor& recorded,
                  double tolerance);
    void exact(const std::string& what, bool equal);
    void failed(const std::string& why);

    const std::string& name() const { return m_name; }
    bool passed() const { return m_problem.empty() && m_worst <= 1.0 && m_comparisons > 0; }
    /// "PASS name  largest difference 3.1e-07 of 1.0e-04 (sample of step 7)".
    std::string line() const;

private:
    void compare(const std::string& what, const at::Tensor& found, const at::Tensor& recorded, double scale,
                 double tolerance);
    void add(const std::string& what, double difference, double tolerance);

    std::string m_name;
    std::string m_problem;
    std::string m_worstWhat;
    double m_worst = 0.0; ///< difference over tolerance
    double m_difference = 0.0;
    double m_tolerance = 0.0;
    int m_comparisons = 0;
};

} // namespace unfog::replay

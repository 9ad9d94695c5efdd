#include "replay/reference_case.h"

#include <cmath>
#include <cstdio>
#include <limits>

#include "diffusion/catalogue/scheduler_config.h"
#include "weights/files/tensor_io.h"

namespace unfog::replay {

namespace fs = std::filesystem;

std::string ReferenceCase::stepKey(int step, const std::string& what)
{
    char text[64];
    std::snprintf(text, sizeof text, "step.%03d.%s", step, what.c_str());
    return text;
}

int ReferenceCase::stepCount() const
{
    int count = 0;
    while (has(stepKey(count, "sample")))
        ++count;
    return count;
}

std::string ReferenceCase::schedulerConfig() const
{
    return reference.at("scheduler_config").dump();
}

Result<ReferenceCase> loadCase(const fs::path& file, const fs::path& root)
{
    auto opened = SafetensorsFile::open(file);
    if (!opened)
        return tl::unexpected(opened.error());
    const auto text = (*opened)->metadata().find("reference");
    if (text == (*opened)->metadata().end())
        return fail(ErrorKind::BadFile, file.string() + ": no \"reference\" in __metadata__.");
    ReferenceCase found;
    found.name = fs::relative(file, root).replace_extension().generic_string();
    // A number beyond float64 reads back as -Infinity when SchedulerConfig parses the dumped text.
    found.reference = nlohmann::json::parse(quoteNonFiniteTokens(text->second), nullptr, false);
    if (!found.reference.is_object() || !found.reference.contains("kind"))
        return fail(ErrorKind::BadFile,
                    file.string() + ": __metadata__.reference is not a JSON object with a kind.");
    found.kind = found.reference["kind"];
    auto tensors = readTensors(file);
    if (!tensors)
        return tl::unexpected(tensors.error());
    found.tensors = std::move(*tensors);
    return found;
}

bool Verdict::verbose = false;

void Verdict::add(const std::string& what, double difference, double tolerance)
{
    if (verbose)
        std::printf("    %s  %.2e of %.1e\n", what.c_str(), difference, tolerance);
    ++m_comparisons;
    const double ratio =
        std::isfinite(difference) ? difference / tolerance : std::numeric_limits<double>::infinity();
    if (m_comparisons > 1 && ratio <= m_worst)
        return;
    m_worst = ratio;
    m_worstWhat = what;
    m_difference = difference;
    m_tolerance = tolerance;
}

void Verdict::relative(const std::string& what, const at::Tensor& found, const at::Tensor& recorded,
                       double tolerance)
{
    const double scale = recorded.numel() == 0 ? 0.0 : recorded.to(at::kDouble).abs().max().item<double>();
    compare(what, found, recorded, scale > 0.0 ? scale : 1.0, tolerance);
}

void Verdict::absolute(const std::string& what, const at::Tensor& found, const at::Tensor& recorded,
                       double tolerance)
{
    compare(what, found, recorded, 1.0, tolerance);
}

void Verdict::compare(const std::string& what, const at::Tensor& found, const at::Tensor& recorded,
                      double scale, double tolerance)
{
    if (!found.defined() || found.sizes() != recorded.sizes()) {
        failed(what + ": shapes differ");
        return;
    }
    const at::Tensor difference = (found.to(at::kCPU, at::kDouble) - recorded.to(at::kDouble)).abs();
    // max() of NaN is NaN, which add() takes as infinitely wrong.
    add(what, difference.numel() == 0 ? 0.0 : difference.max().item<double>() / scale, tolerance);
}

void Verdict::exact(const std::string& what, bool equal)
{
    ++m_comparisons;
    if (!equal)
        failed(what + " is not equal");
}

void Verdict::failed(const std::string& why)
{
    if (m_problem.empty())
        m_problem = why;
}

std::string Verdict::line() const
{
    std::string text = (passed() ? "PASS " : "FAIL ") + m_name;
    if (!m_problem.empty())
        return text + "  " + m_problem;
    if (m_comparisons == 0)
        return text + "  nothing was compared";
    if (m_worstWhat.empty())
        return text + "  equal";
    char numbers[128];
    std::snprintf(numbers, sizeof numbers, "  largest difference %.2e of %.1e allowed (", m_difference,
                  m_tolerance);
    return text + numbers + m_worstWhat + ")";
}

} // namespace unfog::replay

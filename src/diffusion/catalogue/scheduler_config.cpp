#include "diffusion/catalogue/scheduler_config.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "base/bounded_json.h"
#include "diffusion/schedule/noise_schedule.h"

namespace unfog {

namespace {

using Json = nlohmann::json;

/// What the reference's constructors default to where the file says nothing.
SchedulerConfig defaultsOf(const std::string& className)
{
    SchedulerConfig config;
    config.className = className;
    const auto is = [&](const char* name) { return className == std::string(name) + "Scheduler"; };
    if (is("DDPM") || is("DDIM")) {
        config.timestepSpacing = "leading";
        config.clipSample = true;
        config.varianceType = is("DDPM") ? "fixed_small" : "";
    } else if (is("PNDM")) {
        config.timestepSpacing = "leading";
        config.setAlphaToOne = false;
    } else if (is("LCM") || is("TCD")) {
        config.timestepSpacing = "leading";
        config.betaStart = 0.00085;
        config.betaEnd = 0.012;
        config.betaSchedule = "scaled_linear";
    } else if (is("HeunDiscrete") || is("KDPM2Discrete") || is("KDPM2AncestralDiscrete")) {
        config.betaStart = 0.00085;
        config.betaEnd = 0.012;
    } else if (is("DPMSolverSinglestep")) {
        config.lowerOrderFinal = false;
    } else if (is("UniPCMultistep")) {
        config.solverType = "bh2";
    } else if (is("DEISMultistep")) {
        config.algorithmType = "deis";
        config.solverType = "logrho";
    }
    return config;
}

/// Reads typed values and keeps the first complaint.
class KeyReader {
public:
    explicit KeyReader(const Json& object) : m_object(object) {}

    void read(const char* key, std::string& value)
    {
        if (const Json* found = find(key); found && check(key, found->is_string(), "a text", *found))
            value = found->get<std::string>();
    }

    void read(const char* key, bool& value)
    {
        if (const Json* found = find(key); found && check(key, found->is_boolean(), "true or false", *found))
            value = found->get<bool>();
    }

    void read(const char* key, int& value)
    {
        if (const Json* found = find(key); found && check(key, isWhole(*found), "a whole number", *found))
            value = static_cast<int>(found->get<double>());
    }

    void read(const char* key, double& value)
    {
        if (const Json* found = find(key);
            found && check(key, number(*found).has_value(), "a number", *found))
            value = *number(*found);
    }

    void read(const char* key, std::optional<double>& value)
    {
        double held = 0.0;
        if (find(key)) {
            read(key, held);
            value = held;
        }
    }

    template <class Number>
    void read(const char* key, std::vector<Number>& values)
    {
        const Json* found = find(key);
        if (!found || !check(key, found->is_array(), "a list of numbers", *found))
            return;
        values.clear();
        for (const Json& entry : *found) {
            if (check(key, entry.is_number(), "a list of numbers", *found))
                values.push_back(entry.get<Number>());
        }
    }

    /// Null counts as absent.
    const Json* find(const char* key) const
    {
        const auto found = m_object.find(key);
        return found == m_object.end() || found->is_null() ? nullptr : &*found;
    }

    const std::string& problem() const { return m_problem; }

private:
    static bool isWhole(const Json& value)
    {
        return value.is_number() && std::floor(value.get<double>()) == value.get<double>() &&
               std::abs(value.get<double>()) < 1e9;
    }

    static std::optional<double> number(const Json& value)
    {
        if (value.is_number())
            return value.get<double>();
        if (value == "Infinity")
            return std::numeric_limits<double>::infinity();
        if (value == "-Infinity")
            return -std::numeric_limits<double>::infinity();
        return std::nullopt;
    }

    bool check(const char* key, bool fits, const char* expected, const Json& found)
    {
        if (!fits && m_problem.empty())
            m_problem = std::string(key) + " must be " + expected + ", found " + found.dump().substr(0, 60);
        return fits;
    }

    const Json& m_object;
    std::string m_problem;
};

void readKeys(KeyReader& reader, SchedulerConfig& config)
{
    reader.read("num_train_timesteps", config.numTrainTimesteps);
    reader.read("beta_start", config.betaStart);
    reader.read("beta_end", config.betaEnd);
    reader.read("beta_schedule", config.betaSchedule);
    reader.read("trained_betas", config.trainedBetas);
    reader.read("rescale_betas_zero_snr", config.rescaleBetasZeroSnr);
    reader.read("prediction_type", config.predictionType);
    reader.read("timestep_spacing", config.timestepSpacing);
    reader.read("steps_offset", config.stepsOffset);
    reader.read("clip_sample", config.clipSample);
    reader.read("clip_sample_range", config.clipSampleRange);
    reader.read("thresholding", config.thresholding);
    reader.read("dynamic_thresholding_ratio", config.dynamicThresholdingRatio);
    reader.read("sample_max_value", config.sampleMaxValue);
    reader.read("variance_type", config.varianceType);
    reader.read("set_alpha_to_one", config.setAlphaToOne);
    reader.read("skip_prk_steps", config.skipPrkSteps);
    reader.read("original_inference_steps", config.originalInferenceSteps);
    reader.read("timestep_scaling", config.timestepScaling);
    reader.read("interpolation_type", config.interpolationType);
    reader.read("timestep_type", config.timestepType);
    reader.read("final_sigmas_type", config.finalSigmasType);
    reader.read("sigma_min", config.sigmaMin);
    reader.read("sigma_max", config.sigmaMax);
    reader.read("use_karras_sigmas", config.useKarrasSigmas);
    reader.read("use_exponential_sigmas", config.useExponentialSigmas);
    reader.read("use_beta_sigmas", config.useBetaSigmas);
    reader.read("use_lu_lambdas", config.useLuLambdas);
    reader.read("use_flow_sigmas", config.useFlowSigmas);
    reader.read("solver_order", config.solverOrder);
    reader.read("algorithm_type", config.algorithmType);
    reader.read("solver_type", config.solverType);
    reader.read("lower_order_final", config.lowerOrderFinal);
    reader.read("euler_at_final", config.eulerAtFinal);
    reader.read("lambda_min_clipped", config.lambdaMinClipped);
    reader.read("predict_x0", config.predictX0);
    reader.read("disable_corrector", config.disableCorrector);
    config.hasSolverP = reader.find("solver_p") != nullptr;
    reader.read("flow_shift", config.flowShift);
    reader.read("use_dynamic_shifting", config.useDynamicShifting);
    reader.read("time_shift_type", config.timeShiftType);
    reader.read("base_shift", config.baseShift);
    reader.read("max_shift", config.maxShift);
    reader.read("base_image_seq_len", config.baseImageSeqLen);
    reader.read("max_image_seq_len", config.maxImageSeqLen);
    reader.read("shift", config.shift);
    reader.read("shift_terminal", config.shiftTerminal);
    reader.read("invert_sigmas", config.invertSigmas);
    reader.read("stochastic_sampling", config.stochasticSampling);
}

std::string listOfClasses()
{
    std::string list;
    for (const std::string& name : knownSchedulerClasses())
        list += (list.empty() ? "" : ", ") + name;
    return list;
}

Result<SchedulerConfig> parseObject(const Json& object, const std::string& className)
{
    const std::vector<std::string>& known = knownSchedulerClasses();
    if (std::find(known.begin(), known.end(), className) == known.end())
        return fail(ErrorKind::Unsupported, "scheduler configuration: _class_name is \"" + className +
                                                "\", known are " + listOfClasses());
    SchedulerConfig config = defaultsOf(className);
    KeyReader reader(object);
    readKeys(reader, config);
    if (!reader.problem().empty())
        return fail(ErrorKind::BadFile, "scheduler configuration: " + reader.problem());
    if (!config.trainedBetas.empty())
        config.numTrainTimesteps = static_cast<int>(config.trainedBetas.size());
    return config;
}

Result<Json> parseText(std::string_view text)
{
    Json object = parseJson<Json>(quoteNonFiniteTokens(text)).value_or(Json(Json::value_t::discarded));
    if (!object.is_object())
        return fail(ErrorKind::BadFile, "scheduler configuration: expected a JSON object.");
    return object;
}

} // namespace

const std::vector<std::string>& knownSchedulerClasses()
{
    static const std::vector<std::string> names = {"DDPMScheduler",
                                                   "DDIMScheduler",
                                                   "PNDMScheduler",
                                                   "LCMScheduler",
                                                   "TCDScheduler",
                                                   "EulerDiscreteScheduler",
                                                   "EulerAncestralDiscreteScheduler",
                                                   "HeunDiscreteScheduler",
                                                   "KDPM2DiscreteScheduler",
                                                   "KDPM2AncestralDiscreteScheduler",
                                                   "LMSDiscreteScheduler",
                                                   "DPMSolverMultistepScheduler",
                                                   "DPMSolverSinglestepScheduler",
                                                   "UniPCMultistepScheduler",
                                                   "DEISMultistepScheduler",
                                                   "FlowMatchEulerDiscreteScheduler",
                                                   "FlowMatchHeunDiscreteScheduler"};
    return names;
}

Result<SchedulerConfig> SchedulerConfig::parse(std::string_view jsonText)
{
    auto object = parseText(jsonText);
    if (!object)
        return tl::unexpected(object.error());
    const auto name = object->find("_class_name");
    if (name == object->end() || !name->is_string())
        return fail(ErrorKind::BadFile,
                    "scheduler configuration: _class_name is missing, known are " + listOfClasses());
    return parseObject(*object, name->get<std::string>());
}

Result<SchedulerConfig> SchedulerConfig::parseAs(std::string_view jsonText, const std::string& className)
{
    auto object = parseText(jsonText);
    if (!object)
        return tl::unexpected(object.error());
    return parseObject(*object, className);
}

Result<NoiseSchedule> SchedulerConfig::noiseSchedule() const
{
    return NoiseSchedule::create(
        {betaSchedule, betaStart, betaEnd, numTrainTimesteps, trainedBetas, rescaleBetasZeroSnr});
}

std::string quoteNonFiniteTokens(std::string_view jsonText)
{
    std::string strict;
    strict.reserve(jsonText.size());
    bool inString = false;
    for (std::size_t i = 0; i < jsonText.size();) {
        if (!inString) {
            bool replaced = false;
            for (const std::string_view token : {"-Infinity", "Infinity", "NaN"}) {
                if (jsonText.substr(i, token.size()) == token) {
                    strict.append("\"").append(token).append("\"");
                    i += token.size();
                    replaced = true;
                    break;
                }
            }
            if (replaced)
                continue;
        }
        const char character = jsonText[i++];
        strict += character;
        if (inString && character == '\\' && i < jsonText.size())
            strict += jsonText[i++];
        else if (character == '"')
            inString = !inString;
    }
    return strict;
}

} // namespace unfog

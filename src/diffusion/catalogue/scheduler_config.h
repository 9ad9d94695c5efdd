#pragma once

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace unfog {

class NoiseSchedule;

/// Every key of a `scheduler_config.json` that a supported class of the reference reads, with the defaults of
/// the class that is named. A plain value; makeScheduler checks what only the class can know.
struct SchedulerConfig {
    std::string className; ///< "DDIMScheduler", …

    int numTrainTimesteps = 1000;
    double betaStart = 0.0001;
    double betaEnd = 0.02;
    std::string betaSchedule = "linear";
    std::vector<double> trainedBetas;
    bool rescaleBetasZeroSnr = false;
    std::string predictionType = "epsilon";
    std::string timestepSpacing = "linspace";
    int stepsOffset = 0;

    bool clipSample = false;
    double clipSampleRange = 1.0;
    bool thresholding = false;
    double dynamicThresholdingRatio = 0.995;
    double sampleMaxValue = 1.0;
    std::string varianceType; ///< "" = null
    bool setAlphaToOne = true;
    bool skipPrkSteps = false;
    int originalInferenceSteps = 50;
    double timestepScaling = 10.0;

    std::string interpolationType = "linear";
    std::string timestepType = "discrete";
    std::string finalSigmasType = "zero";
    std::optional<double> sigmaMin;
    std::optional<double> sigmaMax;
    bool useKarrasSigmas = false;
    bool useExponentialSigmas = false;
    bool useBetaSigmas = false;
    bool useLuLambdas = false;
    bool useFlowSigmas = false;
    /// Levels above this σ are not visited (diffusion/schedule/sigma_ceiling.h). Of the run, not a key of the
    /// file.
    std::optional<double> sigmaCeiling;

    int solverOrder = 2;
    std::string algorithmType = "dpmsolver++";
    std::string solverType = "midpoint";
    bool lowerOrderFinal = true;
    bool eulerAtFinal = false;
    double lambdaMinClipped = -std::numeric_limits<double>::infinity();
    bool predictX0 = true;
    std::vector<int> disableCorrector;
    bool hasSolverP = false; ///< UniPC's `solver_p` names another scheduler: not supported

    double flowShift = 1.0;
    bool useDynamicShifting = false;
    std::string timeShiftType = "exponential";
    double baseShift = 0.5;
    double maxShift = 1.15;
    int baseImageSeqLen = 256;
    int maxImageSeqLen = 4096;
    double shift = 1.0; ///< of the flow-matching classes
    std::optional<double> shiftTerminal;
    bool invertSigmas = false;
    bool stochasticSampling = false;

    bool operator==(const SchedulerConfig&) const = default;

    /// Reads the file's text, Python's `-Infinity`, `Infinity` and `NaN` included. Keys of other classes are
    /// passed over, as the reference does. BadFile for what is not JSON, a missing or unknown `_class_name`
    /// (lists those known) or a value of the wrong type, each naming the key.
    static Result<SchedulerConfig> parse(std::string_view jsonText);
    /// The same file for another class: keys that the file states carry over, defaults are the new class's.
    static Result<SchedulerConfig> parseAs(std::string_view jsonText, const std::string& className);

    /// The training schedule; fails as NoiseSchedule::create does.
    Result<NoiseSchedule> noiseSchedule() const;
};

/// All classes that makeScheduler knows.
const std::vector<std::string>& knownSchedulerClasses();

/// JSON as Python writes it → strict JSON: the tokens -Infinity, Infinity and NaN outside of strings become
/// strings, which SchedulerConfig reads as the numbers they stand for.
std::string quoteNonFiniteTokens(std::string_view jsonText);

} // namespace unfog

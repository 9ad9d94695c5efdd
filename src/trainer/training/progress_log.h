#pragma once

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "trainer/training/training_loop.h"

namespace unfog {

/// Tells how a run goes: a line on stderr that redraws itself on a terminal (elsewhere one every half
/// minute), and a row a step in log.csv.
class ProgressLog final {
public:
    /// Continues `folder`/log.csv after row `firstStep`, so that a run that was killed leaves no step twice;
    /// 0 begins a new one. `extraColumns` are measured now and then and empty in other rows.
    static Result<ProgressLog> open(const std::filesystem::path& folder, std::int64_t firstStep,
                                    double firstSeconds, int picturesPerStep,
                                    std::vector<std::string> extraColumns, bool quiet);

    /// `extra`: values of some of the extra columns.
    Result<void> step(const StepReport& report, const std::map<std::string, double>& extra = {});
    /// A line of its own that stays.
    void say(const std::string& text);

private:
    struct Closer {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    void showLine(const StepReport& report, double picturesPerSecond);

    std::filesystem::path m_file;
    std::unique_ptr<std::FILE, Closer> m_csv;
    std::vector<std::string> m_extraColumns;
    int m_picturesPerStep = 1;
    bool m_quiet = false;
    bool m_terminal = false;
    bool m_lineShown = false;
    double m_smoothLoss = -1.0; ///< mean of about the last 50 steps
    double m_smoothStepSeconds = 0.0;
    double m_lastSeconds = 0.0;
    double m_lastShown = -1e9;
    double m_firstSeconds = 0.0;
    double m_firstProgress = -1.0;
};

} // namespace unfog

#include "trainer/training/progress_log.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>

#include <unistd.h>

#include "base/printable.h"

namespace unfog {

namespace {

constexpr const char* fixedColumns = "step,seconds,loss,learning_rate,gradient_norm,pictures_per_second";

std::string number(double value)
{
    char text[64];
    const auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::general, 6);
    return {text, end.ptr};
}

std::string clock(double seconds)
{
    const auto whole = std::llround(seconds);
    char text[64];
    if (whole >= 3600)
        std::snprintf(text, sizeof(text), "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
    else
        std::snprintf(text, sizeof(text), "%lld:%02lld", whole / 60, whole % 60);
    return text;
}

/// The rows up to `lastStep` of a log that may end in the middle of one.
std::string rowsUpTo(const std::filesystem::path& file, std::int64_t lastStep)
{
    std::ifstream in(file);
    std::string kept, line;
    while (std::getline(in, line) && !in.eof()) {
        std::int64_t step = 0;
        const auto read = std::from_chars(line.data(), line.data() + line.size(), step);
        const bool header = kept.empty();
        if (header || (read.ec == std::errc{} && step <= lastStep))
            kept += line + "\n";
    }
    return kept;
}

} // namespace

Result<ProgressLog> ProgressLog::open(const std::filesystem::path& folder, std::int64_t firstStep,
                                      double firstSeconds, int picturesPerStep,
                                      std::vector<std::string> extraColumns, bool quiet)
{
    ProgressLog log;
    log.m_file = folder / "log.csv";
    log.m_extraColumns = std::move(extraColumns);
    log.m_picturesPerStep = picturesPerStep;
    log.m_quiet = quiet;
    log.m_terminal = ::isatty(STDERR_FILENO) == 1;
    log.m_lastSeconds = log.m_firstSeconds = firstSeconds;
    std::string head = firstStep > 0 ? rowsUpTo(log.m_file, firstStep) : std::string();
    if (head.empty()) {
        head = fixedColumns;
        for (const std::string& column : log.m_extraColumns)
            head += "," + column;
        head += "\n";
    }
    log.m_csv.reset(std::fopen(log.m_file.c_str(), "w"));
    if (!log.m_csv || std::fputs(head.c_str(), log.m_csv.get()) < 0)
        return fail(ErrorKind::Io, log.m_file.string() + " cannot be written: " + std::strerror(errno));
    return log;
}

Result<void> ProgressLog::step(const StepReport& report, const std::map<std::string, double>& extra)
{
    const double seconds = report.seconds - m_lastSeconds;
    m_lastSeconds = report.seconds;
    const bool first = m_smoothLoss < 0.0;
    m_smoothLoss = first ? report.loss : m_smoothLoss + 0.02 * (report.loss - m_smoothLoss);
    m_smoothStepSeconds = first ? seconds : m_smoothStepSeconds + 0.02 * (seconds - m_smoothStepSeconds);
    if (first)
        m_firstProgress = report.progress;
    const double rate = m_smoothStepSeconds > 0.0 ? m_picturesPerStep / m_smoothStepSeconds : 0.0;
    std::string row = std::to_string(report.step) + "," + number(report.seconds) + "," + number(report.loss) +
                      "," + number(report.learningRate) + "," + number(report.gradientNorm) + "," +
                      number(rate);
    for (const std::string& column : m_extraColumns)
        row.append(",").append(extra.contains(column) ? number(extra.at(column)) : std::string());
    row += "\n";
    // Flushed a row at a time: a kill loses none.
    if (std::fputs(row.c_str(), m_csv.get()) < 0 || std::fflush(m_csv.get()) != 0)
        return fail(ErrorKind::Io, m_file.string() + " cannot be written: " + std::strerror(errno));
    if (!m_quiet && report.seconds - m_lastShown > (m_terminal ? 0.5 : 30.0)) {
        m_lastShown = report.seconds;
        showLine(report, rate);
    }
    return {};
}

void ProgressLog::showLine(const StepReport& report, double picturesPerSecond)
{
    const double advanced = report.progress - m_firstProgress;
    const double left =
        advanced > 0.0 ? (report.seconds - m_firstSeconds) * (1.0 - report.progress) / advanced : 0.0;
    constexpr int cells = 20;
    std::string bar(cells, '-');
    std::fill_n(bar.begin(), static_cast<int>(cells * std::min(report.progress, 1.0)), '#');
    std::fprintf(stderr, "%s[%s] step %lld  loss %.4f  rate %.2e  %.1f images/s  %s done, %s left%s",
                 m_terminal ? "\r\033[K" : "", bar.c_str(), static_cast<long long>(report.step), m_smoothLoss,
                 report.learningRate, picturesPerSecond, clock(report.seconds).c_str(), clock(left).c_str(),
                 m_terminal ? "" : "\n");
    m_lineShown = m_terminal;
}

void ProgressLog::say(const std::string& text)
{
    if (m_quiet)
        return;
    std::fprintf(stderr, "%s%s\n", m_lineShown ? "\n" : "", printableLine(text).c_str());
    m_lineShown = false;
}

} // namespace unfog

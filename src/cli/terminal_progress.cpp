#include "cli/terminal_progress.h"

#include <algorithm>
#include <cmath>

#include <unistd.h>

namespace unfog::cli {

namespace {

const char* stageText(Stage stage)
{
    switch (stage) {
    case Stage::LoadModel:
        return "Loading the model";
    case Stage::EncodeText:
        return "Encoding the prompt";
    case Stage::EncodeImage:
        return "Encoding the image";
    case Stage::Sample:
        return "Sampling";
    case Stage::Decode:
        return "Decoding";
    }
    return "";
}

std::string formatted(const char* format, double value)
{
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

} // namespace

std::string progressBar(int done, int total)
{
    constexpr int cells = 20;
    const int filled = total > 0 ? std::clamp(done * cells / total, 0, cells) : 0;
    return "[" + std::string(filled, '#') + std::string(cells - filled, '-') + "] " + std::to_string(done) +
           "/" + std::to_string(total);
}

std::string clockText(double seconds)
{
    const long whole = std::lround(std::max(0.0, seconds));
    char text[64];
    if (whole >= 3600)
        std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    else
        std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
    return text;
}

std::string rateText(double secondsPerStep)
{
    if (secondsPerStep > 1.0)
        return formatted("%.2f s/it", secondsPerStep);
    return formatted("%.2f it/s", secondsPerStep > 0.0 ? 1.0 / secondsPerStep : 0.0);
}

TerminalProgress::Style TerminalProgress::styleFor(std::FILE* stream)
{
    return isatty(fileno(stream)) ? Style::Bar : Style::Lines;
}

TerminalProgress::TerminalProgress(Style style, std::FILE* stream) : m_style(style), m_stream(stream) {}

TerminalProgress::~TerminalProgress()
{
    finishLine();
}

void TerminalProgress::stage(const StageProgress& progress)
{
    if (progress.stage == Stage::Sample && progress.fraction == 0.0)
        m_samplingStart = std::chrono::steady_clock::now();
    if (m_style == Style::Bar && progress.stage != Stage::Sample) {
        const std::string percent = std::to_string(std::lround(progress.fraction * 100.0)) + " %";
        draw(std::string(stageText(progress.stage)) + " " + percent);
    } else if (m_style == Style::Lines && progress.fraction == 0.0) {
        std::fprintf(m_stream, "%s\n", stageText(progress.stage));
        std::fflush(m_stream);
    }
}

void TerminalProgress::step(const StepProgress& progress)
{
    if (m_style == Style::Quiet)
        return;
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - m_samplingStart;
    const double perStep = elapsed.count() / std::max(1, progress.step);
    const double left = perStep * (progress.stepCount - progress.step);
    std::string text;
    if (progress.imageCount > 1)
        text = "image " + std::to_string(progress.imageIndex + 1) + "/" +
               std::to_string(progress.imageCount) + " ";
    if (m_style == Style::Bar) {
        draw(text + progressBar(progress.step, progress.stepCount) + "  " + rateText(perStep) + "  " +
             clockText(left) + " left");
        return;
    }
    text += "step " + std::to_string(progress.step) + "/" + std::to_string(progress.stepCount);
    std::fprintf(m_stream, "%s  t %.1f  sigma %.4f  %.2f s\n", text.c_str(), progress.timestep,
                 progress.sigma, progress.seconds);
    std::fflush(m_stream);
}

void TerminalProgress::finishLine()
{
    if (!m_barShown)
        return;
    draw("");
    std::fputs("\r", m_stream);
    std::fflush(m_stream);
    m_barShown = false;
}

void TerminalProgress::draw(const std::string& text)
{
    std::fprintf(m_stream, "\r%s\033[K", text.c_str());
    std::fflush(m_stream);
    m_barShown = true;
}

} // namespace unfog::cli

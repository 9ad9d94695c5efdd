#pragma once

#include <chrono>
#include <cstdio>
#include <string>

#include "generation/engine/generation_engine.h"

namespace unfog::cli {

/// Tells on stderr how a run goes: one bar that redraws itself on a terminal, a plain line a stage and
/// a step elsewhere, nothing when quiet. Fed by the engine's callbacks on the same thread.
class TerminalProgress final {
public:
    enum class Style { Bar, Lines, Quiet };

    /// Bar where stderr is a terminal, else Lines.
    static Style styleFor(std::FILE* stream);

    TerminalProgress(Style style, std::FILE* stream);
    ~TerminalProgress();
    TerminalProgress(const TerminalProgress&) = delete;
    TerminalProgress& operator=(const TerminalProgress&) = delete;

    void stage(const StageProgress& progress);
    void step(const StepProgress& progress);
    /// Ends a bar that is on the screen, so that the next text starts on a line of its own.
    void finishLine();

private:
    void draw(const std::string& text);

    Style m_style;
    std::FILE* m_stream;
    bool m_barShown = false;
    std::chrono::steady_clock::time_point m_samplingStart;
};

/// "[#######-------------]  7/20", 20 cells wide.
std::string progressBar(int done, int total);
/// "0:07", "12:34", "1:02:03".
std::string clockText(double seconds);
/// "3.21 it/s", or "4.56 s/it" when a step takes longer than a second.
std::string rateText(double secondsPerStep);

} // namespace unfog::cli

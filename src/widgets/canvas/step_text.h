#pragma once

#include <QString>

#include "jobs/preview_mailbox.h"

/// The line over the progress bar.
namespace unfog {

/// "Picture 2 of 4 · step 12 of 20 · σ 1.234 · t 501 · 14.2 it/s · 3 s left"; what is not known is left out.
QString progressText(const RunProgress& progress);
/// "0.4 s", "12 s", "3 min 5 s", "2 h 10 min".
QString durationText(double seconds);

} // namespace unfog

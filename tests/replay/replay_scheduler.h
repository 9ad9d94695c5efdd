#pragma once

#include "replay/reference_case.h"

namespace unfog::replay {

/// Runs the scheduler freely against the toy network of the recordings, with the recorded draws.
Verdict replayScheduler(const ReferenceCase& recorded);

} // namespace unfog::replay

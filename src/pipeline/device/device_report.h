#pragma once

#include "generation/engine/device_report.h"

namespace unfog {

/// What this computer can compute on, with memory as it is free now. Any thread; the first call asks driver
/// and LibTorch and may take a second where a card is.
DeviceReport reportDevices();

} // namespace unfog

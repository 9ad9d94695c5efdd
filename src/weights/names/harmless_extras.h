#pragma once

#include <string_view>

namespace unfog {

/// Stored names that real checkpoints carry beside the weights and that no network needs: position ids, the
/// logit scale, training's averages and schedules, marker tensors.
bool isHarmlessExtra(std::string_view name);

} // namespace unfog

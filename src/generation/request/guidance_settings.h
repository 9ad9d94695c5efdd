#pragma once

namespace unfog {

struct GuidanceSettings {
    double scale = 7.5;   ///< w of classifier-free guidance (Ho & Salimans 2022), 1 … 100; 1 = no guidance
    double rescale = 0.0; ///< φ of Lin et al. 2023, 0 … 1

    bool operator==(const GuidanceSettings&) const = default;
};

} // namespace unfog

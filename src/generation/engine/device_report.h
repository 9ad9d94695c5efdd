#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// What this computer can compute on, for people: `unfog-cli devices`, Help → About this computer, the form's
/// list.
namespace unfog {

struct CardReport {
    int index = 0; ///< as in "cuda:0"
    std::string name;
    std::int64_t totalBytes = 0;
    std::int64_t freeBytes = -1; ///< −1 = unknown
    int capabilityMajor = 0;
    int capabilityMinor = 0;
    std::string problem; ///< why it can't be used, a clause; empty: it can

    std::string id() const { return "cuda:" + std::to_string(index); }
    bool operator==(const CardReport&) const = default;
};

struct DeviceReport {
    std::string processor; ///< its name as the system tells it
    int cores = 0;
    int threads = 0; ///< that the engine computes with
    std::int64_t totalBytes = 0;
    std::int64_t freeBytes = 0;
    std::string kernels; ///< "AVX2" and the like
    std::string libtorchVersion;
    std::string libtorchCuda;   ///< "13.2"; empty: built without CUDA
    std::string libtorchFolder; ///< that it was built with; empty: the system's
    std::string driverVersion;  ///< empty: none, or unknown
    std::string driverCuda;     ///< newest CUDA that the driver serves, "13.2"
    std::vector<CardReport> cards;
    std::string whyNoCuda; ///< a clause; empty where a card can be used
    std::string advice;    ///< what to do about it: a sentence, or empty

    /// Of the first card that can be used; −1 = none.
    int firstUsableCard() const;
    bool operator==(const DeviceReport&) const = default;
};

/// Label and text, a row each, in the order in which they are shown.
std::vector<std::pair<std::string, std::string>> rowsOf(const DeviceReport& report);

} // namespace unfog

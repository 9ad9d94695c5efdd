#pragma once

#include <string>

namespace unfog {

/// Where the networks run. Auto: the first NVIDIA card that can compute, else the processor.
struct DeviceChoice {
    enum class Kind { Auto, Cpu, Cuda };
    Kind kind = Kind::Auto;
    int card = 0; ///< with Cuda, counted as CUDA does

    bool operator==(const DeviceChoice&) const = default;
    static const DeviceChoice Auto;
    static const DeviceChoice Cpu;
    static const DeviceChoice Cuda; ///< the first card
};
inline constexpr DeviceChoice DeviceChoice::Auto{};
inline constexpr DeviceChoice DeviceChoice::Cpu{DeviceChoice::Kind::Cpu};
inline constexpr DeviceChoice DeviceChoice::Cuda{DeviceChoice::Kind::Cuda};

enum class Precision { Auto, Float32, Float16, BFloat16 };

/// Which networks run, and how they are loaded. Equal choices share one loaded model: whatever decides the
/// loading belongs in here.
struct ModelChoice {
    std::string path;      ///< a diffusers folder or a .safetensors single file
    std::string tokenizer; ///< a folder with vocab.json and merges.txt; "" = the model's own or one beside it
    DeviceChoice device = DeviceChoice::Auto;
    Precision precision = Precision::Auto;

    bool operator==(const ModelChoice&) const = default;
};

} // namespace unfog

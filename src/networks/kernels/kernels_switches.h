#pragma once

/// Fast paths that can be switched off, to compare them with the plain ones: the environment variable
/// UNFOG_WITHOUT names them, separated by commas. A name that is not known is complained about on stderr,
/// once.
namespace unfog::kernels {

enum class FastPath {
    Graph,    ///< "graph": without it a card is told every kernel of every step
    Kernels,  ///< "kernels": without them LibTorch's own operations compute everything
    Memory,   ///< "memory": without it tensors get their memory from the system each time
    Winograd, ///< "winograd": without it 3 × 3 convolutions are direct sums
};

bool isOn(FastPath path);

} // namespace unfog::kernels

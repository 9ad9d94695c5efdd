#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "generation/engine/generation_engine.h"

/// The engine behind GenerationEngine. No Torch type is seen here, so that nobody above needs its headers.
namespace unfog {

struct EngineOptions {
    int threads = 0; ///< on the CPU; 0 = as setComputeThreads() says (pipeline/device/compute_threads.h)
    /// How many images of one request are computed as one batch; 0 = one on the CPU, up to four on a card.
    /// One after another gives the same bits as single runs.
    int imagesPerBatch = 0;
    /// Most memory that all tensors of the process may need at once where they are computed; 0 = what is
    /// free. A run that would need more, by an estimate beforehand or because memory ran out, goes through
    /// the stages of MemoryStage.
    std::int64_t memoryLimitBytes = 0;
    /// Where what was measured of a model (its preview map) is kept between runs; empty = nowhere.
    std::filesystem::path cacheFolder;
};

/// May be made on any thread; used by one thread at a time. Holds the model last used.
std::unique_ptr<GenerationEngine> makeTorchEngine(const EngineOptions& options = {});

/// "2.6.0" and the like.
std::string libtorchVersion();
/// This program's own version, "0.1.0".
std::string engineVersion();

} // namespace unfog

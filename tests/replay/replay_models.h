#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "pipeline/families/stable_diffusion/loaded_model.h"
#include "replay/reference_case.h"

namespace unfog::replay {

/// What the networks may differ by on a device in a number format, relative to the largest recorded value.
/// The stated tolerances are those of float32 on the CPU; a card adds in another order, and 16 bits keep
/// fewer digits, so that a free run of several steps in them says nothing but by its picture.
struct NetworkTolerances {
    double network = 2e-5;
    double guidedNetwork = 1e-4;
    double freeLatent = 2e-3; ///< 0: not compared
    double freeImage = 2e-2;  ///< largest difference, colours from 0 to 1 …
    bool meanOfImage = false; ///< … or the mean one
};

NetworkTolerances tolerancesOn(const ComputeTarget& target);

/// Where the models of a recording are, each loaded once.
class ModelShelf final {
public:
    /// Models are looked for as NAME in each of `folders`, first come first served. A folder that stands
    /// there as a small text file with a relative path (a link that was not kept as one) is followed.
    ModelShelf(std::vector<std::filesystem::path> folders, ComputeTarget target)
        : m_folders(std::move(folders)), m_target(target)
    {
    }

    Result<std::filesystem::path> find(const std::string& name) const;
    Result<const LoadedModel*> folderModel(const std::string& name);
    /// The same model out of one file, with the tokenizer of the folder called `name`.
    Result<const LoadedModel*> singleFileModel(const std::filesystem::path& file, const std::string& name);

private:
    Result<const LoadedModel*> load(const std::filesystem::path& path,
                                    const std::filesystem::path& tokenizer);

    std::vector<std::filesystem::path> m_folders;
    ComputeTarget m_target;
    std::map<std::filesystem::path, std::unique_ptr<LoadedModel>> m_loaded;
};

Verdict replayTextEncoder(const ReferenceCase& recorded, const LoadedModel& model);
Verdict replayUnet(const ReferenceCase& recorded, const LoadedModel& model);
Verdict replayVae(const ReferenceCase& recorded, const LoadedModel& model);
/// Prompts, noise, every step on the recorded samples, and the whole run from the seed.
Verdict replayPipeline(const ReferenceCase& recorded, const LoadedModel& model);

} // namespace unfog::replay

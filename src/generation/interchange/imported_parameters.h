#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "generation/engine/sampler_catalog.h"
#include "generation/request/generation_request.h"

/// What an image or a text of another program says of its making, as a request and as an account of what
/// became of each value.
namespace unfog {

enum class ImportOutcome {
    Applied,      ///< stands in the request as the source says it
    Approximated, ///< the request holds the nearest that there is here
    Ignored,      ///< the request keeps its default
};

/// "Applied", "Approximated", "Ignored".
std::string_view nameOf(ImportOutcome outcome);

/// One value of the source.
struct ImportedValue {
    std::string name;  ///< as people know it: "CFG scale"
    std::string value; ///< as it stands in the source; may be long
    ImportOutcome outcome = ImportOutcome::Applied;
    std::string note; ///< what was done instead and why, without a full stop; "" when there is nothing to say

    bool operator==(const ImportedValue&) const = default;
};

/// `CFG scale: "x" is no number`: for logs and lists. Long values are cut.
std::string sentenceOf(const ImportedValue& value);

/// The first `limit` bytes at most, never half a character, "…" behind them where something was cut.
std::string shortened(std::string_view utf8, std::size_t limit);

struct ImportedParameters {
    GenerationRequest request; ///< foreign: `model` is empty, the source knows only a name
    std::string program;       ///< "A1111", "SwarmUI", …: whose text it is
    std::string modelName;     ///< "" = none said
    bool hasSeed = false;
    /// CLIP skip is counted in the manner of A1111, where it has no effect on anything but Stable
    /// Diffusion 1.
    bool clipSkipOfWebUi = false;
    std::vector<ImportedValue> values;

    ImportedValue* find(std::string_view name);
    const ImportedValue* find(std::string_view name) const;
};

enum class TargetFamily { Unknown, First, Second, Xl };

/// Of a family's name as ModelSummary ("SDXL") or ModelInfo ("Stable Diffusion XL") has it.
TargetFamily targetFamily(std::string_view name);

/// What the model at hand can do. Members that are not known keep their default and are not looked at.
struct ImportTarget {
    TargetFamily family = TargetFamily::Unknown;
    int textLayers = 0;      ///< of the shallowest text encoder
    int latentDownscale = 0; ///< image pixels per latent pixel
};

/// Makes a request that runs out of what was read: values outside the ranges of validate.h, schedulers that
/// `catalog` does not have, spacings that do not go with the scheduler and what `target` cannot do are taken
/// out of the request or brought to the nearest that goes, and `values` says so.
void fitToEngine(ImportedParameters& parameters, const SamplerCatalog& catalog,
                 const ImportTarget& target = {});

/// Reads a text of unknown kind: the "parameters" of A1111 and its relatives, or the JSON of a program that
/// foreign_json.h knows. None: neither, or without a single setting.
std::optional<ImportedParameters> importText(std::string_view text);

} // namespace unfog

#pragma once

#include <string_view>
#include <vector>

#include "weights/files/tensor_store.h"

/// Names of the original training code (LDM, OpenCLIP) and of old diffusers versions → the names of today's
/// diffusers and transformers, by the names and shapes in the store alone. Every stored name under `prefix`
/// is mapped exactly once; one that has no counterpart keeps its stored name, so that it shows up as
/// unexpected.
namespace unfog {

/// `model.diffusion_model.`: input_blocks, middle_block, output_blocks → down_blocks, mid_block, up_blocks.
std::vector<KeyMapping> mapLdmUnet(const TensorStore& store, std::string_view prefix);

/// `first_stage_model.`: encoder.down, decoder.up (numbered from the picture inwards) → down_blocks,
/// up_blocks.
std::vector<KeyMapping> mapLdmVae(const TensorStore& store, std::string_view prefix);

/// `…transformer.`: transformers' names already; some files leave out `text_model.`.
std::vector<KeyMapping> mapClipText(const TensorStore& store, std::string_view prefix);

/// `…model.`: OpenCLIP's transformer.resblocks with fused query, key and value. `withProjection` keeps
/// text_projection (transposed) and the last layer; without it both are left out, as Stable Diffusion 2 reads
/// the penultimate one.
std::vector<KeyMapping> mapOpenClipText(const TensorStore& store, std::string_view prefix,
                                        bool withProjection);

/// A component of a diffusers folder under today's names: attention of old autoencoders (query, key, value,
/// proj_attn → to_q, to_k, to_v, to_out.0), text encoders without `text_model.`. Others are returned as they
/// are.
TensorStore withCurrentNames(const TensorStore& component);

} // namespace unfog

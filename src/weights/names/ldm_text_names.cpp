#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "weights/names/key_maps.h"

namespace unfog {
namespace {

constexpr std::string_view kBlocks = "transformer.resblocks.";

// Layer number of "transformer.resblocks.N.rest" and where "rest" begins.
std::optional<std::pair<int, std::string_view>> layerOf(std::string_view name)
{
    if (!name.starts_with(kBlocks))
        return std::nullopt;
    name.remove_prefix(kBlocks.size());
    int layer = 0;
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), layer);
    if (error != std::errc() || layer < 0 || end == name.data() + name.size() || *end != '.')
        return std::nullopt;
    return std::pair(layer, name.substr(static_cast<std::size_t>(end - name.data()) + 1));
}

// OpenCLIP fuses query, key and value by rows, in this order.
void mapFused(std::vector<KeyMapping>& mappings, const std::string& base, const std::string& kind,
              const std::string& stored, const StoredTensor& tensor)
{
    std::int64_t rows = tensor.info->shape.empty() ? 0 : tensor.info->shape.front();
    if (rows == 0 || rows % 3 != 0) {
        mappings.push_back({stored, stored});
        return;
    }
    std::int64_t part = 0;
    for (const char* projection : {"q_proj", "k_proj", "v_proj"})
        mappings.push_back(
            {std::string(base).append("self_attn.").append(projection).append(".").append(kind), stored,
             part++ * (rows / 3), rows / 3});
}

std::optional<std::string> renameInLayer(std::string_view rest)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNames{{
        {"ln_1.", "layer_norm1."},
        {"ln_2.", "layer_norm2."},
        {"mlp.c_fc.", "mlp.fc1."},
        {"mlp.c_proj.", "mlp.fc2."},
        {"attn.out_proj.", "self_attn.out_proj."},
    }};
    for (const auto& [from, to] : kNames)
        if (rest.starts_with(from))
            return std::string(to) + std::string(rest.substr(from.size()));
    return std::nullopt;
}

std::optional<std::string> renameOutside(std::string_view name)
{
    if (name == "positional_embedding")
        return "text_model.embeddings.position_embedding.weight";
    if (name == "token_embedding.weight")
        return "text_model.embeddings.token_embedding.weight";
    if (name == "ln_final.weight" || name == "ln_final.bias")
        return "text_model.final_layer_norm." + std::string(name.substr(9));
    return std::nullopt;
}

} // namespace

std::vector<KeyMapping> mapClipText(const TensorStore& store, std::string_view prefix)
{
    std::vector<KeyMapping> mappings;
    for (auto entry = store.tensors().lower_bound(prefix);
         entry != store.tensors().end() && entry->first.starts_with(prefix); ++entry) {
        std::string name = entry->first.substr(prefix.size());
        for (std::string_view inner : {"embeddings.", "encoder.", "final_layer_norm."})
            if (name.starts_with(inner)) {
                name.insert(0, "text_model.");
                break;
            }
        mappings.push_back({name, entry->first});
    }
    return mappings;
}

std::vector<KeyMapping> mapOpenClipText(const TensorStore& store, std::string_view prefix,
                                        bool withProjection)
{
    auto begin = store.tensors().lower_bound(prefix);
    auto underPrefix = [&](auto entry) {
        return entry != store.tensors().end() && entry->first.starts_with(prefix);
    };
    int lastLayer = -1;
    for (auto entry = begin; underPrefix(entry); ++entry)
        if (auto layer = layerOf(std::string_view(entry->first).substr(prefix.size())))
            lastLayer = std::max(lastLayer, layer->first);

    std::vector<KeyMapping> mappings;
    for (auto entry = begin; underPrefix(entry); ++entry) {
        const std::string& stored = entry->first;
        std::string_view name = std::string_view(stored).substr(prefix.size());
        if (auto layer = layerOf(name)) {
            if (!withProjection && layer->first == lastLayer)
                continue;
            std::string base = "text_model.encoder.layers." + std::to_string(layer->first) + ".";
            if (layer->second == "attn.in_proj_weight" || layer->second == "attn.in_proj_bias")
                mapFused(mappings, base, layer->second == "attn.in_proj_weight" ? "weight" : "bias", stored,
                         entry->second);
            else if (auto inner = renameInLayer(layer->second))
                mappings.push_back({base + *inner, stored});
            else
                mappings.push_back({stored, stored});
        } else if (name == "text_projection") {
            // Stored for x · P; a linear layer holds Pᵀ.
            if (withProjection)
                mappings.push_back(
                    {"text_projection.weight", stored, 0, -1, entry->second.info->shape.size() == 2});
        } else if (name == "text_projection.weight") {
            if (withProjection)
                mappings.push_back({"text_projection.weight", stored});
        } else {
            mappings.push_back({renameOutside(name).value_or(stored), stored});
        }
    }
    return mappings;
}

} // namespace unfog

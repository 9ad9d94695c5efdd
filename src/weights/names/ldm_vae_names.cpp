#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "weights/names/key_maps.h"

namespace unfog {
namespace {

using Replacement = std::pair<std::string_view, std::string_view>;

// Whole path parts inside a block, applied to the first that fits.
constexpr std::array<Replacement, 14> kParts{{
    {".nin_shortcut.", ".conv_shortcut."},
    {".downsample.conv.", ".downsamplers.0.conv."},
    {".upsample.conv.", ".upsamplers.0.conv."},
    {".mid.block_1.", ".mid_block.resnets.0."},
    {".mid.block_2.", ".mid_block.resnets.1."},
    {".mid.attn_1.norm.", ".mid_block.attentions.0.group_norm."},
    {".mid.attn_1.q.", ".mid_block.attentions.0.to_q."},
    {".mid.attn_1.k.", ".mid_block.attentions.0.to_k."},
    {".mid.attn_1.v.", ".mid_block.attentions.0.to_v."},
    {".mid.attn_1.to_q.", ".mid_block.attentions.0.to_q."},
    {".mid.attn_1.to_k.", ".mid_block.attentions.0.to_k."},
    {".mid.attn_1.to_v.", ".mid_block.attentions.0.to_v."},
    {".mid.attn_1.proj_out.", ".mid_block.attentions.0.to_out.0."},
    {".norm_out.", ".conv_norm_out."},
}};

std::optional<std::size_t> numberAt(std::string_view text)
{
    std::size_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end == text.data() + text.size() || *end != '.')
        return std::nullopt;
    return number;
}

// Levels of the decoder are numbered from the picture inwards here, and from the latent outwards in
// diffusers.
std::optional<std::string> renameLevel(std::string_view name, std::size_t levels)
{
    bool down = name.starts_with("encoder.down.");
    if (!down && !name.starts_with("decoder.up."))
        return std::string(name);
    std::string_view rest = name.substr(down ? 13 : 11);
    std::optional<std::size_t> level = numberAt(rest);
    if (!level || *level >= levels)
        return std::nullopt;
    rest.remove_prefix(rest.find('.'));
    std::string text = (down ? "encoder.down_blocks." + std::to_string(*level)
                             : "decoder.up_blocks." + std::to_string(levels - 1 - *level)) +
                       std::string(rest);
    if (std::size_t block = text.find(".block."); block != std::string::npos)
        text.replace(block, 7, ".resnets.");
    return text;
}

std::optional<std::string> rename(std::string_view name, std::size_t levels)
{
    if (name.starts_with("quant_conv.") || name.starts_with("post_quant_conv."))
        return std::string(name);
    if (!name.starts_with("encoder.") && !name.starts_with("decoder."))
        return std::nullopt;
    std::optional<std::string> text = renameLevel(name, levels);
    if (!text)
        return std::nullopt;
    for (const auto& [from, to] : kParts)
        if (std::size_t at = text->find(from); at != std::string::npos) {
            text->replace(at, from.size(), to);
            break;
        }
    return text;
}

} // namespace

std::vector<KeyMapping> mapLdmVae(const TensorStore& store, std::string_view prefix)
{
    std::size_t levels = 0;
    std::string up = std::string(prefix) + "decoder.up.";
    for (auto entry = store.tensors().lower_bound(up);
         entry != store.tensors().end() && entry->first.starts_with(up); ++entry)
        if (auto level = numberAt(std::string_view(entry->first).substr(up.size())))
            levels = std::max(levels, std::min<std::size_t>(*level, 63) + 1);

    std::vector<KeyMapping> mappings;
    for (auto entry = store.tensors().lower_bound(prefix);
         entry != store.tensors().end() && entry->first.starts_with(prefix); ++entry) {
        const std::string& stored = entry->first;
        mappings.push_back(
            {rename(std::string_view(stored).substr(prefix.size()), levels).value_or(stored), stored});
    }
    return mappings;
}

} // namespace unfog

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "weights/names/key_maps.h"

namespace unfog {
namespace {

// "3.1.norm.weight" → 3 and "1.norm.weight".
std::optional<std::pair<int, std::string_view>> splitNumber(std::string_view text)
{
    int number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    std::size_t used = static_cast<std::size_t>(end - text.data());
    if (error != std::errc() || number < 0 || used >= text.size() || text[used] != '.')
        return std::nullopt;
    return std::pair(number, text.substr(used + 1));
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kResnetNames{{
    {"in_layers.0.", "norm1."},
    {"in_layers.2.", "conv1."},
    {"emb_layers.1.", "time_emb_proj."},
    {"out_layers.0.", "norm2."},
    {"out_layers.3.", "conv2."},
    {"skip_connection.", "conv_shortcut."},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kOuterNames{{
    {"time_embed.0.", "time_embedding.linear_1."},
    {"time_embed.2.", "time_embedding.linear_2."},
    {"label_emb.0.0.", "add_embedding.linear_1."},
    {"label_emb.0.2.", "add_embedding.linear_2."},
    {"input_blocks.0.0.", "conv_in."},
    {"out.0.", "conv_norm_out."},
    {"out.2.", "conv_out."},
}};

template <std::size_t N>
std::optional<std::string>
replaceBeginning(const std::array<std::pair<std::string_view, std::string_view>, N>& table,
                 std::string_view name)
{
    for (const auto& [from, to] : table)
        if (name.starts_with(from))
            return std::string(to) + std::string(name.substr(from.size()));
    return std::nullopt;
}

// Where the modules of one numbered block go: "0" → "down_blocks.0.resnets.1." and so on.
using BlockModules = std::map<int, std::string>;

class BlockPlan final {
public:
    BlockPlan(const TensorStore& store, std::string_view prefix) : m_store(store), m_prefix(prefix) {}

    // Input blocks come as: layers of a level, then its downsampler as a block of its own.
    std::map<int, BlockModules> inputBlocks() const
    {
        std::map<int, BlockModules> plan;
        int level = 0;
        int layer = 0;
        for (int block = 1; hasUnder("input_blocks", block); ++block) {
            std::string base = "down_blocks." + std::to_string(level) + ".";
            if (has("input_blocks", block, "0.op.weight")) {
                plan[block][0] = base + "downsamplers.0.";
                ++level;
                layer = 0;
                continue;
            }
            plan[block][0] = base + "resnets." + std::to_string(layer) + ".";
            plan[block][1] = base + "attentions." + std::to_string(layer) + ".";
            ++layer;
        }
        return plan;
    }

    // Output blocks carry the upsampler of a level inside the level's last block.
    std::map<int, BlockModules> outputBlocks() const
    {
        std::map<int, BlockModules> plan;
        int level = 0;
        int layer = 0;
        for (int block = 0; hasUnder("output_blocks", block); ++block) {
            std::string base = "up_blocks." + std::to_string(level) + ".";
            plan[block][0] = base + "resnets." + std::to_string(layer) + ".";
            ++layer;
            bool attention = has("output_blocks", block, "1.norm.weight");
            if (attention)
                plan[block][1] = base + "attentions." + std::to_string(layer - 1) + ".";
            int upsampler = attention ? 2 : 1;
            if (has("output_blocks", block, std::to_string(upsampler) + ".conv.weight")) {
                plan[block][upsampler] = base + "upsamplers.0.";
                ++level;
                layer = 0;
            }
        }
        return plan;
    }

private:
    std::string name(std::string_view group, int block) const
    {
        return std::string(m_prefix) + std::string(group) + "." + std::to_string(block) + ".";
    }
    bool has(std::string_view group, int block, const std::string& rest) const
    {
        return m_store.has(name(group, block) + rest);
    }
    bool hasUnder(std::string_view group, int block) const
    {
        std::string beginning = name(group, block);
        auto found = m_store.tensors().lower_bound(beginning);
        return found != m_store.tensors().end() && found->first.starts_with(beginning);
    }

    const TensorStore& m_store;
    std::string_view m_prefix;
};

std::optional<std::string> renameInBlock(const BlockModules& modules, int module, std::string_view rest)
{
    auto found = modules.find(module);
    if (found == modules.end())
        return std::nullopt;
    const std::string& target = found->second;
    if (target.find("resnets") != std::string::npos) {
        std::optional<std::string> inner = replaceBeginning(kResnetNames, rest);
        return inner ? std::optional(target + *inner) : std::nullopt;
    }
    if (rest.starts_with("op."))
        return target + "conv." + std::string(rest.substr(3));
    return target + std::string(rest);
}

std::optional<std::string> rename(std::string_view name, const std::map<int, BlockModules>& input,
                                  const std::map<int, BlockModules>& output)
{
    static const BlockModules kMiddle{
        {0, "mid_block.resnets.0."}, {1, "mid_block.attentions.0."}, {2, "mid_block.resnets.1."}};
    if (auto outer = replaceBeginning(kOuterNames, name))
        return outer;
    if (name.starts_with("middle_block.")) {
        auto module = splitNumber(name.substr(13));
        return module ? renameInBlock(kMiddle, module->first, module->second) : std::nullopt;
    }
    bool down = name.starts_with("input_blocks.");
    if (!down && !name.starts_with("output_blocks."))
        return std::nullopt;
    auto block = splitNumber(name.substr(down ? 13 : 14));
    auto module = block ? splitNumber(block->second) : std::nullopt;
    const auto& plan = down ? input : output;
    auto found = block ? plan.find(block->first) : plan.end();
    if (!module || found == plan.end())
        return std::nullopt;
    return renameInBlock(found->second, module->first, module->second);
}

} // namespace

std::vector<KeyMapping> mapLdmUnet(const TensorStore& store, std::string_view prefix)
{
    BlockPlan plan(store, prefix);
    auto input = plan.inputBlocks();
    auto output = plan.outputBlocks();
    std::vector<KeyMapping> mappings;
    for (auto entry = store.tensors().lower_bound(prefix);
         entry != store.tensors().end() && entry->first.starts_with(prefix); ++entry) {
        const std::string& stored = entry->first;
        std::optional<std::string> name =
            rename(std::string_view(stored).substr(prefix.size()), input, output);
        mappings.push_back({name.value_or(stored), stored});
    }
    return mappings;
}

} // namespace unfog

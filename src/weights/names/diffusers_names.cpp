#include <array>
#include <utility>

#include "weights/names/key_maps.h"

namespace unfog {
namespace {

std::string currentVaeName(const std::string& name)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kNames{{
        {".query.", ".to_q."},
        {".key.", ".to_k."},
        {".value.", ".to_v."},
        {".proj_attn.", ".to_out.0."},
    }};
    if (name.find(".mid_block.attentions.") != std::string::npos)
        for (const auto& [from, to] : kNames)
            if (std::size_t at = name.find(from); at != std::string::npos)
                return std::string(name).replace(at, from.size(), to);
    return name;
}

} // namespace

TensorStore withCurrentNames(const TensorStore& component)
{
    if (component.has("embeddings.token_embedding.weight"))
        return component.view(mapClipText(component, ""));
    if (!component.has("decoder.conv_in.weight"))
        return component;
    std::vector<KeyMapping> mappings;
    for (const auto& [name, tensor] : component.tensors())
        mappings.push_back({currentVaeName(name), name});
    return component.view(mappings);
}

} // namespace unfog

#include "weights/single_files.h"

#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "weights/crafted_files.h"
#include "weights/files/tensor_io.h"

namespace unfog::testing {
namespace {

std::string replaced(std::string text, std::initializer_list<std::pair<const char*, const char*>> table)
{
    for (const auto& [from, to] : table)
        if (std::size_t at = text.find(from); at != std::string::npos)
            return text.replace(at, std::string(from).size(), to);
    return text;
}

std::string resnetName(const std::string& name)
{
    return replaced(name, {{"norm1.", "in_layers.0."},
                           {"conv1.", "in_layers.2."},
                           {"time_emb_proj.", "emb_layers.1."},
                           {"norm2.", "out_layers.0."},
                           {"conv2.", "out_layers.3."},
                           {"conv_shortcut.", "skip_connection."}});
}

// "down_blocks.2.resnets.1.conv1.weight" → {"down_blocks", 2, "resnets", 1, "conv1.weight"}
struct BlockName {
    std::string group;
    int level = 0;
    std::string kind;
    int layer = 0;
    std::string rest;
};

BlockName splitBlockName(const std::string& name)
{
    std::vector<std::string> parts{""};
    for (char c : name)
        if (c == '.' && parts.size() < 5)
            parts.emplace_back();
        else
            parts.back() += c;
    return {parts.at(0), std::stoi(parts.at(1)), parts.at(2), std::stoi(parts.at(3)), parts.at(4)};
}

} // namespace

Tensors componentTensors(const std::string& model, const std::string& component)
{
    std::string base = component.starts_with("text") ? "model" : "diffusion_pytorch_model";
    auto tensors = readTensors(referenceModel(model) / component / (base + ".safetensors"));
    if (!tensors)
        throw std::runtime_error(tensors.error().message);
    return *tensors;
}

Tensors recordedSingleFile()
{
    std::ifstream stream(std::filesystem::path(UNFOG_REFERENCE_DIR) / "single-file/tiny-sd15.recipe.json");
    nlohmann::json recipe = nlohmann::json::parse(stream);
    std::map<std::string, Tensors> components;
    for (const char* component : {"unet", "vae", "text_encoder"})
        components[component] = componentTensors("tiny-sd15", component);
    Tensors single;
    for (const auto& [name, entry] : recipe.items()) {
        std::string source = entry["bytes_of"];
        std::size_t colon = source.find(':');
        single[name] = components.at(source.substr(0, colon))
                           .at(source.substr(colon + 1))
                           .reshape(entry["shape"].get<std::vector<std::int64_t>>());
    }
    return single;
}

Tensors ldmUnet(const Tensors& diffusers, int layersPerBlock)
{
    Tensors result;
    for (const auto& [name, tensor] : diffusers) {
        std::string ldm = replaced(name, {{"conv_in.", "input_blocks.0.0."},
                                          {"conv_norm_out.", "out.0."},
                                          {"conv_out.", "out.2."},
                                          {"time_embedding.linear_1.", "time_embed.0."},
                                          {"time_embedding.linear_2.", "time_embed.2."},
                                          {"add_embedding.linear_1.", "label_emb.0.0."},
                                          {"add_embedding.linear_2.", "label_emb.0.2."}});
        if (name.starts_with("mid_block.")) {
            BlockName block = splitBlockName("mid_block.0." + name.substr(10));
            ldm = block.kind == "attentions"
                      ? "middle_block.1." + block.rest
                      : "middle_block." + std::to_string(2 * block.layer) + "." + resnetName(block.rest);
        } else if (name.starts_with("down_blocks.") || name.starts_with("up_blocks.")) {
            BlockName block = splitBlockName(name);
            bool down = block.group == "down_blocks";
            int first = down ? 1 + block.level * (layersPerBlock + 1) : block.level * (layersPerBlock + 1);
            std::string group = down ? "input_blocks." : "output_blocks.";
            if (block.kind == "resnets")
                ldm = group + std::to_string(first + block.layer) + ".0." + resnetName(block.rest);
            else if (block.kind == "attentions")
                ldm = group + std::to_string(first + block.layer) + ".1." + block.rest;
            else if (down)
                ldm = group + std::to_string(first + layersPerBlock) + ".0.op." + block.rest.substr(5);
            else {
                bool attention = diffusers.contains("up_blocks." + std::to_string(block.level) +
                                                    ".attentions.0.norm.weight");
                ldm =
                    group + std::to_string(first + layersPerBlock) + (attention ? ".2." : ".1.") + block.rest;
            }
        }
        result["model.diffusion_model." + ldm] = tensor;
    }
    return result;
}

Tensors ldmVae(const Tensors& diffusers, int levels)
{
    Tensors result;
    for (const auto& [name, tensor] : diffusers) {
        std::string ldm = replaced(name, {{"mid_block.resnets.0.", "mid.block_1."},
                                          {"mid_block.resnets.1.", "mid.block_2."},
                                          {"conv_norm_out.", "norm_out."}});
        at::Tensor values = tensor;
        if (name.find("mid_block.attentions.0.") != std::string::npos) {
            ldm = replaced(name, {{"mid_block.attentions.0.group_norm.", "mid.attn_1.norm."},
                                  {"mid_block.attentions.0.to_q.", "mid.attn_1.q."},
                                  {"mid_block.attentions.0.to_k.", "mid.attn_1.k."},
                                  {"mid_block.attentions.0.to_v.", "mid.attn_1.v."},
                                  {"mid_block.attentions.0.to_out.0.", "mid.attn_1.proj_out."}});
            if (values.dim() == 2)
                values = values.reshape({values.size(0), values.size(1), 1, 1});
        } else if (name.find("_blocks.") != std::string::npos) {
            std::size_t half = name.find('.') + 1;
            BlockName block = splitBlockName(name.substr(half));
            bool down = block.group == "down_blocks";
            std::string level = (down ? "encoder.down." : "decoder.up.") +
                                std::to_string(down ? block.level : levels - 1 - block.level) + ".";
            ldm = block.kind == "resnets" ? level + "block." + std::to_string(block.layer) + "." +
                                                replaced(block.rest, {{"conv_shortcut.", "nin_shortcut."}})
                                          : level + (down ? "downsample." : "upsample.") + block.rest;
        }
        result["first_stage_model." + ldm] = values;
    }
    return result;
}

Tensors openClipText(const Tensors& transformers)
{
    Tensors result;
    for (const auto& [name, tensor] : transformers) {
        if (name == "text_projection.weight")
            result["text_projection"] = tensor.t();
        else if (name == "text_model.embeddings.position_embedding.weight")
            result["positional_embedding"] = tensor;
        else if (name == "text_model.embeddings.token_embedding.weight")
            result["token_embedding.weight"] = tensor;
        else if (name.starts_with("text_model.final_layer_norm."))
            result["ln_final." + name.substr(28)] = tensor;
        else if (name.find(".q_proj.") != std::string::npos) {
            auto other = [&](const char* which) {
                return transformers.at(replaced(name, {{".q_proj.", which}}));
            };
            result[replaced(replaced(name, {{"text_model.encoder.layers.", "transformer.resblocks."}}),
                            {{"self_attn.q_proj.", "attn.in_proj_"}})] =
                at::cat({tensor, other(".k_proj."), other(".v_proj.")});
        } else if (name.find(".k_proj.") == std::string::npos && name.find(".v_proj.") == std::string::npos)
            result[replaced(replaced(name, {{"text_model.encoder.layers.", "transformer.resblocks."}}),
                            {{"layer_norm1.", "ln_1."},
                             {"layer_norm2.", "ln_2."},
                             {"mlp.fc1.", "mlp.c_fc."},
                             {"mlp.fc2.", "mlp.c_proj."},
                             {"self_attn.out_proj.", "attn.out_proj."}})] = tensor;
    }
    return result;
}

namespace {

// Adds weight and bias of one module.
void add(Shapes& shapes, const std::string& module, std::vector<std::int64_t> weight, bool bias = true)
{
    if (bias)
        shapes[module + ".bias"] = {weight.front()};
    shapes[module + ".weight"] = std::move(weight);
}

void addResnet(Shapes& shapes, const std::string& module, std::int64_t in, std::int64_t out,
               std::int64_t time)
{
    add(shapes, module + ".in_layers.0", {in});
    add(shapes, module + ".in_layers.2", {out, in, 3, 3});
    add(shapes, module + ".emb_layers.1", {out, time});
    add(shapes, module + ".out_layers.0", {out});
    add(shapes, module + ".out_layers.3", {out, out, 3, 3});
    if (in != out)
        add(shapes, module + ".skip_connection", {out, in, 1, 1});
}

void addTransformer(Shapes& shapes, const std::string& module, std::int64_t c, const LdmUnetSize& size,
                    std::int64_t depth)
{
    add(shapes, module + ".norm", {c});
    for (const char* projection : {".proj_in", ".proj_out"})
        add(shapes, module + projection,
            size.linear ? std::vector<std::int64_t>{c, c} : std::vector<std::int64_t>{c, c, 1, 1});
    for (std::int64_t d = 0; d < depth; ++d) {
        std::string block = module + ".transformer_blocks." + std::to_string(d);
        for (const char* norm : {".norm1", ".norm2", ".norm3"})
            add(shapes, block + norm, {c});
        for (const auto& [attention, keys] : {std::pair(".attn1", c), std::pair(".attn2", size.context)}) {
            add(shapes, block + attention + ".to_q", {c, c}, false);
            add(shapes, block + attention + ".to_k", {c, keys}, false);
            add(shapes, block + attention + ".to_v", {c, keys}, false);
            add(shapes, block + attention + ".to_out.0", {c, c});
        }
        add(shapes, block + ".ff.net.0.proj", {8 * c, c});
        add(shapes, block + ".ff.net.2", {c, 4 * c});
    }
}

} // namespace

Shapes ldmUnetShapes(const LdmUnetSize& size, const std::string& prefix)
{
    constexpr int kLayers = 2;
    Shapes shapes;
    std::int64_t time = 4 * size.channels;
    add(shapes, prefix + "time_embed.0", {time, size.channels});
    add(shapes, prefix + "time_embed.2", {time, time});
    if (size.addedFeatures) {
        add(shapes, prefix + "label_emb.0.0", {time, size.addedFeatures});
        add(shapes, prefix + "label_emb.0.2", {time, time});
    }
    add(shapes, prefix + "input_blocks.0.0", {size.channels, 4, 3, 3});
    std::vector<std::int64_t> skips{size.channels};
    std::int64_t c = size.channels;
    int block = 1;
    int levels = static_cast<int>(size.multipliers.size());
    for (int level = 0; level < levels; ++level) {
        std::size_t l = static_cast<std::size_t>(level);
        for (int layer = 0; layer < kLayers; ++layer, ++block) {
            std::string name = prefix + "input_blocks." + std::to_string(block);
            std::int64_t out = size.channels * size.multipliers[l];
            addResnet(shapes, name + ".0", c, out, time);
            c = out;
            if (size.transformerDepth[l])
                addTransformer(shapes, name + ".1", c, size, size.transformerDepth[l]);
            skips.push_back(c);
        }
        if (level + 1 < levels) {
            add(shapes, prefix + "input_blocks." + std::to_string(block++) + ".0.op", {c, c, 3, 3});
            skips.push_back(c);
        }
    }
    addResnet(shapes, prefix + "middle_block.0", c, c, time);
    addTransformer(shapes, prefix + "middle_block.1", c, size, size.middleDepth);
    addResnet(shapes, prefix + "middle_block.2", c, c, time);
    block = 0;
    for (int level = levels - 1; level >= 0; --level) {
        std::size_t l = static_cast<std::size_t>(level);
        for (int layer = 0; layer <= kLayers; ++layer, ++block) {
            std::string name = prefix + "output_blocks." + std::to_string(block);
            std::int64_t out = size.channels * size.multipliers[l];
            addResnet(shapes, name + ".0", c + skips.back(), out, time);
            skips.pop_back();
            c = out;
            int module = 1;
            if (size.transformerDepth[l])
                addTransformer(shapes, name + "." + std::to_string(module++), c, size,
                               size.transformerDepth[l]);
            if (level > 0 && layer == kLayers)
                add(shapes, name + "." + std::to_string(module) + ".conv", {c, c, 3, 3});
        }
    }
    add(shapes, prefix + "out.0", {c});
    add(shapes, prefix + "out.2", {4, c, 3, 3});
    return shapes;
}

Shapes ldmVaeShapes(const std::string& prefix)
{
    Shapes shapes;
    const std::int64_t kChannels[] = {128, 256, 512, 512};
    auto addVaeResnet = [&](const std::string& module, std::int64_t in, std::int64_t out) {
        add(shapes, module + ".norm1", {in});
        add(shapes, module + ".conv1", {out, in, 3, 3});
        add(shapes, module + ".norm2", {out});
        add(shapes, module + ".conv2", {out, out, 3, 3});
        if (in != out)
            add(shapes, module + ".nin_shortcut", {out, in, 1, 1});
    };
    auto addMiddle = [&](const std::string& half) {
        addVaeResnet(half + "mid.block_1", 512, 512);
        addVaeResnet(half + "mid.block_2", 512, 512);
        add(shapes, half + "mid.attn_1.norm", {512});
        for (const char* projection : {"q", "k", "v", "proj_out"})
            add(shapes, half + "mid.attn_1." + projection, {512, 512, 1, 1});
    };
    std::string encoder = prefix + "encoder.";
    add(shapes, encoder + "conv_in", {128, 3, 3, 3});
    std::int64_t c = 128;
    for (int level = 0; level < 4; ++level) {
        std::string name = encoder + "down." + std::to_string(level);
        for (int layer = 0; layer < 2; ++layer, c = kChannels[level])
            addVaeResnet(name + ".block." + std::to_string(layer), c, kChannels[level]);
        if (level < 3)
            add(shapes, name + ".downsample.conv", {c, c, 3, 3});
    }
    addMiddle(encoder);
    add(shapes, encoder + "norm_out", {512});
    add(shapes, encoder + "conv_out", {8, 512, 3, 3});
    std::string decoder = prefix + "decoder.";
    add(shapes, decoder + "conv_in", {512, 4, 3, 3});
    addMiddle(decoder);
    for (int level = 3; level >= 0; --level) {
        std::string name = decoder + "up." + std::to_string(level);
        for (int layer = 0; layer < 3; ++layer, c = kChannels[level])
            addVaeResnet(name + ".block." + std::to_string(layer), c, kChannels[level]);
        if (level > 0)
            add(shapes, name + ".upsample.conv", {c, c, 3, 3});
    }
    add(shapes, decoder + "norm_out", {128});
    add(shapes, decoder + "conv_out", {3, 128, 3, 3});
    add(shapes, prefix + "quant_conv", {8, 8, 1, 1});
    add(shapes, prefix + "post_quant_conv", {4, 4, 1, 1});
    return shapes;
}

Shapes clipTextShapes(std::int64_t features, std::int64_t layers, const std::string& prefix)
{
    Shapes shapes;
    shapes[prefix + "embeddings.token_embedding.weight"] = {49408, features};
    shapes[prefix + "embeddings.position_embedding.weight"] = {77, features};
    for (std::int64_t layer = 0; layer < layers; ++layer) {
        std::string name = prefix + "encoder.layers." + std::to_string(layer);
        for (const char* projection : {"q_proj", "k_proj", "v_proj", "out_proj"})
            add(shapes, name + ".self_attn." + projection, {features, features});
        add(shapes, name + ".layer_norm1", {features});
        add(shapes, name + ".layer_norm2", {features});
        add(shapes, name + ".mlp.fc1", {4 * features, features});
        add(shapes, name + ".mlp.fc2", {features, 4 * features});
    }
    add(shapes, prefix + "final_layer_norm", {features});
    return shapes;
}

Shapes openClipTextShapes(std::int64_t features, std::int64_t layers, const std::string& prefix)
{
    Shapes shapes;
    shapes[prefix + "token_embedding.weight"] = {49408, features};
    shapes[prefix + "positional_embedding"] = {77, features};
    shapes[prefix + "text_projection"] = {features, features};
    shapes[prefix + "logit_scale"] = {};
    for (std::int64_t layer = 0; layer < layers; ++layer) {
        std::string name = prefix + "transformer.resblocks." + std::to_string(layer);
        shapes[name + ".attn.in_proj_weight"] = {3 * features, features};
        shapes[name + ".attn.in_proj_bias"] = {3 * features};
        add(shapes, name + ".attn.out_proj", {features, features});
        add(shapes, name + ".ln_1", {features});
        add(shapes, name + ".ln_2", {features});
        add(shapes, name + ".mlp.c_fc", {4 * features, features});
        add(shapes, name + ".mlp.c_proj", {features, 4 * features});
    }
    add(shapes, prefix + "ln_final", {features});
    return shapes;
}

void writeSparseFile(const std::filesystem::path& path, const Shapes& shapes)
{
    nlohmann::json header;
    std::uint64_t offset = 0;
    for (const auto& [name, shape] : shapes) {
        std::uint64_t end = offset + 2;
        for (std::int64_t dimension : shape)
            end = offset + (end - offset) * static_cast<std::uint64_t>(dimension);
        header[name] = {{"dtype", "F16"}, {"shape", shape}, {"data_offsets", {offset, end}}};
        offset = end;
    }
    std::string text = craft(header.dump());
    writeFile(path, text);
    std::filesystem::resize_file(path, text.size() + offset);
}

} // namespace unfog::testing

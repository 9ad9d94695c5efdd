#include <gtest/gtest.h>

#include "weights/checkpoint/single_file.h"
#include "weights/crafted_files.h"
#include "weights/files/tensor_io.h"
#include "weights/names/key_maps.h"
#include "weights/parameters/stored_parameters.h"
#include "weights/single_files.h"

namespace unfog {
namespace {

using testing::TemporaryFolder;
using testing::Tensors;

void mergeUnder(Tensors& into, const std::string& prefix, const Tensors& tensors)
{
    for (const auto& [name, tensor] : tensors)
        into[prefix + name] = tensor;
}

// Every tensor of the folder is in the view with the same values, and nothing else is.
void expectSame(const TensorStore& view, const Tensors& folder)
{
    StoredParameters source(view, "component", at::kHalf, at::kCPU);
    for (const auto& [name, tensor] : folder)
        EXPECT_TRUE(at::equal(source.tensor(name, tensor.sizes()), tensor)) << name;
    auto finished = source.finish();
    EXPECT_TRUE(finished.has_value()) << finished.error().message;
    EXPECT_EQ(source.unexpected(), std::vector<std::string>{});
}

class SingleFile : public ::testing::Test {
protected:
    Result<SingleFileParts> split(const Tensors& tensors)
    {
        EXPECT_TRUE(writeTensors(m_folder / "m.safetensors", tensors).has_value());
        return splitSingleFile(*TensorStore::open(m_folder / "m.safetensors"));
    }

    TemporaryFolder m_folder;
};

TEST_F(SingleFile, recordedFileEqualsItsFolder)
{
    Tensors single = testing::recordedSingleFile();
    ASSERT_EQ(single.size(), 980u);
    auto parts = split(single);
    ASSERT_TRUE(parts.has_value()) << parts.error().message;
    EXPECT_EQ(parts->family, ModelFamily::Sd1);
    EXPECT_TRUE(parts->unusedTensors.empty());
    expectSame(parts->unet, testing::componentTensors("tiny-sd15", "unet"));
    expectSame(parts->vae, testing::componentTensors("tiny-sd15", "vae"));
    expectSame(parts->textEncoder, testing::componentTensors("tiny-sd15", "text_encoder"));
}

TEST_F(SingleFile, textEncoderWithoutItsModuleNameIsFound)
{
    Tensors single;
    std::string part = "cond_stage_model.transformer.";
    for (const auto& [name, tensor] : testing::recordedSingleFile())
        single[name.starts_with(part) ? part + name.substr(part.size() + 11) : name] = tensor;
    auto parts = split(single);
    ASSERT_TRUE(parts.has_value()) << parts.error().message;
    expectSame(parts->textEncoder, testing::componentTensors("tiny-sd15", "text_encoder"));
}

TEST_F(SingleFile, knownExtrasAreHarmlessAndOthersAreListed)
{
    Tensors single = testing::recordedSingleFile();
    for (const char* name :
         {"model_ema.decay", "model_ema.diffusion_modelout2bias", "betas", "alphas_cumprod",
          "first_stage_model.loss.logvar", "first_stage_model.bogus", "stray.weight",
          "cond_stage_model.transformer.text_model.embeddings.position_ids"})
        single[name] = at::zeros({1});
    auto parts = split(single);
    ASSERT_TRUE(parts.has_value()) << parts.error().message;
    EXPECT_EQ(parts->unusedTensors, std::vector<std::string>{"stray.weight"});
    StoredParameters vae(parts->vae, "vae", at::kHalf, at::kCPU);
    for (const auto& [name, tensor] : testing::componentTensors("tiny-sd15", "vae"))
        vae.tensor(name, tensor.sizes());
    EXPECT_EQ(vae.unexpected(), std::vector<std::string>{"\"first_stage_model.bogus\""});
}

TEST_F(SingleFile, stableDiffusion2LayoutWithFusedAttentionEqualsItsFolder)
{
    Tensors single = testing::ldmUnet(testing::componentTensors("tiny-sd2v", "unet"), 2);
    single.merge(testing::ldmVae(testing::componentTensors("tiny-sd2v", "vae"), 4));
    Tensors text = testing::componentTensors("tiny-sd2v", "text_encoder");
    Tensors open = testing::openClipText(text);
    // The published files carry one layer more than is used, a projection and a scale.
    for (const char* rest : {"attn.in_proj_weight", "attn.out_proj.weight", "ln_1.weight"})
        open[std::string("transformer.resblocks.2.") + rest] = at::zeros({144, 48});
    open["text_projection"] = at::zeros({48, 48});
    open["logit_scale"] = at::zeros({});
    mergeUnder(single, "cond_stage_model.model.", open);
    auto parts = split(single);
    ASSERT_TRUE(parts.has_value()) << parts.error().message;
    EXPECT_EQ(parts->family, ModelFamily::Sd2);
    EXPECT_EQ(detectFamily(parts->unet), ModelFamily::Sd2);
    EXPECT_TRUE(parts->unusedTensors.empty());
    expectSame(parts->unet, testing::componentTensors("tiny-sd2v", "unet"));
    expectSame(parts->vae, testing::componentTensors("tiny-sd2v", "vae"));
    expectSame(parts->textEncoder, text);
}

TEST_F(SingleFile, xlLayoutWithTwoEncodersEqualsItsFolder)
{
    Tensors single = testing::ldmUnet(testing::componentTensors("tiny-sdxl", "unet"), 2);
    single.merge(testing::ldmVae(testing::componentTensors("tiny-sdxl", "vae"), 4));
    mergeUnder(single, "conditioner.embedders.0.transformer.",
               testing::componentTensors("tiny-sdxl", "text_encoder"));
    Tensors second = testing::componentTensors("tiny-sdxl", "text_encoder_2");
    mergeUnder(single, "conditioner.embedders.1.model.", testing::openClipText(second));
    single["v_pred"] = at::zeros({});
    auto parts = split(single);
    ASSERT_TRUE(parts.has_value()) << parts.error().message;
    EXPECT_EQ(parts->family, ModelFamily::SdXl);
    EXPECT_EQ(detectFamily(parts->unet), ModelFamily::SdXl);
    EXPECT_TRUE(parts->declaresVPrediction);
    EXPECT_FALSE(parts->declaresZeroTerminalSnr);
    expectSame(parts->unet, testing::componentTensors("tiny-sdxl", "unet"));
    expectSame(parts->vae, testing::componentTensors("tiny-sdxl", "vae"));
    expectSame(parts->textEncoder, testing::componentTensors("tiny-sdxl", "text_encoder"));
    ASSERT_TRUE(parts->textEncoder2.has_value());
    expectSame(*parts->textEncoder2, second);
}

struct ForeignRow {
    const char* name;
    std::vector<const char*> tensors;
    const char* says;
};

class ForeignFile : public SingleFile, public ::testing::WithParamInterface<ForeignRow> {};

TEST_P(ForeignFile, isNamedForWhatItIs)
{
    Tensors tensors;
    for (const char* name : GetParam().tensors)
        tensors[name] = at::zeros({1});
    auto parts = split(tensors);
    ASSERT_FALSE(parts.has_value());
    EXPECT_EQ(parts.error().kind, ErrorKind::Unsupported);
    EXPECT_NE(parts.error().message.find(GetParam().says), std::string::npos) << parts.error().message;
    EXPECT_NE(parts.error().message.find("m.safetensors"), std::string::npos);
}

constexpr const char* kBlock = "model.diffusion_model.input_blocks.0.0.weight";
constexpr const char* kLabel = "model.diffusion_model.label_emb.0.0.weight";

INSTANTIATE_TEST_SUITE_P(
    Rows, ForeignFile,
    ::testing::Values(
        ForeignRow{"nothing", {}, "not a Stable Diffusion checkpoint"},
        ForeignRow{"loraOfKohya", {"lora_unet_down.lora_up.weight"}, "a LoRA"},
        ForeignRow{"loraOfDiffusers", {"unet.down_blocks.0.lora_A.weight"}, "a LoRA"},
        ForeignRow{
            "autoencoder", {"decoder.conv_in.weight", "encoder.conv_in.weight"}, "an autoencoder alone"},
        ForeignRow{"unetAlone", {"conv_in.weight", "down_blocks.0.resnets.0.conv1.weight"}, "the UNet alone"},
        ForeignRow{"controlNet", {"control_model.input_blocks.0.0.weight"}, "a ControlNet"},
        ForeignRow{"flux", {"model.diffusion_model.double_blocks.0.img_attn.qkv.weight"}, "Flux"},
        ForeignRow{"sd3", {"model.diffusion_model.joint_blocks.0.x.weight"}, "Stable Diffusion 3"},
        ForeignRow{"refiner", {kBlock, kLabel, "conditioner.embedders.0.model.ln_final.weight"}, "refiner"},
        ForeignRow{"unclip", {kBlock, kLabel, "cond_stage_model.model.ln_final.weight"}, "label embedding"},
        ForeignRow{"noText", {kBlock}, "no text encoder"},
        ForeignRow{"noVae",
                   {kBlock, "cond_stage_model.transformer.text_model.final_layer_norm.weight"},
                   "no autoencoder"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(CurrentNames, oldAttentionNamesOfAutoencodersAreTranslated)
{
    TemporaryFolder folder;
    Tensors today = testing::componentTensors("tiny-sd15", "vae");
    Tensors old;
    for (const auto& [name, tensor] : today) {
        std::string text = name;
        for (const auto& [now, then] :
             {std::pair(".to_q.", ".query."), std::pair(".to_k.", ".key."), std::pair(".to_v.", ".value."),
              std::pair(".to_out.0.", ".proj_attn.")})
            if (std::size_t at = text.find(now); at != std::string::npos)
                text.replace(at, std::string(now).size(), then);
        old[text] = tensor;
    }
    ASSERT_FALSE(old.contains("decoder.mid_block.attentions.0.to_q.weight"));
    ASSERT_TRUE(writeTensors(folder / "old.safetensors", old).has_value());
    expectSame(withCurrentNames(*TensorStore::open(folder / "old.safetensors")), today);
}

TEST(CurrentNames, todaysNamesStay)
{
    for (const char* component : {"unet", "vae", "text_encoder"}) {
        auto store = TensorStore::openComponent(testing::referenceModel("tiny-sd15") / component,
                                                *component == 't' ? "model" : "diffusion_pytorch_model");
        ASSERT_TRUE(store.has_value()) << store.error().message;
        expectSame(withCurrentNames(*store), testing::componentTensors("tiny-sd15", component));
    }
}

} // namespace
} // namespace unfog

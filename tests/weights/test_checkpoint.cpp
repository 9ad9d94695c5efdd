#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "weights/checkpoint/checkpoint.h"
#include "weights/crafted_files.h"
#include "weights/files/tensor_io.h"
#include "weights/single_files.h"

namespace unfog {
namespace {

using nlohmann::json;
using testing::Shapes;
using testing::TemporaryFolder;
using testing::writeFile;

json parsed(const CheckpointPart& part)
{
    return json::parse(part.configJson);
}

TEST(Checkpoint, foldersOfAllThreeFamiliesAreToldApart)
{
    const std::pair<const char*, ModelFamily> kModels[] = {
        {"tiny-sd15", ModelFamily::Sd1}, {"tiny-sd2v", ModelFamily::Sd2}, {"tiny-sdxl", ModelFamily::SdXl}};
    for (const auto& [name, family] : kModels) {
        auto model = openCheckpoint(testing::referenceModel(name));
        ASSERT_TRUE(model.has_value()) << model.error().message;
        EXPECT_EQ(model->family, family);
        EXPECT_EQ(model->layout, ModelLayout::DiffusersFolder);
        EXPECT_EQ(model->textEncoder2.has_value(), family == ModelFamily::SdXl);
        EXPECT_EQ(model->zerosForEmptyNegative, family == ModelFamily::SdXl);
        EXPECT_EQ(model->tokenizerFolders.size(), family == ModelFamily::SdXl ? 2u : 1u);
        EXPECT_TRUE(parsed(model->unet).contains("block_out_channels"));
        EXPECT_TRUE(json::parse(model->schedulerConfigJson).contains("beta_schedule"));
        EXPECT_EQ(model->modelHash.size(), 64u);
        EXPECT_TRUE(model->notes.empty());
    }
}

// What shapes cannot show: the size the model was trained at, and ids that do not change the hidden states.
TEST(Checkpoint, configurationInferredFromARecordedFileIsThatOfItsFolder)
{
    TemporaryFolder folder;
    ASSERT_TRUE(writeTensors(folder / "m.safetensors", testing::recordedSingleFile()).has_value());
    auto single = openCheckpoint(folder / "m.safetensors");
    ASSERT_TRUE(single.has_value()) << single.error().message;
    auto original = openCheckpoint(testing::referenceModel("tiny-sd15"));
    ASSERT_TRUE(original.has_value()) << original.error().message;
    EXPECT_EQ(single->layout, ModelLayout::SingleFile);
    EXPECT_EQ(single->family, ModelFamily::Sd1);
    EXPECT_TRUE(single->notes.empty());
    EXPECT_TRUE(single->tokenizerFolders.empty());

    const std::vector<std::string> kNotInShapes{"sample_size", "eos_token_id", "bos_token_id"};
    for (auto part : {&Checkpoint::unet, &Checkpoint::vae, &Checkpoint::textEncoder}) {
        json inferred = parsed((*single).*part);
        json recorded = parsed((*original).*part);
        EXPECT_GE(inferred.size(), 12u);
        for (const auto& [key, value] : inferred.items()) {
            bool compared = std::find(kNotInShapes.begin(), kNotInShapes.end(), key) == kNotInShapes.end();
            EXPECT_TRUE(!compared || value == recorded.value(key, json())) << key << ": " << value;
        }
    }
    json recordedScheduler = json::parse(original->schedulerConfigJson);
    json scheduler = json::parse(single->schedulerConfigJson);
    for (const auto& [key, value] : scheduler.items())
        EXPECT_EQ(value, recordedScheduler.value(key, json())) << key;
}

class PublishedSize : public ::testing::Test {
protected:
    Result<Checkpoint> open(std::initializer_list<Shapes> components)
    {
        Shapes all;
        for (const Shapes& shapes : components)
            all.insert(shapes.begin(), shapes.end());
        testing::writeSparseFile(m_folder / "m.safetensors", all);
        return openCheckpoint(m_folder / "m.safetensors");
    }

    TemporaryFolder m_folder;
};

constexpr std::uint64_t kVaeValues = 83'653'863;
const std::string kUnet = "model.diffusion_model.";
const std::string kVae = "first_stage_model.";

TEST_F(PublishedSize, stableDiffusion1)
{
    auto model = open({testing::ldmUnetShapes({}, kUnet), testing::ldmVaeShapes(kVae),
                       testing::clipTextShapes(768, 12, "cond_stage_model.transformer.text_model.")});
    ASSERT_TRUE(model.has_value()) << model.error().message;
    EXPECT_EQ(model->family, ModelFamily::Sd1);
    EXPECT_EQ(model->unet.store.tensors().size(), 686u);
    EXPECT_EQ(model->unet.store.valueCount(), 859'520'964u);
    EXPECT_EQ(model->vae.store.valueCount(), kVaeValues);
    EXPECT_EQ(model->textEncoder.store.valueCount(), 123'060'480u);
    json unet = parsed(model->unet);
    EXPECT_EQ(unet["block_out_channels"], json::parse("[320,640,1280,1280]"));
    EXPECT_EQ(unet["down_block_types"],
              json::parse(
                  R"(["CrossAttnDownBlock2D","CrossAttnDownBlock2D","CrossAttnDownBlock2D","DownBlock2D"])"));
    EXPECT_EQ(unet["up_block_types"],
              json::parse(R"(["UpBlock2D","CrossAttnUpBlock2D","CrossAttnUpBlock2D","CrossAttnUpBlock2D"])"));
    EXPECT_EQ(unet["attention_head_dim"], 8);
    EXPECT_EQ(unet["layers_per_block"], 2);
    EXPECT_EQ(unet["cross_attention_dim"], 768);
    EXPECT_EQ(unet["transformer_layers_per_block"], 1);
    EXPECT_EQ(unet["use_linear_projection"], false);
    EXPECT_EQ(unet["sample_size"], 64);
    json vae = parsed(model->vae);
    EXPECT_EQ(vae["block_out_channels"], json::parse("[128,256,512,512]"));
    EXPECT_EQ(vae["layers_per_block"], 2);
    EXPECT_EQ(vae["latent_channels"], 4);
    EXPECT_EQ(vae["scaling_factor"], 0.18215);
    json text = parsed(model->textEncoder);
    EXPECT_EQ(text["num_hidden_layers"], 12);
    EXPECT_EQ(text["num_attention_heads"], 12);
    EXPECT_EQ(text["intermediate_size"], 3072);
    EXPECT_EQ(text["hidden_act"], "quick_gelu");
    EXPECT_EQ(json::parse(model->schedulerConfigJson)["_class_name"], "PNDMScheduler");
}

TEST_F(PublishedSize, stableDiffusion2)
{
    testing::LdmUnetSize size;
    size.context = 1024;
    size.linear = true;
    auto model = open({testing::ldmUnetShapes(size, kUnet), testing::ldmVaeShapes(kVae),
                       testing::openClipTextShapes(1024, 24, "cond_stage_model.model.")});
    ASSERT_TRUE(model.has_value()) << model.error().message;
    EXPECT_EQ(model->family, ModelFamily::Sd2);
    EXPECT_EQ(model->unet.store.valueCount(), 865'910'724u);
    json unet = parsed(model->unet);
    EXPECT_EQ(unet["attention_head_dim"], json::parse("[5,10,20,20]"));
    EXPECT_EQ(unet["use_linear_projection"], true);
    EXPECT_EQ(unet["cross_attention_dim"], 1024);
    json text = parsed(model->textEncoder);
    EXPECT_EQ(text["num_hidden_layers"], 23);
    EXPECT_EQ(text["num_attention_heads"], 16);
    EXPECT_EQ(text["hidden_act"], "gelu");
    EXPECT_EQ(text["architectures"], json::parse(R"(["CLIPTextModel"])"));
    // 340,387,840 and the logit scale, which stays listed and is harmless.
    EXPECT_EQ(model->textEncoder.store.valueCount(), 340'387'841u);
    EXPECT_EQ(json::parse(model->schedulerConfigJson)["prediction_type"], "v_prediction");
    ASSERT_EQ(model->notes.size(), 1u);
    EXPECT_NE(model->notes.front().find("v_prediction"), std::string::npos);
}

TEST_F(PublishedSize, stableDiffusionXl)
{
    auto model = open({testing::ldmUnetShapes(testing::xlUnetSize(), kUnet), testing::ldmVaeShapes(kVae),
                       testing::clipTextShapes(768, 12, "conditioner.embedders.0.transformer.text_model."),
                       testing::openClipTextShapes(1280, 32, "conditioner.embedders.1.model.")});
    ASSERT_TRUE(model.has_value()) << model.error().message;
    EXPECT_EQ(model->family, ModelFamily::SdXl);
    EXPECT_EQ(model->unet.store.tensors().size(), 1680u);
    EXPECT_EQ(model->unet.store.valueCount(), 2'567'463'684u);
    json unet = parsed(model->unet);
    EXPECT_EQ(unet["down_block_types"],
              json::parse(R"(["DownBlock2D","CrossAttnDownBlock2D","CrossAttnDownBlock2D"])"));
    EXPECT_EQ(unet["up_block_types"],
              json::parse(R"(["CrossAttnUpBlock2D","CrossAttnUpBlock2D","UpBlock2D"])"));
    EXPECT_EQ(unet["transformer_layers_per_block"], json::parse("[1,2,10]"));
    EXPECT_EQ(unet["addition_embed_type"], "text_time");
    EXPECT_EQ(unet["addition_time_embed_dim"], 256);
    EXPECT_EQ(unet["projection_class_embeddings_input_dim"], 2816);
    EXPECT_EQ(unet["attention_head_dim"][1], 10);
    EXPECT_EQ(unet["attention_head_dim"][2], 20);
    EXPECT_EQ(unet["sample_size"], 128);
    json second = parsed(*model->textEncoder2);
    EXPECT_EQ(second["architectures"], json::parse(R"(["CLIPTextModelWithProjection"])"));
    EXPECT_EQ(second["num_hidden_layers"], 32);
    EXPECT_EQ(second["num_attention_heads"], 20);
    EXPECT_EQ(second["projection_dim"], 1280);
    EXPECT_EQ(second["hidden_act"], "gelu");
    EXPECT_EQ(parsed(model->vae)["scaling_factor"], 0.13025);
    EXPECT_TRUE(model->zerosForEmptyNegative);
    EXPECT_EQ(json::parse(model->schedulerConfigJson)["_class_name"], "EulerDiscreteScheduler");
}

TEST_F(PublishedSize, inpaintingModelsAreNamed)
{
    Shapes unet = testing::ldmUnetShapes({}, kUnet);
    unet[kUnet + "input_blocks.0.0.weight"] = {320, 9, 3, 3};
    auto model = open({unet, testing::ldmVaeShapes(kVae),
                       testing::clipTextShapes(768, 12, "cond_stage_model.transformer.text_model.")});
    ASSERT_FALSE(model.has_value());
    EXPECT_NE(model.error().message.find("9 channels"), std::string::npos) << model.error().message;
    EXPECT_NE(model.error().message.find("inpainting"), std::string::npos);
}

TEST_F(PublishedSize, headsThatCannotBeKnownAreNotGuessed)
{
    auto model = open({testing::ldmUnetShapes({}, kUnet), testing::ldmVaeShapes(kVae),
                       testing::clipTextShapes(48, 2, "cond_stage_model.transformer.text_model.")});
    ASSERT_FALSE(model.has_value());
    EXPECT_NE(model.error().message.find("attention heads"), std::string::npos) << model.error().message;
}

TEST(Checkpoint, whatIsNoModelSaysWhatWasExpected)
{
    TemporaryFolder folder;
    auto says = [](const std::filesystem::path& path) {
        auto model = openCheckpoint(path);
        return model ? std::string("no error") : model.error().message;
    };
    EXPECT_NE(says(folder / "none").find("does not exist"), std::string::npos);
    EXPECT_NE(says(folder.path()).find("model_index.json"), std::string::npos);
    writeFile(folder / "model_index.json", R"({"_class_name":"FluxPipeline"})");
    EXPECT_NE(says(folder.path()).find("\"FluxPipeline\"; supported are StableDiffusionPipeline"),
              std::string::npos)
        << says(folder.path());
    writeFile(folder / "model_index.json", "nonsense");
    EXPECT_NE(says(folder.path()).find("not a JSON object"), std::string::npos);
    writeFile(folder / "model_index.json", R"({"_class_name":"StableDiffusionPipeline"})");
    EXPECT_NE(says(folder.path()).find("config.json"), std::string::npos) << says(folder.path());
    writeFile(folder / "unet" / "config.json", "{}");
    writeFile(folder / "unet" / "diffusion_pytorch_model.bin", "x");
    EXPECT_NE(says(folder.path()).find("pickle can run code"), std::string::npos) << says(folder.path());
    writeFile(folder / "m.ckpt", std::string("PK\x03\x04") + std::string(40, 'x'));
    EXPECT_NE(says(folder / "m.ckpt").find("pickle can run code"), std::string::npos);
}

} // namespace
} // namespace unfog

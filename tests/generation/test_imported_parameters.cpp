#include <gtest/gtest.h>

#include "generation/interchange/foreign_json.h"
#include "generation/interchange/imported_parameters.h"
#include "generation/request/validate.h"

namespace unfog {
namespace {

SamplerCatalog catalog()
{
    SamplerCatalog catalog;
    catalog.schedulers = {{{"euler-ancestral", "Euler ancestral", ""}, {"linspace", "trailing"}, false, 0.0},
                          {{"ddim", "DDIM", ""}, {"leading", "trailing"}, true, 0.0}};
    catalog.spacings = {{"linspace", "", ""}, {"trailing", "", ""}, {"leading", "", ""}, {"karras", "", ""}};
    catalog.predictions = {{"epsilon", "", ""}};
    return catalog;
}

ImportedParameters read(const std::string& text)
{
    auto imported = importText(text);
    EXPECT_TRUE(imported) << text;
    return imported.value_or(ImportedParameters());
}

bool has(const ImportedParameters& parameters, std::string_view name, ImportOutcome outcome)
{
    const ImportedValue* value = parameters.find(name);
    return value && value->outcome == outcome;
}

TEST(ImportedParameters, linesBehindTheSettingsAndKeysInAnyCapitals)
{
    const auto boat = read(
        "a paper boat, (soft light:1.2)\r\nNegative prompt: fog\r\nSteps: 12, Sampler: Euler a, CFG "
        "Scale: 6, Seed: 4242, Size: 64x64\r\nTemplate: a {paper|wooden} boat\r\nNegative Template: fog");
    EXPECT_EQ(boat.request.prompts.positive, "a paper boat, (soft light:1.2)");
    EXPECT_EQ(boat.request.prompts.negative, "fog");
    EXPECT_EQ(boat.request.guidance.scale, 6.0);
    EXPECT_EQ(boat.request.output.seed, 4242u);
    EXPECT_TRUE(has(boat, "Template", ImportOutcome::Ignored));
}

TEST(ImportedParameters, whatIsImportedAlwaysRuns)
{
    for (const char* settings :
         {"Steps: 5000, Sampler: dpmpp_2m, Schedule type: simple, CFG scale: 900, Seed: 1",
          "Steps: 0, Sampler: Euler a, Schedule type: Karras, CFG scale: -3, Size: 7x100000, Seed: 2",
          "Steps: 4, Sampler: Restart, Schedule type: KL Optimal, CFG scale: 1, Clip skip: 99, Seed: 3, Eta: "
          "7",
          "Steps: 4, Sampler: DDIM, Schedule type: karras, CFG scale: 1e9, Seed: -1, Schedule max sigma: "
          "1e20"}) {
        auto parameters = read(std::string("x\n") + settings);
        fitToEngine(parameters, catalog());
        GenerationRequest request = parameters.request;
        request.model.path = "m";
        EXPECT_TRUE(validateRequest(request)) << settings << ": " << validateRequest(request).error().message;
        const SchedulerChoice* scheduler = catalog().find(request.sampler.scheduler);
        EXPECT_TRUE(request.sampler.scheduler.empty() || scheduler) << settings;
    }
}

TEST(ImportedParameters, aScheduleThatDoesNotGoIsLeftOutAndSaid)
{
    auto parameters = read("x\nSteps: 4, Sampler: Euler a, Schedule type: Karras, CFG scale: 5, Seed: 2");
    EXPECT_EQ(parameters.request.sampler.spacing, "karras");
    fitToEngine(parameters, catalog());
    EXPECT_EQ(parameters.request.sampler.scheduler, "euler-ancestral");
    EXPECT_EQ(parameters.request.sampler.spacing, "");
    EXPECT_TRUE(has(parameters, "Schedule type", ImportOutcome::Ignored));
}

TEST(ImportedParameters, clipSkipOfTheWebUiHasNoEffectOnXl)
{
    for (const auto& [family, expected] : {std::pair("SDXL", 0), std::pair("Stable Diffusion XL", 0),
                                           std::pair("SD 2.1", 0), std::pair("SD 1.x", 1)}) {
        auto parameters = read("x\nSteps: 4, Sampler: DDIM, Clip skip: 2, Seed: 2");
        fitToEngine(parameters, catalog(), {targetFamily(family), 12, 8});
        EXPECT_EQ(parameters.request.prompts.clipSkip, expected) << family;
        EXPECT_EQ(has(parameters, "Clip skip", ImportOutcome::Ignored), expected == 0) << family;
    }
}

TEST(ImportedParameters, textsWithoutSettingsAreNone)
{
    for (const char* text : {"", "a description", "Style: ink, Mood: calm, Light: soft",
                             "{\"nodes\": [], \"links\": []}", "[1, 2", "{}"})
        EXPECT_FALSE(importText(text)) << text;
}

TEST(ForeignJson, everyProgramIsTold)
{
    const struct {
        const char* json;
        const char* program;
        std::uint64_t seed;
    } table[] = {
        {R"({"sui_image_params": {"prompt": "a kite", "seed": 5, "steps": 9, "cfgscale": 6}})", "SwarmUI", 5},
        {R"({"generation_mode": "txt2img", "positive_prompt": "a kite", "seed": 6, "steps": 9, "cfg_scale": 6,
             "scheduler": "euler_a", "model": {"name": "dream"}})",
         "InvokeAI", 6},
        {R"({"c": "a kite", "uc": "fog", "seed": 7, "steps": 9, "sampler": "Euler A Trailing", "scale": 6})",
         "Draw Things", 7},
        {R"({"prompt": "a kite", "uc": "fog", "seed": 8, "steps": 9, "scale": 6, "sampler": "k_euler_ancestral"})",
         "NovelAI", 8},
        {R"json({"base_model": "juggernautXL", "base_model_hash": "aeb7e9e689", "guidance_scale": 6.0, "metadata_scheme": "fooocus",
             "performance": "Speed", "prompt": "a kite", "negative_prompt": "", "refiner_model": "None", "resolution": "(1152, 896)",
             "sampler": "dpmpp_2m_sde_gpu", "scheduler": "karras", "seed": "9", "steps": 9, "styles": "[]",
             "version": "Fooocus v2.5.0"})json",
         "Fooocus", 9},
    };
    for (const auto& row : table) {
        const auto json = readForeignJson(row.json);
        ASSERT_TRUE(json && json->parameters) << row.json;
        EXPECT_EQ(json->program, row.program);
        EXPECT_EQ(json->parameters->request.prompts.positive, "a kite") << row.program;
        EXPECT_EQ(json->parameters->request.output.seed, row.seed) << row.program;
        EXPECT_EQ(json->parameters->request.sampler.steps, 9) << row.program;
        EXPECT_EQ(json->parameters->request.guidance.scale, 6.0) << row.program;
    }
    const GenerationRequest fooocus = readForeignJson(table[4].json)->parameters->request;
    EXPECT_EQ(fooocus.canvas.widthPx, 1152);
    EXPECT_EQ(fooocus.canvas.heightPx, 896);
    EXPECT_EQ(fooocus.sampler.scheduler, "dpmpp-2m-sde");
    EXPECT_EQ(fooocus.sampler.spacing, "karras");
    EXPECT_EQ(readForeignJson(R"({"3": {"class_type": "KSampler", "inputs": {"seed": 1}}})")->what,
              "a ComfyUI graph");
    EXPECT_FALSE(readForeignJson("a fox"));
    std::string deep;
    for (int level = 0; level < 300; ++level)
        deep += R"({"a":)";
    EXPECT_TRUE(readForeignJson(deep));
}

} // namespace
} // namespace unfog

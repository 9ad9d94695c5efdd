#include <gtest/gtest.h>

#include <algorithm>

#include "generation/interchange/a1111_names.h"
#include "generation/interchange/a1111_text.h"
#include "generation/interchange/foreign_names.h"

namespace unfog {
namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

bool has(const ImportedParameters& read, std::string_view name, ImportOutcome outcome)
{
    const ImportedValue* value = read.find(name);
    return value && value->outcome == outcome;
}

GenerationRequest foxRequest()
{
    GenerationRequest request;
    request.model.path = "/models/v1-5-pruned-emaonly.safetensors";
    request.prompts.positive = "portrait of a fox, (rim light:1.2)";
    request.prompts.negative = "lowres, blurry";
    request.sampler = {"dpmpp-2m", "karras", "epsilon", 25, std::nullopt};
    request.guidance.scale = 6.5;
    request.output.seed = 1234567890;
    request.canvas.widthPx = 512;
    request.canvas.heightPx = 768;
    request.prompts.clipSkip = 1;
    return request;
}

TEST(A1111Text, isWrittenInTheOrderOfTheWebUi)
{
    EXPECT_EQ(writeA1111Text(foxRequest(), {"", "0.1.0"}),
              "portrait of a fox, (rim light:1.2)\n"
              "Negative prompt: lowres, blurry\n"
              "Steps: 25, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 1234567890, "
              "Size: 512x768, Model: v1-5-pruned-emaonly, Clip skip: 2, RNG: CPU, Version: Unfog 0.1.0");
}

TEST(A1111Text, emptyPromptsLeaveTheSettingsLine)
{
    GenerationRequest request;
    request.model.path = "/models/starter/";
    request.guidance.scale = 7.0;
    EXPECT_EQ(writeA1111Text(request, {}), "Steps: 20, CFG scale: 7, Seed: 0, Model: starter, RNG: CPU");
}

TEST(A1111Text, valuesAreQuotedForCommaNewlineAndColonOnly)
{
    GenerationRequest request;
    const std::pair<const char*, const char*> table[] = {
        {"a, b", R"(Model: "a, b",)"},
        {"a:b", R"(Model: "a:b",)"},
        {"a\nb", R"(Model: "a\nb",)"},
        {R"(a "b" \c)", R"(Model: a "b" \c,)"},
        {R"("b", \c)", R"(Model: "\"b\", \\c",)"},
        {"é: ü", "Model: \"é: ü\","},
    };
    for (const auto& [name, written] : table) {
        const std::string text = writeA1111Text(request, {name, ""});
        EXPECT_NE(text.find(written), std::string::npos) << text;
        EXPECT_EQ(toRequest(parseA1111Text(text)).modelName, name) << text;
    }
}

TEST(A1111Text, whatTheFormatCanHoldComesBack)
{
    const char* prompts[] = {
        "",
        "a fox",
        "line one\nline two, (weight:1.3)\n\nline four",
        "日本の風景 🍎👩‍🚀 \"quoted\" back\\slash",
        "looks like settings: Steps: 1, Sampler: Foo, Seed: 2",
        "<lora: x:1>, <lora: y:1>, <lora: z:1>",
    };
    for (const char* prompt : prompts)
        for (const char* negative : {"", "blurry\nlow quality: yes"}) {
            GenerationRequest request = foxRequest();
            request.prompts.positive = prompt;
            request.prompts.negative = negative;
            request.output.seed = ~std::uint64_t{0};
            request.sampler.eta = 0.25;
            request.guidance.rescale = 0.7;
            request.sampler.sigmaMax = 80.0;
            const ImportedParameters read = toRequest(parseA1111Text(writeA1111Text(request, {"", "0.1.0"})));
            request.model.path.clear();
            request.sampler.prediction.clear();
            EXPECT_EQ(read.request, request) << prompt;
            EXPECT_EQ(read.modelName, "v1-5-pruned-emaonly");
            for (const ImportedValue& value : read.values)
                EXPECT_TRUE(value.outcome == ImportOutcome::Applied || value.name == "Model")
                    << sentenceOf(value);
        }
}

TEST(A1111Text, nulIsDroppedAndIllFormedBytesAreReplaced)
{
    GenerationRequest request;
    request.prompts.positive = std::string("a\0b\xFF", 4);
    EXPECT_TRUE(writeA1111Text(request, {}).starts_with("ab\uFFFD\nSteps"));
}

TEST(A1111Text, aTextOfTheWebUiIsUnderstood)
{
    const auto parameters =
        parseA1111Text("portrait of a fox, (rim light:1.2)\n"
                       "Negative prompt: lowres, blurry\n"
                       "Steps: 25, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: "
                       "1234567890, Size: 512x768, "
                       "Model hash: 6ce0161689, Model: v1-5-pruned-emaonly, Denoising strength: 0.55, Clip "
                       "skip: 2, RNG: CPU, "
                       "Hires upscale: 2, Hires steps: 15, Hires upscaler: Latent, "
                       "Lora hashes: \"foxstyle: 0123456789ab, ink: 89abcdef0123\", Version: v1.10.1");
    EXPECT_EQ(*parameters.find("Lora hashes"), "foxstyle: 0123456789ab, ink: 89abcdef0123");
    EXPECT_EQ(*parameters.find("Size-1"), "512");
    EXPECT_EQ(*parameters.find("Size-2"), "768");
    EXPECT_EQ(parameters.find("Size"), nullptr);
    const ImportedParameters read = toRequest(parameters);
    GenerationRequest expected = foxRequest();
    expected.model.path.clear();
    expected.sampler.prediction.clear();
    EXPECT_EQ(read.request, expected);
    for (const char* key : {"Steps", "Sampler", "Schedule type", "CFG scale", "Seed", "Size", "Clip skip"})
        EXPECT_TRUE(has(read, key, ImportOutcome::Applied)) << key;
    for (const char* key : {"Hires upscaler", "Lora hashes", "Denoising strength", "Model hash"})
        EXPECT_TRUE(has(read, key, ImportOutcome::Ignored)) << key;
    EXPECT_TRUE(has(read, "RNG", ImportOutcome::Applied));
}

TEST(A1111Text, lastLineWithFewerThanThreePairsIsPrompt)
{
    const auto two = parseA1111Text("a fox\nSteps: 20, Seed: 3");
    EXPECT_EQ(two.prompt, "a fox\nSteps: 20, Seed: 3");
    EXPECT_TRUE(two.values.empty());
    const std::string tags =
        "a fox\n<lora: x:1>, <lora: y:1>, <lora: z:1>"; // the web UI takes them for settings
    EXPECT_EQ(parseA1111Text(tags).prompt, tags);
    EXPECT_EQ(parseA1111Text("").prompt, "");
    EXPECT_EQ(parseA1111Text("\n\n").prompt, "");
}

TEST(A1111Text, pairsFollowTheGrammar)
{
    const struct {
        const char* line;
        Values values;
    } table[] = {
        {"Aa: 1, Bb: 2, Cc: 3", {{"Aa", "1"}, {"Bb", "2"}, {"Cc", "3"}}},
        {"a: 1, Bb: 2, Cc: 3, Dd: 4", {{"Bb", "2"}, {"Cc", "3"}, {"Dd", "4"}}}, // one-letter keys are dropped
        {"Aa.Bb: 1, Cc: 2, Dd: 3", {{"Bb", "1"}, {"Cc", "2"}, {"Dd", "3"}}},    // no dots in keys
        {"A-b/c d: 1, Cc:2,Dd:   3", {{"A-b/c d", "1"}, {"Cc", "2"}, {"Dd", "3"}}},
        {R"(Aa: "x, y", Bb: "z\"w", Cc: 3)", {{"Aa", "x, y"}, {"Bb", "z\"w"}, {"Cc", "3"}}},
        {R"(Aa: "x" y, Bb: "", Cc: "open, Dd: 4)",
         {{"Aa", "\"x\" y"}, {"Bb", ""}, {"Cc", "\"open"}, {"Dd", "4"}}},
        {R"(Aa: "bad \q", Bb: 2, Cc: 3)", {{"Aa", "\"bad \\q\""}, {"Bb", "2"}, {"Cc", "3"}}},
        {"Aa: , Bb: 2, Aa: 9, Cc: 3", {{"Bb", "2"}, {"Aa", "9"}, {"Cc", "3"}}},
        {"Aa: 12x34, Bb: 12x, Cc: x34", {{"Aa-1", "12"}, {"Aa-2", "34"}, {"Bb", "12x"}, {"Cc", "x34"}}},
        {"Größe: 1, 日本: 2, Cc: 3:4", {{"Größe", "1"}, {"日本", "2"}, {"Cc", "3:4"}}},
    };
    for (const auto& row : table) {
        const Values known = {{"Steps", "1"}, {"Seed", "2"}};
        Values values = parseA1111Text("Steps: 1, Seed: 2, " + std::string(row.line)).values;
        ASSERT_GE(values.size(), known.size()) << row.line;
        EXPECT_EQ(Values(values.begin(), values.begin() + 2), known) << row.line;
        values.erase(values.begin(), values.begin() + 2);
        EXPECT_EQ(values, row.values) << row.line;
    }
}

TEST(A1111Text, oldSamplerNamesAreSplit)
{
    const struct {
        const char* line;
        const char* scheduler;
        const char* spacing;
    } table[] = {
        {"Sampler: DPM++ 2M Karras", "dpmpp-2m", "karras"},
        {"Sampler: DPM++ 2M SDE Exponential", "dpmpp-2m-sde", "exponential"},
        {"Sampler: DPM++ 2M Karras, Schedule type: Automatic", "dpmpp-2m", "karras"},
        {"Sampler: Euler a", "euler-ancestral", ""},
        {"Sampler: Euler, Schedule type: SGM Uniform", "euler", "trailing"},
        {"Sampler: PLMS", "pndm", ""},
        {"Sampler: dpmpp-2m, Schedule type: lu", "dpmpp-2m", "lu"},
        {"Sampler: Restart Karras", "", "karras"},
        {"Sampler: Karras", "", ""},
    };
    for (const auto& row : table) {
        const auto read = toRequest(parseA1111Text(std::string("x\nSteps: 1, Seed: 1, ") + row.line));
        EXPECT_EQ(read.request.sampler.scheduler, row.scheduler) << row.line;
        EXPECT_EQ(read.request.sampler.spacing, row.spacing) << row.line;
        EXPECT_EQ(has(read, "Sampler", ImportOutcome::Ignored), *row.scheduler == '\0') << row.line;
    }
}

TEST(A1111Text, everyNameOfOursIsReadBack)
{
    for (const char* name : {"ddim", "ddpm", "pndm", "lms", "euler", "euler-ancestral", "heun", "dpm2",
                             "dpm2-ancestral", "dpmpp-2m", "dpmpp-2m-sde", "dpmpp-3m", "dpmpp-2s", "unipc",
                             "deis", "lcm", "tcd", "a-scheduler-of-tomorrow"})
        EXPECT_EQ(schedulerOfForeign(a1111SamplerName(name))->name, name);
    for (const char* name : {"karras", "exponential", "beta", "linspace", "leading", "trailing", "lu"})
        EXPECT_EQ(spacingOfForeign(a1111ScheduleName(name))->name, name);
}

TEST(A1111Text, valuesOutOfRangeComeToTheNearestAndAreSaid)
{
    const auto read = toRequest(parseA1111Text(
        "x\nSteps: 100000, Sampler: Restart, Schedule type: Turbo, CFG scale: nan, Seed: -1, Size: 7x512, "
        "Clip skip: 0, Eta: 3"));
    EXPECT_EQ(read.request.sampler.steps, 1000);
    EXPECT_EQ(read.request.sampler.scheduler, "");
    EXPECT_EQ(read.request.sampler.spacing, "");
    EXPECT_EQ(read.request.sampler.eta, 1.0);
    EXPECT_EQ(read.request.guidance.scale, GenerationRequest().guidance.scale);
    EXPECT_EQ(read.request.canvas.widthPx, 8);
    EXPECT_EQ(read.request.prompts.clipSkip, 0);
    EXPECT_FALSE(read.hasSeed);
    for (const char* key : {"Sampler", "Schedule type", "CFG scale", "Seed"})
        EXPECT_TRUE(has(read, key, ImportOutcome::Ignored)) << key;
    for (const char* key : {"Steps", "Size", "Clip skip", "Eta"})
        EXPECT_TRUE(has(read, key, ImportOutcome::Approximated)) << key;
}

TEST(A1111Text, anyCutOfATextIsReadWithoutHarm)
{
    const std::string whole = writeA1111Text(foxRequest(), {R"(odd "name", with: \ all)", "0.1.0"});
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        std::string prompt = whole.substr(0, std::min(size, foxRequest().prompts.positive.size()));
        if (prompt.ends_with(' '))
            prompt.pop_back();
        const auto read = toRequest(parseA1111Text(std::string_view(whole).substr(0, size)));
        EXPECT_TRUE(read.request.prompts.positive.starts_with(prompt)) << size;
    }
}

} // namespace
} // namespace unfog

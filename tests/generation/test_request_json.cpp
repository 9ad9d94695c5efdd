#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "generation/request/request_json.h"

namespace unfog {
namespace {

GenerationRecord fullRecord()
{
    GenerationRecord record;
    GenerationRequest& request = record.request;
    request.model.path = "/models/päth with \"quotes\"/sd.safetensors";
    request.model.tokenizer = "/models/tokenizer";
    request.prompts.positive = std::string("日本 🍎\n\"quoted\", back\\slash \0 NUL", 38);
    request.prompts.negative = "Negative prompt: x\r\n";
    request.prompts.areWeighted = false;
    request.sampler = {"dpmpp-2m", "karras", "v_prediction", 33, 0.1 + 0.2};
    request.guidance.scale = 6.4999999999999991;
    request.guidance.rescale = 0.7;
    request.output.seed = std::numeric_limits<std::uint64_t>::max() - 1;
    request.canvas.widthPx = 768;
    request.canvas.heightPx = 512;
    request.output.count = 3;
    request.prompts.clipSkip = 2;
    request.images.start = InitImage{"/tmp/in.png", std::string(64, 'a'), 1.0 / 3.0, nullptr};
    request.model.device = DeviceChoice::Cuda;
    request.model.precision = Precision::BFloat16;
    request.output.tiledDecode = true;
    record.provenance = Provenance{"0.1.0",    "1.13.1", "cuda:0 (H200)",
                                   "bfloat16", "12ab",   "n",
                                   "l",        "p",      {"12 tokens were cut", "VAE repeated in float32"}};
    return record;
}

TEST(RequestJson, everyMemberComesBackExactly)
{
    const auto parsed = parseRecord(toJson(fullRecord()));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->record, fullRecord());
    EXPECT_TRUE(parsed->ignoredKeys.empty());
    const auto defaults = parseRecord(toJson({}));
    ASSERT_TRUE(defaults) << defaults.error().message;
    EXPECT_EQ(defaults->record, GenerationRecord{});
}

TEST(RequestJson, seedsAndDoublesAreExact)
{
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1} << 53, (std::uint64_t{1} << 53) + 1,
                                     std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
        GenerationRecord record;
        record.request.output.seed = seed;
        EXPECT_EQ(parseRecord(toJson(record))->record.request.output.seed, seed);
    }
    for (const double value :
         {1.0, 7.5, 0.1, 1e-310, 1.7976931348623157e308, std::nextafter(7.0, 8.0), 100.0}) {
        GenerationRecord record;
        record.request.guidance.scale = value;
        EXPECT_EQ(parseRecord(toJson(record))->record.request.guidance.scale, value);
    }
}

TEST(RequestJson, enumsAreWrittenByName)
{
    const auto json = nlohmann::json::parse(toJson(fullRecord()));
    EXPECT_EQ(json.at("version"), 2);
    EXPECT_EQ(json.at("request").at("model").at("device"), "cuda");
    EXPECT_EQ(json.at("request").at("model").at("precision"), "bfloat16");
    for (const auto device : {DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Cuda,
                              DeviceChoice{DeviceChoice::Kind::Cuda, 1}})
        EXPECT_EQ(parseDevice(nameOf(device)), device);
    EXPECT_EQ(nameOf(*parseDevice("cuda:1")), "cuda:1");
    EXPECT_EQ(parseDevice("cuda:0"), DeviceChoice::Cuda);
    for (const char* name : {"cuda:", "cuda:-1", "cuda:64", "cuda:1x", "cpu:1"})
        EXPECT_FALSE(parseDevice(name)) << name;
    for (const auto precision :
         {Precision::Auto, Precision::Float32, Precision::Float16, Precision::BFloat16})
        EXPECT_EQ(parsePrecision(nameOf(precision)), precision);
    EXPECT_EQ(parseDevice("tpu").error().message, "unknown device \"tpu\"; known are auto, cpu, cuda");
}

TEST(RequestJson, illFormedUtf8IsReplacedAndNothingThrows)
{
    GenerationRecord record;
    record.request.prompts.positive = "a\xFFz";
    EXPECT_EQ(parseRecord(toJson(record))->record.request.prompts.positive, "a\uFFFDz");
}

TEST(RequestJson, unknownKeysAreIgnoredAndReported)
{
    const auto parsed = parseRecord(R"({"version": 1, "colour": 3, "request": {"prompt": "fox", "hires": {},
        "sampler": {"churn": 1}, "init_image": {"mask": 2}}, "provenance": {"host": "x"}})");
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->record.request.prompts.positive, "fox");
    EXPECT_EQ(parsed->ignoredKeys,
              (std::vector<std::string>{"request.init_image.mask", "request.sampler.churn", "request.hires",
                                        "provenance.host", "colour"}));
}

TEST(RequestJson, keysOfAnotherVersionAreUnknown)
{
    const auto parsed = parseRecord(
        R"({"version": 2, "request": {"prompt": "fox", "prompts": {"positive": "owl", "style": 1}}})");
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->record.request.prompts.positive, "owl");
    EXPECT_EQ(parsed->ignoredKeys, (std::vector<std::string>{"request.prompts.style", "request.prompt"}));
}

// Written by the last program of version 1 for fullRecord().
TEST(RequestJson, versionOneGivesTheSameRecord)
{
    const auto parsed = parseRecord(
        R"json({"version":1,"request":{"model":"/models/päth with \"quotes\"/sd.safetensors",)json"
        R"json("tokenizer":"/models/tokenizer","prompt":"日本 🍎\n\"quoted\", back\\slash \u0000 NUL",)json"
        R"json("negative_prompt":"Negative prompt: x\r\n","prompt_weights":false,"sampler":{"scheduler":)json"
        R"json("dpmpp-2m","spacing":"karras","prediction":"v_prediction","steps":33,)json"
        R"json("eta":0.30000000000000004},"guidance_scale":6.499999999999999,"guidance_rescale":0.7,)json"
        R"json("seed":18446744073709551614,"width":768,"height":512,"count":3,"clip_skip":2,"init_image":)json"
        R"json({"file":"/tmp/in.png","sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",)json"
        R"json("strength":0.3333333333333333},"device":"cuda","precision":"bfloat16","tiled_decode":true},)json"
        R"json("provenance":{"engine_version":"0.1.0","libtorch_version":"1.13.1","device":"cuda:0 (H200)",)json"
        R"json("precision":"bfloat16","model_hash":"12ab","noise_sha256":"n","latent_sha256":"l",)json"
        R"json("pixel_sha256":"p","notes":["12 tokens were cut","VAE repeated in float32"]}})json");
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->record, fullRecord());
    EXPECT_TRUE(parsed->ignoredKeys.empty());
}

TEST(RequestJson, newerVersionsSaySo)
{
    const auto parsed = parseRecord(R"({"version": 3, "request": {"prompt": ["a", "b"]}})");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().kind, ErrorKind::Unsupported);
    EXPECT_NE(parsed.error().message.find("newer Unfog: its format is version 3"), std::string::npos);
}

TEST(RequestJson, wrongValuesAreNamed)
{
    const std::pair<const char*, const char*> table[] = {
        {"", "not a JSON object"},
        {"[]", "not a JSON object"},
        {R"({"version": 1, "request": {})", "not a JSON object"},
        {R"({"request": {}})", "no \"version\""},
        {R"({"version": 0, "request": {}})", "no \"version\""},
        {R"({"version": "1", "request": {}})", "no \"version\""},
        {R"({"version": 1})", "no \"request\""},
        {R"({"version": 1, "request": 5})", "request is 5; expected an object"},
        {R"({"version": 1, "request": {"prompt": 5}})", "request.prompt is 5; expected a text"},
        {R"({"version": 1, "request": {"seed": -1}})", "request.seed is -1"},
        {R"({"version": 1, "request": {"seed": 18446744073709551616}})", "request.seed is 1.8"},
        {R"({"version": 1, "request": {"width": 2147483648}})", "request.width is 2147483648"},
        {R"({"version": 1, "request": {"width": 1.5}})", "request.width is 1.5"},
        {R"({"version": 1, "request": {"guidance_scale": null}})", "request.guidance_scale is null"},
        {R"({"version": 1, "request": {"sampler": {"eta": "x"}}})", "request.sampler.eta is \"x\""},
        {R"({"version": 1, "request": {"device": "tpu"}})", "request.device: unknown device \"tpu\""},
        {R"({"version": 1, "request": {"precision": 16}})", "request.precision is 16"},
        {R"({"version": 1, "request": {"tiled_decode": 1}})", "request.tiled_decode is 1"},
        {R"({"version": 2, "request": {"prompts": {"positive": 5}}})",
         "request.prompts.positive is 5; expected a text"},
        {R"({"version": 2, "request": {"prompts": 5}})", "request.prompts is 5; expected an object"},
        {R"({"version": 2, "request": {"sampler": {"steps": 1.5}}})", "request.sampler.steps is 1.5"},
        {R"({"version": 1, "request": {}, "provenance": {"notes": [1]}})", "provenance.notes is [1]"},
    };
    for (const auto& [json, reason] : table) {
        const auto parsed = parseRecord(json);
        ASSERT_FALSE(parsed) << json;
        EXPECT_NE(parsed.error().message.find(reason), std::string::npos) << parsed.error().message;
    }
}

TEST(RequestJson, deepNestingIsRefusedWhereverItStands)
{
    const std::string deep = std::string(200000, '[') + std::string(200000, ']');
    const std::string objects = [] {
        std::string text;
        for (int i = 0; i < 100000; ++i)
            text += R"({"a":)";
        return text + "1" + std::string(100000, '}');
    }();
    for (const std::string& json :
         {deep, objects, R"({"version": 1, "request": {"x": )" + deep + "}}",
          R"({"version": 1, "request": {"prompt": )" + objects + "}}", R"({"version": )" + deep + "}"}) {
        const auto parsed = parseRecord(json);
        ASSERT_FALSE(parsed);
        EXPECT_NE(parsed.error().message.find("levels deep"), std::string::npos) << parsed.error().message;
    }
    EXPECT_TRUE(parseRecord(R"({"version": 1, "request": {"prompt": ")" + deep + "\"}}"));
}

TEST(RequestJson, everyCutOfATextIsRefused)
{
    const std::string whole = toJson(fullRecord());
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(parseRecord(std::string_view(whole).substr(0, size))) << size;
}

} // namespace
} // namespace unfog

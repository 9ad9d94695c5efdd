#include <gtest/gtest.h>

#include "weights/checkpoint/detect.h"
#include "weights/crafted_files.h"
#include "weights/files/tensor_store.h"

namespace unfog {
namespace {

using testing::craft;
using testing::TemporaryFolder;
using testing::writeFile;

std::string oneTensor(const std::string& name)
{
    return craft("{\"" + name + R"(":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 2);
}

std::string index(const std::string& weightMap)
{
    return R"({"metadata":{"total_size":4},"weight_map":{)" + weightMap + "}}";
}

std::string errorOf(const Result<TensorStore>& store)
{
    return store ? "no error" : store.error().message;
}

class ComponentFolder : public ::testing::Test {
protected:
    Result<TensorStore> open() const { return TensorStore::openComponent(m_folder.path(), "model"); }
    void write(const std::string& name, const std::string& text) const { writeFile(m_folder / name, text); }
    void writeShards() const
    {
        write("model-00001-of-00002.safetensors", oneTensor("a"));
        write("model-00002-of-00002.safetensors", oneTensor("b"));
    }

    TemporaryFolder m_folder;
};

TEST_F(ComponentFolder, plainFileIsPreferredToItsVariant)
{
    write("model.fp16.safetensors", oneTensor("half"));
    EXPECT_TRUE(open()->has("half"));
    write("model.safetensors", oneTensor("full"));
    EXPECT_TRUE(open()->has("full"));
}

TEST_F(ComponentFolder, theOnlyVariantIsUsed)
{
    for (const char* variant : {"bf16", "fp32", "non_ema", "fp16"}) {
        SCOPED_TRACE(variant);
        const TemporaryFolder folder;
        writeFile(folder / ("model." + std::string(variant) + ".safetensors"), oneTensor("a"));
        const auto store = TensorStore::openComponent(folder.path(), "model");
        ASSERT_TRUE(store) << errorOf(store);
        EXPECT_TRUE(store->has("a"));
    }
}

TEST_F(ComponentFolder, plainThenFp16WinOverOtherVariants)
{
    write("model.bf16.safetensors", oneTensor("bf16"));
    write("model.fp16.safetensors", oneTensor("fp16"));
    ASSERT_TRUE(open());
    EXPECT_TRUE(open()->has("fp16"));
    write("model.safetensors", oneTensor("plain"));
    EXPECT_TRUE(open()->has("plain"));
}

TEST_F(ComponentFolder, shardsOfAVariantBecomeOneIndex)
{
    write("model.bf16-00001-of-00002.safetensors", oneTensor("a"));
    write("model.bf16-00002-of-00002.safetensors", oneTensor("b"));
    write(
        "model.bf16.safetensors.index.json",
        index(R"("a":"model.bf16-00001-of-00002.safetensors","b":"model.bf16-00002-of-00002.safetensors")"));
    const auto store = open();
    ASSERT_TRUE(store) << errorOf(store);
    EXPECT_TRUE(store->has("a") && store->has("b"));
}

TEST(ModelInside, FollowsTheHubsCache)
{
    const TemporaryFolder cache;
    const auto make = [&](const std::string& name) {
        std::filesystem::create_directories(cache / "snapshots" / name);
        writeFile(cache / "snapshots" / name / "model_index.json", "{}");
    };
    make("aaa");
    EXPECT_EQ(*modelInside(cache.path()), cache / "snapshots" / "aaa");
    make("bbb");
    const auto several = modelInside(cache.path());
    ASSERT_FALSE(several);
    EXPECT_NE(several.error().message.find("aaa, bbb"), std::string::npos) << several.error().message;
    std::filesystem::create_directories(cache / "refs");
    writeFile(cache / "refs" / "main", "bbb\n");
    EXPECT_EQ(*modelInside(cache.path()), cache / "snapshots" / "bbb");
    EXPECT_EQ(*modelInside(cache / "snapshots" / "aaa"), cache / "snapshots" / "aaa");
}

TEST_F(ComponentFolder, shardsBecomeOneIndex)
{
    writeShards();
    std::string map = R"("a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors")";
    for (const char* name : {"model.safetensors.index.json", "model.fp16.safetensors.index.json",
                             "model.safetensors.index.fp16.json"}) {
        write(name, index(map));
        auto store = open();
        ASSERT_TRUE(store.has_value()) << errorOf(store);
        EXPECT_TRUE(store->has("a") && store->has("b"));
        EXPECT_EQ(store->tensors().size(), 2u);
        EXPECT_EQ(store->files().size(), 2u);
        EXPECT_EQ(store->valueCount(), 4u);
        EXPECT_EQ(store->headerSha256().size(), 64u);
        std::filesystem::remove(m_folder / name);
    }
}

struct IndexRow {
    const char* name;
    const char* weightMap;
    const char* says;
};

class RefusedIndex : public ComponentFolder, public ::testing::WithParamInterface<IndexRow> {};

TEST_P(RefusedIndex, isRefusedWithTheReason)
{
    writeShards();
    writeFile(m_folder.path().parent_path() / "unfog-outside.safetensors", oneTensor("a"));
    write("model.safetensors.index.json", index(GetParam().weightMap));
    auto store = open();
    ASSERT_FALSE(store.has_value());
    EXPECT_NE(store.error().message.find(GetParam().says), std::string::npos) << store.error().message;
    std::filesystem::remove(m_folder.path().parent_path() / "unfog-outside.safetensors");
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RefusedIndex,
    ::testing::Values(
        IndexRow{"shardMissing",
                 R"("a":"model-00001-of-00002.safetensors","b":"model-00003-of-00002.safetensors")",
                 "missing"},
        IndexRow{"parentFolder", R"("a":"../unfog-outside.safetensors")", "plain name"},
        IndexRow{"absolutePath", R"("a":"/tmp/unfog-outside.safetensors")", "plain name"},
        IndexRow{"subFolder", R"("a":"sub/x.safetensors")", "plain name"},
        IndexRow{"backslash", R"("a":"..\\x.safetensors")", "plain name"},
        IndexRow{"nulInName", R"("a":"x\u0000.safetensors")", "plain name"},
        IndexRow{"pickleShard", R"("a":"pytorch_model-00001.bin")", "plain name"},
        IndexRow{"numberAsShard", R"("a":1)", "not a name"},
        IndexRow{"tensorTwice",
                 R"("a":"model-00001-of-00002.safetensors","a":"model-00002-of-00002.safetensors")", "twice"},
        IndexRow{"tensorInTheOtherShard",
                 R"("a":"model-00002-of-00002.safetensors","b":"model-00001-of-00002.safetensors")",
                 "places in"},
        IndexRow{"tensorNotListed",
                 R"("a":"model-00001-of-00002.safetensors","c":"model-00002-of-00002.safetensors")",
                 "does not list"},
        IndexRow{
            "tensorNotThere",
            R"("a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors","c":"model-00002-of-00002.safetensors")",
            "does not have it"},
        IndexRow{"empty", "", "empty weight_map"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(ComponentFolder, sameTensorInTwoShardsIsRefused)
{
    write("model-00001-of-00002.safetensors", oneTensor("a"));
    write(
        "model-00002-of-00002.safetensors",
        craft(
            R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
            2));
    write("model.safetensors.index.json",
          index(R"("a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors")"));
    EXPECT_NE(errorOf(open()).find("\"a\""), std::string::npos) << errorOf(open());
}

TEST_F(ComponentFolder, whatIsNoIndexIsRefused)
{
    for (const char* text : {"", "[]", "{}", R"({"weight_map":[]})", "{\"weight_map\":{"}) {
        write("model.safetensors.index.json", text);
        EXPECT_NE(errorOf(open()).find("not an index"), std::string::npos) << text << ": " << errorOf(open());
    }
}

TEST_F(ComponentFolder, onlyPickleIsRefusedWithTheReason)
{
    write("pytorch_model.bin", "PK");
    auto store = open();
    ASSERT_FALSE(store.has_value());
    EXPECT_EQ(store.error().kind, ErrorKind::Unsupported);
    EXPECT_NE(store.error().message.find("pytorch_model.bin"), std::string::npos) << store.error().message;
    EXPECT_NE(store.error().message.find("convert to safetensors"), std::string::npos);
}

TEST_F(ComponentFolder, nothingThereSaysWhatWasExpected)
{
    EXPECT_NE(errorOf(open()).find("expected model.safetensors"), std::string::npos) << errorOf(open());
    EXPECT_NE(errorOf(TensorStore::openComponent(m_folder / "none", "model")).find("no weights"),
              std::string::npos);
}

TEST_F(ComponentFolder, aViewRenamesSelectsAndTransposes)
{
    write("model.safetensors", craft(R"({"m":{"dtype":"U8","shape":[6,2],"data_offsets":[0,12]}})", 12));
    TensorStore view = open()->view({{"whole", "m"}, {"middle", "m", 2, 2}, {"turned", "m", 0, -1, true}});
    EXPECT_FALSE(view.has("m"));
    EXPECT_EQ(view.find("whole")->shape(), (std::vector<std::int64_t>{6, 2}));
    EXPECT_EQ(view.find("middle")->shape(), (std::vector<std::int64_t>{2, 2}));
    EXPECT_EQ(view.find("turned")->shape(), (std::vector<std::int64_t>{2, 6}));
    EXPECT_EQ(view.find("turned")->storedName, "m");
}

} // namespace
} // namespace unfog

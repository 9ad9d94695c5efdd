// Whole runs at tiny sizes: what is learned, what is left on the disk, what a kill costs.

#include <csignal>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/run/torch_engine.h"
#include "trainer/data/packed_pictures.h"
#include "trainer/networks/model_configs.h"
#include "trainer/simple_pictures.h"
#include "trainer/training/autoencoder_training.h"
#include "trainer/training/checkpoint_file.h"
#include "trainer/training/diffusion_training.h"
#include "weights/files/tensor_io.h"

using namespace unfog;

namespace {

namespace fs = std::filesystem;

AutoencoderTraining tinyAutoencoder(std::int64_t steps)
{
    AutoencoderTraining training;
    training.config.channels = {8, 16};
    training.config.layers = 1;
    training.config.normGroups = 4;
    training.config.midAttention = false;
    training.loop.steps = steps;
    training.loop.learningRate = 5e-3;
    training.loop.warmUpSteps = 5;
    training.loop.emaDecay = 0.9;
    training.batch = 8;
    training.cropPx = 8;
    training.workers = 2;
    training.gridEvery = 20;
    training.quiet = true;
    return training;
}

DiffusionTraining tinyDiffusion(std::int64_t steps, const fs::path& autoencoder)
{
    DiffusionTraining training;
    for (const std::int64_t channels : {16, 32}) {
        UNetLevel level;
        level.channels = channels;
        level.layers = 1;
        level.downAttention = level.upAttention = channels == 32;
        level.heads = channels / 8;
        level.downTransformerLayers.assign(level.downAttention ? 1 : 0, 1);
        level.upTransformerLayers.assign(level.upAttention ? 2 : 0, 1);
        training.model.unet.levels.push_back(level);
    }
    training.model.unet.normGroups = 8;
    training.model.unet.timeEmbeddingFeatures = 64;
    training.model.text = {.vocabulary = 0,
                           .positions = 12,
                           .features = 16,
                           .feedForwardFeatures = 32,
                           .layers = 1,
                           .heads = 2,
                           .activation = ClipActivation::Gelu};
    training.model.schedulerJson =
        schedulerConfigJson("squaredcos_cap_v2", 1e-4, 0.02, "v_prediction", 1000).dump();
    training.model.autoencoder = autoencoder;
    training.model.vocabularyEntries = 600;
    training.model.vocabularyCaptions = 200;
    training.loop.steps = steps;
    training.loop.learningRate = 3e-3;
    training.loop.warmUpSteps = 5;
    training.loop.emaDecay = 0.9;
    training.batch = 16;
    training.workers = 2;
    training.cachedPictures = 64;
    training.wordings = 2;
    training.gridEvery = steps;
    training.gridPrompts = {"a red square on white", "a blue square on black"};
    training.quiet = true;
    return training;
}

/// The column `loss` of a run's log.
std::vector<double> losses(const fs::path& run)
{
    std::ifstream in(run / "log.csv");
    std::string line;
    std::getline(in, line);
    EXPECT_TRUE(line.starts_with("step,seconds,loss,"));
    std::vector<double> values;
    while (std::getline(in, line))
        values.push_back(std::stod(line.substr(line.find(',', line.find(',') + 1) + 1)));
    return values;
}

double mean(const std::vector<double>& values, std::size_t first, std::size_t count)
{
    double sum = 0.0;
    for (std::size_t i = first; i < first + count; ++i)
        sum += values.at(i);
    return sum / static_cast<double>(count);
}

class TrainingRuns : public testing::Test {
protected:
    void SetUp() override
    {
        m_folder = fs::path(testing::TempDir()) /
                   (std::string("unfog-") + testing::UnitTest::GetInstance()->current_test_info()->name());
        fs::remove_all(m_folder);
        fs::create_directories(m_folder);
    }
    void TearDown() override { fs::remove_all(m_folder); }

    fs::path m_folder;
    SimplePictures m_pictures;
};

TEST_F(TrainingRuns, LearnExportGenerateAndTrainOn)
{
    const auto autoencoder = trainAutoencoder(tinyAutoencoder(60), m_pictures, m_folder / "ae", {});
    ASSERT_TRUE(autoencoder) << autoencoder.error().message;
    const std::vector<double> autoencoderLoss = losses(m_folder / "ae");
    ASSERT_EQ(autoencoderLoss.size(), 60U);
    EXPECT_LT(mean(autoencoderLoss, 50, 10), 0.75 * mean(autoencoderLoss, 0, 10));
    EXPECT_TRUE(fs::exists(m_folder / "ae" / "grid-000060.png"));

    const auto diffusion =
        trainDiffusion(tinyDiffusion(60, m_folder / "ae" / "vae"), m_pictures, m_folder / "run", {});
    ASSERT_TRUE(diffusion) << diffusion.error().message;
    const std::vector<double> diffusionLoss = losses(m_folder / "run");
    ASSERT_EQ(diffusionLoss.size(), 60U);
    EXPECT_LT(mean(diffusionLoss, 50, 10), 0.75 * mean(diffusionLoss, 0, 10));
    EXPECT_TRUE(fs::exists(m_folder / "run" / "grid-000060.png"));

    const auto exported = exportDiffusion(m_folder / "run", m_folder / "model", {}, at::kHalf);
    ASSERT_TRUE(exported) << exported.error().message;
    const auto unet = readTensors(m_folder / "model" / "unet" / "diffusion_pytorch_model.safetensors");
    ASSERT_TRUE(unet) << unet.error().message;
    for (const auto& [name, values] : *unet)
        EXPECT_EQ(values.scalar_type(), at::kHalf) << name;

    GenerationRequest request;
    request.model.path = (m_folder / "model").string();
    request.prompts.positive = "a red square on white";
    request.sampler.steps = 4;
    const auto outcome = makeTorchEngine()->generate(request, {}, {});
    ASSERT_TRUE(std::holds_alternative<std::vector<GeneratedImage>>(outcome))
        << (std::holds_alternative<Error>(outcome) ? std::get<Error>(outcome).message : "cancelled");
    const PixelImage& pixels = std::get<std::vector<GeneratedImage>>(outcome).front().pixels;
    EXPECT_EQ(pixels.widthPx, SimplePictures::side);
    EXPECT_EQ(pixels.heightPx, SimplePictures::side);

    // Trained on, it begins where it was, not at random.
    DiffusionTraining further = tinyDiffusion(5, {});
    further.startFrom = m_folder / "model";
    further.loop.learningRate = 1e-5;
    const auto trainedOn = trainDiffusion(further, m_pictures, m_folder / "further", {});
    ASSERT_TRUE(trainedOn) << trainedOn.error().message;
    EXPECT_LT(mean(losses(m_folder / "further"), 0, 5), 0.75 * mean(diffusionLoss, 0, 5));
    EXPECT_TRUE(fs::exists(m_folder / "further" / "model" / "unet" / "diffusion_pytorch_model.safetensors"));
}

TEST_F(TrainingRuns, ARunWithOtherSettingsIsNotContinued)
{
    ASSERT_TRUE(trainAutoencoder(tinyAutoencoder(2), m_pictures, m_folder / "ae", {}));
    AutoencoderTraining other = tinyAutoencoder(4);
    other.klWeight = 1.0;
    const auto refused = trainAutoencoder(other, m_pictures, m_folder / "ae", {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::InvalidRequest);
    EXPECT_NE(refused.error().message.find("kl_weight"), std::string::npos) << refused.error().message;
}

TEST_F(TrainingRuns, AFileThatIsNoCheckpointIsRefused)
{
    ASSERT_TRUE(writeTensors(checkpointFile(m_folder), {{"weights", at::zeros({4})}}));
    const auto refused = trainAutoencoder(tinyAutoencoder(2), m_pictures, m_folder, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::BadFile);
}

/// unfog-train as a process of its own.
pid_t start(const std::vector<std::string>& arguments)
{
    const std::string program = std::string(UNFOG_BIN_DIR) + "/unfog-train";
    std::vector<char*> argv = {const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    pid_t process = -1;
    EXPECT_EQ(posix_spawn(&process, program.c_str(), nullptr, nullptr, argv.data(), environ), 0);
    return process;
}

int waitFor(pid_t process)
{
    int status = 0;
    EXPECT_EQ(waitpid(process, &status, 0), process);
    return status;
}

/// Returns once a file of that name has been renamed into the folder.
class RenameWatch final {
public:
    explicit RenameWatch(const fs::path& folder) : m_descriptor(inotify_init1(IN_CLOEXEC))
    {
        EXPECT_GE(inotify_add_watch(m_descriptor, folder.c_str(), IN_MOVED_TO), 0);
    }
    ~RenameWatch() { close(m_descriptor); }
    RenameWatch(const RenameWatch&) = delete;
    RenameWatch& operator=(const RenameWatch&) = delete;

    void waitFor(const std::string& name) const
    {
        for (;;) {
            alignas(inotify_event) char buffer[4096];
            const ssize_t length = read(m_descriptor, buffer, sizeof(buffer));
            ASSERT_GT(length, 0);
            for (const char* at = buffer; at < buffer + length;) {
                const auto* event = reinterpret_cast<const inotify_event*>(at);
                if (event->len > 0 && name == event->name)
                    return;
                at += sizeof(inotify_event) + event->len;
            }
        }
    }

private:
    int m_descriptor;
};

TEST_F(TrainingRuns, AKilledRunEndsWithTheWeightsOfOneThatWasNot)
{
    PackOptions pack;
    pack.count = 40;
    const fs::path packed = m_folder / "pictures.safetensors";
    ASSERT_TRUE(writePackedPictures(packed, m_pictures, pack));
    const auto arguments = [&](const std::string& output) {
        return std::vector<std::string>{"autoencoder",
                                        "--packed",
                                        packed.string(),
                                        "--output",
                                        (m_folder / output).string(),
                                        "--steps",
                                        "120",
                                        "--checkpoint-steps",
                                        "7",
                                        "--channels",
                                        "8,16",
                                        "--groups",
                                        "4",
                                        "--crop",
                                        "8",
                                        "--batch",
                                        "8",
                                        "--workers",
                                        "2",
                                        "--quiet"};
    };
    ASSERT_EQ(waitFor(start(arguments("whole"))), 0);

    fs::create_directories(m_folder / "killed");
    const RenameWatch watch(m_folder / "killed");
    const pid_t process = start(arguments("killed"));
    watch.waitFor("checkpoint.safetensors");
    ASSERT_EQ(kill(process, SIGKILL), 0);
    ASSERT_TRUE(WIFSIGNALED(waitFor(process))) << "the run ended before it could be killed";
    const auto left = readCheckpointInfo(m_folder / "killed");
    ASSERT_TRUE(left) << left.error().message;
    EXPECT_GE(left->step, 7);
    EXPECT_LT(left->step, 120);
    ASSERT_EQ(waitFor(start(arguments("killed"))), 0);

    const auto whole = readTensors(checkpointFile(m_folder / "whole"));
    const auto killed = readTensors(checkpointFile(m_folder / "killed"));
    ASSERT_TRUE(whole && killed);
    EXPECT_EQ(readCheckpointInfo(m_folder / "killed")->step, 120);
    for (const auto& [name, values] : *whole)
        EXPECT_TRUE(at::equal(values, killed->at(name))) << name;
    EXPECT_EQ(losses(m_folder / "whole"), losses(m_folder / "killed"));
}

} // namespace

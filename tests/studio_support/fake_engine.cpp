#include "studio_support/fake_engine.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>

#include "base/sha256.h"

namespace unfog::test {

namespace {

constexpr int kDownscale = 8;
constexpr int kChannels = 4;

std::uint64_t mixed(std::uint64_t value)
{
    value ^= value >> 33;
    value *= 0xff51afd7ed558ccdULL;
    value ^= value >> 33;
    return value;
}

LatentImage latentOf(const GenerationRequest& request, double progress)
{
    LatentImage latent{
        kChannels, request.canvas.heightPx / kDownscale, request.canvas.widthPx / kDownscale, {}};
    const std::size_t count = static_cast<std::size_t>(kChannels) * latent.height * latent.width;
    for (std::size_t i = 0; i < count; ++i)
        latent.values.push_back(static_cast<float>(
            std::sin(static_cast<double>(mixed(request.output.seed + i) % 1000) / 100.0) * progress));
    return latent;
}

std::string hashOf(std::span<const std::byte> bytes)
{
    return sha256Hex(bytes);
}

GenerationRequest resolved(const GenerationRequest& request, int imageIndex)
{
    GenerationRequest one = request;
    one.output.seed = request.output.seed + static_cast<std::uint64_t>(imageIndex);
    one.output.count = 1;
    one.canvas.widthPx = request.canvas.widthPx == 0 ? 64 : request.canvas.widthPx;
    one.canvas.heightPx = request.canvas.heightPx == 0 ? 64 : request.canvas.heightPx;
    if (one.sampler.scheduler.empty())
        one.sampler.scheduler = "ddim";
    return one;
}

} // namespace

void FakeControl::holdBeforeStep(int imageIndex, int step)
{
    const std::lock_guard lock(m_mutex);
    m_hold = Place::Step;
    m_holdImage = imageIndex;
    m_holdStep = step;
}

void FakeControl::holdLoading()
{
    const std::lock_guard lock(m_mutex);
    m_hold = Place::Loading;
}

void FakeControl::holdDecoding()
{
    const std::lock_guard lock(m_mutex);
    m_hold = Place::Decoding;
}

bool FakeControl::waitUntilHeld()
{
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, std::chrono::seconds(10), [this] { return m_held; });
}

void FakeControl::release()
{
    {
        const std::lock_guard lock(m_mutex);
        m_hold = Place::None;
    }
    m_changed.notify_all();
}

void FakeControl::failBeforeStep(int step, Error error)
{
    const std::lock_guard lock(m_mutex);
    m_failure = {step, std::move(error)};
}

void FakeControl::throwBeforeStep(int step)
{
    const std::lock_guard lock(m_mutex);
    m_throwStep = step;
}

void FakeControl::failLoading(Error error)
{
    const std::lock_guard lock(m_mutex);
    m_loadFailure = std::move(error);
}

void FakeControl::setStepDelay(std::chrono::milliseconds delay)
{
    const std::lock_guard lock(m_mutex);
    m_stepDelay = delay;
}

int FakeControl::engineCount() const
{
    const std::lock_guard lock(m_mutex);
    return m_engines;
}

int FakeControl::runCount() const
{
    const std::lock_guard lock(m_mutex);
    return static_cast<int>(m_requests.size());
}

int FakeControl::loadCount() const
{
    const std::lock_guard lock(m_mutex);
    return m_loads;
}

int FakeControl::decodeCount() const
{
    const std::lock_guard lock(m_mutex);
    return m_decodes;
}

std::vector<GenerationRequest> FakeControl::requests() const
{
    const std::lock_guard lock(m_mutex);
    return m_requests;
}

bool FakeControl::pass(Place place, int imageIndex, int step, const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    const auto isHere = [&] {
        return m_hold == place && (place != Place::Step || (m_holdImage == imageIndex && m_holdStep == step));
    };
    if (isHere()) {
        m_held = true;
        m_changed.notify_all();
        m_changed.wait(lock, stop, [&] { return !isHere(); });
        m_held = false;
    }
    if (place == Place::Step && m_stepDelay.count() > 0)
        m_changed.wait_for(lock, stop, m_stepDelay, [] { return false; });
    return !stop.stop_requested();
}

FakeEngine::FakeEngine(std::shared_ptr<FakeControl> control) : m_control(std::move(control))
{
    const std::lock_guard lock(m_control->m_mutex);
    ++m_control->m_engines;
}

FakeEngine::~FakeEngine()
{
    const std::lock_guard lock(m_control->m_mutex);
    --m_control->m_engines;
}

Result<void> FakeEngine::load(const GenerationRequest& request, const GenerationObserver& observer,
                              const std::stop_token& stop)
{
    if (m_model && m_model->path == request.model.path)
        return {};
    if (observer.onStage)
        observer.onStage({Stage::LoadModel, 0, 0.0});
    if (!m_control->pass(FakeControl::Place::Loading, 0, 0, stop))
        return fail(ErrorKind::Cancelled, "Loading was stopped.");
    {
        const std::lock_guard lock(m_control->m_mutex);
        if (m_control->m_loadFailure) {
            Error error = *std::exchange(m_control->m_loadFailure, std::nullopt);
            return tl::unexpected<Error>(std::move(error));
        }
        ++m_control->m_loads;
    }
    ModelSummary model;
    model.path = request.model.path;
    model.family = "Fake";
    model.nativeWidthPx = model.nativeHeightPx = 64;
    model.latentChannels = kChannels;
    model.latentDownscale = kDownscale;
    model.modelHash = hashOf(std::as_bytes(std::span(request.model.path)));
    model.previewMap.channels = kChannels;
    model.previewMap.coefficients = {0.3F, 0, 0, 0, 0.5F, 0, 0.3F, 0, 0, 0.5F, 0, 0, 0.3F, 0, 0.5F};
    m_model = std::move(model);
    if (observer.onStage)
        observer.onStage({Stage::LoadModel, 0, 1.0});
    return {};
}

Result<ModelSummary> FakeEngine::loadModel(const GenerationRequest& request,
                                           const GenerationObserver& observer, std::stop_token stop)
{
    if (auto loaded = load(request, observer, stop); !loaded)
        return tl::unexpected<Error>(loaded.error());
    return *m_model;
}

GenerationOutcome FakeEngine::generate(const GenerationRequest& request, const GenerationObserver& observer,
                                       std::stop_token stop)
{
    std::optional<std::pair<int, Error>> failure;
    std::optional<int> throwStep;
    {
        const std::lock_guard lock(m_control->m_mutex);
        m_control->m_requests.push_back(request);
        failure = std::exchange(m_control->m_failure, std::nullopt);
        throwStep = std::exchange(m_control->m_throwStep, std::nullopt);
    }
    if (auto loaded = load(request, observer, stop); !loaded) {
        if (stop.stop_requested())
            return Cancelled{};
        return loaded.error();
    }
    if (observer.onModel)
        observer.onModel(*m_model);
    std::vector<GeneratedImage> images;
    for (int image = 0; image < request.output.count; ++image) {
        const GenerationRequest one = resolved(request, image);
        const int steps = request.sampler.steps;
        for (int step = 1; step <= steps; ++step) {
            if (!m_control->pass(FakeControl::Place::Step, image, step, stop))
                return Cancelled{};
            if (throwStep == step)
                throw std::runtime_error("thrown by the test");
            if (failure && failure->first == step)
                return failure->second;
            StepProgress progress;
            progress.imageIndex = image;
            progress.imageCount = request.output.count;
            progress.step = step;
            progress.stepCount = steps;
            progress.timestep = 1000.0 * (steps - step) / steps;
            progress.sigma = 14.0 * (steps - step) / steps;
            progress.seconds = 0.01;
            progress.predictedOriginal = latentOf(one, static_cast<double>(step) / steps);
            progress.sample = latentOf(one, 1.0);
            if (observer.previewEveryNthStep > 0 && step % observer.previewEveryNthStep == 0)
                progress.preview = fakePicture(one.prompts.positive, one.output.seed, one.canvas.widthPx,
                                               one.canvas.heightPx);
            if (observer.onStep)
                observer.onStep(progress);
        }
        images.push_back(fakeImage(one));
        if (observer.onImage)
            observer.onImage(images.back());
    }
    return images;
}

Result<PixelImage> FakeEngine::decode(const LatentImage& latent, std::stop_token stop)
{
    {
        const std::lock_guard lock(m_control->m_mutex);
        ++m_control->m_decodes;
    }
    if (!m_control->pass(FakeControl::Place::Decoding, 0, 0, stop))
        return fail(ErrorKind::Cancelled, "Decoding was stopped.");
    const auto level = static_cast<std::uint8_t>(std::clamp(latent.values.front(), 0.0F, 1.0F) * 255.0F);
    const int width = latent.width * kDownscale;
    const int height = latent.height * kDownscale;
    return PixelImage{width, height,
                      std::vector<std::uint8_t>(static_cast<std::size_t>(width) * height * 3, level)};
}

PixelImage fakePicture(const std::string& prompt, std::uint64_t seed, int widthPx, int heightPx)
{
    const std::uint64_t key = mixed(seed ^ std::hash<std::string>()(prompt));
    PixelImage image{widthPx, heightPx, {}};
    for (int y = 0; y < heightPx; ++y) {
        for (int x = 0; x < widthPx; ++x) {
            image.rgb.push_back(static_cast<std::uint8_t>((key & 0xFF) + static_cast<unsigned>(x)));
            image.rgb.push_back(static_cast<std::uint8_t>((key >> 8 & 0xFF) + static_cast<unsigned>(y)));
            image.rgb.push_back(
                static_cast<std::uint8_t>((key >> 16 & 0xFF) + static_cast<unsigned>(x * y / 16)));
        }
    }
    return image;
}

GeneratedImage fakeImage(const GenerationRequest& request)
{
    GeneratedImage image;
    image.request = resolved(request, 0);
    image.pixels = fakePicture(image.request.prompts.positive, image.request.output.seed,
                               image.request.canvas.widthPx, image.request.canvas.heightPx);
    image.latent = latentOf(image.request, 1.0);
    image.provenance.engineVersion = "0.1.0";
    image.provenance.libtorchVersion = "none";
    image.provenance.device = "cpu";
    image.provenance.precision = "float32";
    image.provenance.latentSha256 = hashOf(std::as_bytes(std::span(image.latent.values)));
    image.provenance.pixelSha256 = hashOf(std::as_bytes(std::span(image.pixels.rgb)));
    return image;
}

} // namespace unfog::test

#include "trainer/data/latent_cache.h"

#include <atomic>
#include <thread>

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include "base/sha256.h"
#include "trainer/data/picture_tensors.h"
#include "weights/files/safetensors_file.h"
#include "weights/files/tensor_io.h"

namespace unfog {

namespace {

constexpr std::int64_t chunk = 32;
constexpr std::uint64_t markedCaptions = 64;

at::Tensor tokensOf(const ClipTokenizer& tokenizer, const std::string& caption)
{
    return at::tensor(tokenizer.encode(caption).ids, at::kLong).to(at::kInt);
}

Result<void> fillChunk(LatentCache& cache, std::int64_t first, std::int64_t count,
                       const PictureSource& source, const Autoencoder& autoencoder,
                       const ClipTokenizer& tokenizer)
{
    const at::NoGradGuard noGradient;
    const auto pictures = pictureBatch(source, static_cast<std::uint64_t>(first), static_cast<int>(count));
    if (!pictures)
        return tl::unexpected(pictures.error());
    const at::Tensor latents = autoencoder.encode(*pictures).mean * autoencoder.config().scalingFactor;
    cache.latents.narrow(0, first, count).copy_(latents);
    for (std::int64_t i = first; i < first + count; ++i)
        for (std::int64_t wording = 0; wording < cache.tokens.size(1); ++wording) {
            const auto caption = source.caption(wrappedIndex(source, static_cast<std::uint64_t>(i)),
                                                static_cast<std::uint64_t>(wording));
            if (!caption)
                return tl::unexpected(caption.error());
            cache.tokens[i][wording].copy_(tokensOf(tokenizer, *caption));
        }
    return {};
}

/// One thread a worker takes one chunk after another.
Result<void> fillAll(LatentCache& cache, const PictureSource& source, const Autoencoder& autoencoder,
                     const ClipTokenizer& tokenizer, int workers, const std::stop_token& stop)
{
    std::atomic<std::int64_t> next = 0;
    std::vector<Result<void>> outcomes(static_cast<std::size_t>(workers));
    std::vector<std::exception_ptr> failures(static_cast<std::size_t>(workers));
    const int threadsBefore = at::get_num_threads();
    const auto work = [&](std::size_t worker) {
        try {
            at::set_num_threads(1);
            for (std::int64_t first = (next += chunk) - chunk;
                 first < cache.count() && !stop.stop_requested(); first = (next += chunk) - chunk)
                if (auto filled = fillChunk(cache, first, std::min(chunk, cache.count() - first), source,
                                            autoencoder, tokenizer);
                    !filled) {
                    outcomes[worker] = filled;
                    return;
                }
        } catch (...) {
            failures[worker] = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t worker = 0; worker < outcomes.size(); ++worker)
            threads.emplace_back(work, worker);
    }
    at::set_num_threads(threadsBefore);
    for (const std::exception_ptr& failure : failures)
        if (failure)
            std::rethrow_exception(failure);
    for (const Result<void>& outcome : outcomes)
        if (!outcome)
            return outcome;
    if (stop.stop_requested())
        return fail(ErrorKind::Cancelled, "stopped while the images were encoded");
    return {};
}

Result<LatentCache> readCache(const std::filesystem::path& file, const std::string& mark)
{
    const auto opened = SafetensorsFile::open(file);
    if (!opened)
        return tl::unexpected(opened.error());
    const auto& metadata = (*opened)->metadata();
    if (!metadata.contains("mark") || metadata.at("mark") != mark)
        return fail(ErrorKind::BadFile, file.string() + " was made of other images");
    const auto tensors = readTensors(file);
    if (!tensors)
        return tl::unexpected(tensors.error());
    for (const char* name : {"latents", "tokens", "empty"})
        if (!tensors->contains(name))
            return fail(ErrorKind::BadFile, file.string() + " lacks \"" + name + "\"");
    return LatentCache{tensors->at("latents"), tensors->at("tokens"), tensors->at("empty")};
}

/// What is said of the first pictures: other pictures, another seed or other chosen things say something
/// else.
Result<std::string> captionsMark(const PictureSource& source)
{
    std::string captions;
    for (std::uint64_t i = 0; i < markedCaptions; ++i) {
        auto caption = source.caption(wrappedIndex(source, i), 0);
        if (!caption)
            return caption;
        captions += *caption + '\n';
    }
    return sha256Hex(std::as_bytes(std::span(captions)));
}

} // namespace

Result<LatentCache> openLatentCache(const std::filesystem::path& file, const PictureSource& source,
                                    const Autoencoder& autoencoder, const ClipTokenizer& tokenizer,
                                    const LatentCacheOptions& options,
                                    const std::function<void(const std::string&)>& say,
                                    const std::stop_token& stop)
{
    const auto captions = captionsMark(source);
    if (!captions)
        return tl::unexpected(captions.error());
    const std::string mark = options.mark + ", captions " + *captions;
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) {
        auto cache = readCache(file, mark);
        if (cache)
            return cache;
        say(cache.error().message + "; made anew");
    }
    const auto first = pictureBatch(source, 0, 1);
    if (!first)
        return tl::unexpected(first.error());
    const std::int64_t scale = autoencoder.config().scale(), height = first->size(2), width = first->size(3);
    if (height % scale != 0 || width % scale != 0)
        return fail(ErrorKind::InvalidRequest,
                    "images of " + std::to_string(width) + " x " + std::to_string(height) +
                        " pixels: the autoencoder takes multiples of " + std::to_string(scale) + ".");
    const std::int64_t count =
        source.size() == 0 ? options.pictures : static_cast<std::int64_t>(source.size());
    say("encoding " + std::to_string(count) + " images");
    LatentCache cache;
    cache.latents =
        at::zeros({count, autoencoder.config().latentChannels, height / scale, width / scale}, at::kHalf);
    cache.tokens = at::zeros({count, options.wordings, tokenizer.maxLength()}, at::kInt);
    cache.empty = tokensOf(tokenizer, "");
    if (auto filled = fillAll(cache, source, autoencoder, tokenizer, options.workers, stop); !filled)
        return tl::unexpected(filled.error());
    const auto written =
        writeTensors(file, {{"latents", cache.latents}, {"tokens", cache.tokens}, {"empty", cache.empty}},
                     {{"mark", mark}});
    if (!written)
        return tl::unexpected(written.error());
    return cache;
}

LatentBatch drawBatch(const LatentCache& cache, std::int64_t size, double captionDropout,
                      const at::Generator& random, at::Device device)
{
    const at::TensorOptions whole = at::TensorOptions(at::kLong);
    const at::Tensor pictures = at::randint(cache.count(), {size}, random, whole);
    const at::Tensor wordings = at::randint(cache.tokens.size(1), {size}, random, whole);
    const at::Tensor dropped = at::rand({size, 1}, random, at::TensorOptions(at::kFloat)) < captionDropout;
    const at::Tensor tokens = cache.tokens.index({pictures, wordings});
    return {cache.latents.index_select(0, pictures).to(device, at::kFloat),
            at::where(dropped, cache.empty.unsqueeze(0), tokens).to(device, at::kLong)};
}

} // namespace unfog

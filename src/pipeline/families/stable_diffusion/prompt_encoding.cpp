#include "pipeline/families/stable_diffusion/prompt_encoding.h"

#include "base/stop.h"
#include "pipeline/run/guarded.h"
#include "tokenizer/prompt_syntax/unapplied_syntax.h"

namespace unfog {

namespace {

at::Tensor tokenTensor(const std::vector<std::int64_t>& ids, const at::Device& device)
{
    return at::tensor(ids, at::kLong).unsqueeze(0).to(device);
}

at::Tensor repeated(const at::Tensor& tensor, int images)
{
    return tensor.repeat_interleave(images, 0);
}

// What the reference hands to the UNet: SD 1.x and 2.x take the last layer under the final norm; XL takes the
// penultimate one as it is. Clip skip moves both further down by as many layers.
Result<at::Tensor> hiddenStatesFor(const LoadedModel& model, const ClipTextEncoder& encoder,
                                   const TextEncoding& encoding, int clipSkip)
{
    const auto layers = static_cast<int>(encoding.hiddenStates.size()) - 1;
    const int skipped = clipSkip + (model.isXl() ? 1 : 0);
    if (skipped > layers)
        return fail(ErrorKind::InvalidRequest, "clip skip " + std::to_string(clipSkip) +
                                                   " is more than this text encoder of " +
                                                   std::to_string(layers) + " layers has.");
    if (model.isXl())
        return encoding.hidden(skipped);
    return clipSkip == 0 ? encoding.lastHidden : encoder.finalNorm(encoding.hidden(skipped));
}

/// states: [1, tokens, features]; weights: one a token, or none.
at::Tensor weighted(const at::Tensor& states, const std::vector<float>& weights)
{
    if (weights.empty())
        return states;
    const at::Tensor exact = states.to(at::kFloat);
    const at::Tensor changed = exact * at::tensor(weights).to(states.device()).view({1, -1, 1});
    return (changed * (exact.mean() / changed.mean())).to(states.scalar_type());
}

} // namespace

Result<EncodedPrompt> encodePrompt(const LoadedModel& model,
                                   const std::vector<std::shared_ptr<const ClipTextEncoder>>& encoders,
                                   const std::string& prompt, bool weights, int clipSkip,
                                   const std::stop_token& stop)
{
    EncodedPrompt encoded;
    const ComputeTarget encodesAt = encoderTarget(model.target, model.memoryStage);
    const std::string text = weights ? withAliases(model.guide, withoutNetworkTags(prompt)).text : prompt;
    std::vector<at::Tensor> hidden;
    for (std::size_t i = 0; i < model.towers.size(); ++i) {
        stopIfAsked(stop);
        const TextTower& tower = model.towers[i];
        const ClipTextEncoder& encoder = *encoders[i];
        const TokenizedText tokens =
            weights ? tower.tokenizer.encode(parsePromptWeights(text)) : tower.tokenizer.encode(text);
        encoded.tokensCut = std::max(encoded.tokensCut, tokens.cutCount);
        const TextEncoding encoding = encoder.encode(tokenTensor(tokens.ids, encodesAt.device), stop);
        auto states = hiddenStatesFor(model, encoder, encoding, clipSkip);
        if (!states)
            return tl::unexpected(states.error());
        hidden.push_back(weighted(*states, tokens.weights));
        if (model.isXl())
            encoded.pooled = encoding.projected;
    }
    encoded.hiddenStates = hidden.size() == 1 ? hidden.front() : at::cat(hidden, -1);
    if (!at::isfinite(encoded.hiddenStates).all().item<bool>())
        return fail(ErrorKind::NonFinite,
                    "The text encoder computed NaN or infinity; the image was not made. "
                    "The model file may be damaged." +
                        encodesAt.precisionAdvice());
    if (encodesAt.device != model.target.device) {
        const auto there = at::TensorOptions(model.target.device).dtype(model.target.dtype);
        encoded.hiddenStates = encoded.hiddenStates.to(there);
        if (encoded.pooled.defined())
            encoded.pooled = encoded.pooled.to(there);
    }
    return encoded;
}

Result<EncodedPrompts> encodePrompts(const LoadedModel& model, const GenerationRequest& request,
                                     const std::stop_token& stop)
{
    EncodedPrompts prompts;
    const auto encoders = textEncoders(model);
    if (!encoders)
        return tl::unexpected(encoders.error());
    auto positive = encodePrompt(model, *encoders, request.prompts.positive, request.prompts.areWeighted,
                                 request.prompts.clipSkip, stop);
    if (!positive)
        return tl::unexpected(positive.error());
    prompts.positive = *positive;
    if (request.guidance.scale == 1.0)
        return prompts;
    if (request.prompts.negative.empty() && model.files.checkpoint.zerosForEmptyNegative) {
        prompts.negative.hiddenStates = at::zeros_like(prompts.positive.hiddenStates);
        if (prompts.positive.pooled.defined())
            prompts.negative.pooled = at::zeros_like(prompts.positive.pooled);
        return prompts;
    }
    auto negative = encodePrompt(model, *encoders, request.prompts.negative, request.prompts.areWeighted,
                                 request.prompts.clipSkip, stop);
    if (!negative)
        return tl::unexpected(negative.error());
    prompts.negative = *negative;
    return prompts;
}

at::Tensor sizeConditioning(int widthPx, int heightPx)
{
    const std::vector<double> numbers = {double(heightPx), double(widthPx), 0.0, 0.0,
                                         double(heightPx), double(widthPx)};
    return at::tensor(numbers, at::kFloat).unsqueeze(0);
}

TextConditioning conditioningFor(const EncodedPrompts& prompts, const LoadedModel& model, int images,
                                 int widthPx, int heightPx)
{
    const bool guided = prompts.negative.hiddenStates.defined();
    const auto both = [&](const at::Tensor& negative, const at::Tensor& positive) {
        const at::Tensor wanted = repeated(positive, images);
        return guided ? at::cat({repeated(negative, images), wanted}) : wanted;
    };
    TextConditioning conditioning;
    conditioning.hiddenStates = both(prompts.negative.hiddenStates, prompts.positive.hiddenStates);
    if (model.isXl()) {
        conditioning.textEmbeds = both(prompts.negative.pooled, prompts.positive.pooled);
        conditioning.timeIds = sizeConditioning(widthPx, heightPx)
                                   .to(model.target.device)
                                   .repeat({conditioning.hiddenStates.size(0), 1});
    }
    return conditioning;
}

} // namespace unfog

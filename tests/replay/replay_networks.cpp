#include "replay/replay_models.h"

namespace unfog::replay {

namespace {

at::Tensor onCpu(const at::Tensor& x)
{
    return x.defined() ? x.to(at::kCPU, at::kFloat) : x;
}

} // namespace

Verdict replayTextEncoder(const ReferenceCase& recorded, const LoadedModel& model)
{
    Verdict verdict(recorded.name);
    const double tolerance = tolerancesOn(model.target).network;
    for (std::size_t i = 0; i < model.towers.size(); ++i) {
        std::string suffix; // "" or "_2"
        if (i > 0)
            suffix.append("_").append(std::to_string(i + 1));
        const TextTower& tower = model.towers[i];
        if (!recorded.has("input_ids" + suffix))
            continue;
        const at::Tensor& ids = recorded.tensor("input_ids" + suffix);
        if (i == 0 && recorded.reference.contains("prompt")) {
            const TokenizedText tokens =
                tower.tokenizer.encode(recorded.reference["prompt"].get<std::string>());
            verdict.exact("token ids", at::tensor(tokens.ids, at::kLong).unsqueeze(0).equal(ids));
        }
        const TextEncoding encoding = tower.encoder->encode(ids.to(model.target.device));
        const auto compare = [&](const std::string& key, const at::Tensor& found) {
            if (recorded.has(key + suffix))
                verdict.relative(key + suffix, onCpu(found), recorded.tensor(key + suffix), tolerance);
        };
        compare("last_hidden_state", encoding.lastHidden);
        compare("penultimate_hidden_state", encoding.hidden(1));
        compare("text_embeds", encoding.projected);
        compare("pooler_output", encoding.pooled);
    }
    return verdict;
}

Verdict replayUnet(const ReferenceCase& recorded, const LoadedModel& model)
{
    Verdict verdict(recorded.name);
    const double tolerance = tolerancesOn(model.target).network;
    const auto there = [&](const char* key) {
        return recorded.has(key) ? recorded.tensor(key).to(model.target.device) : at::Tensor();
    };
    const TextConditioning conditioning{there("encoder_hidden_states"), there("text_embeds"),
                                        there("time_ids")};
    const at::Tensor output =
        model.unet->forward(there("sample"), there("timestep").to(at::kFloat), conditioning);
    verdict.relative("output", onCpu(output), recorded.tensor("output"), tolerance);
    return verdict;
}

Verdict replayVae(const ReferenceCase& recorded, const LoadedModel& model)
{
    Verdict verdict(recorded.name);
    const double tolerance = tolerancesOn(model.target).network;
    const auto there = [&](const char* key) {
        return recorded.tensor(key).to(model.autoencoderTarget.device);
    };
    if (recorded.has("latent"))
        verdict.relative("decoded", onCpu(model.autoencoder->decode(there("latent"))),
                         recorded.tensor("decoded"), tolerance);
    if (recorded.has("image")) {
        const LatentDistribution latent = model.autoencoder->encode(there("image"));
        verdict.relative("encoded_mean", onCpu(latent.mean), recorded.tensor("encoded_mean"), tolerance);
        verdict.relative("encoded_logvar", onCpu(latent.logVariance), recorded.tensor("encoded_logvar"),
                         tolerance);
    }
    return verdict;
}

} // namespace unfog::replay

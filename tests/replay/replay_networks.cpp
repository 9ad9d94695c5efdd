#include "replay/replay_models.h"

namespace unfog::replay {

namespace {

constexpr double kNetworkTolerance = 2e-5;

} // namespace

Verdict replayTextEncoder(const ReferenceCase& recorded, const LoadedModel& model)
{
    Verdict verdict(recorded.name);
    for (std::size_t i = 0; i < model.towers.size(); ++i) {
        std::string suffix; // "" or "_2"
        if (i > 0)
            suffix.append("_").append(std::to_string(i + 1));
        const TextTower& tower = model.towers[i];
        if (!recorded.has("input_ids" + suffix))
            continue;
        const at::Tensor& ids = recorded.tensor("input_ids" + suffix);
        if (i == 0 && recorded.reference.contains("prompt")) {
            const TokenizedText tokens = tower.tokenizer.encode(recorded.reference["prompt"].get<std::string>());
            verdict.exact("token ids", at::tensor(tokens.ids, at::kLong).unsqueeze(0).equal(ids));
        }
        const TextEncoding encoding = tower.encoder->encode(ids);
        const auto compare = [&](const std::string& key, const at::Tensor& found) {
            if (recorded.has(key + suffix))
                verdict.relative(key + suffix, found, recorded.tensor(key + suffix), kNetworkTolerance);
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
    const auto optional = [&](const char* key) { return recorded.has(key) ? recorded.tensor(key) : at::Tensor(); };
    const TextConditioning conditioning{recorded.tensor("encoder_hidden_states"), optional("text_embeds"),
                                        optional("time_ids")};
    const at::Tensor output = model.unet->forward(recorded.tensor("sample"),
                                                  recorded.tensor("timestep").to(at::kFloat), conditioning);
    verdict.relative("output", output, recorded.tensor("output"), kNetworkTolerance);
    return verdict;
}

Verdict replayVae(const ReferenceCase& recorded, const LoadedModel& model)
{
    Verdict verdict(recorded.name);
    if (recorded.has("latent"))
        verdict.relative("decoded", model.autoencoder->decode(recorded.tensor("latent")), recorded.tensor("decoded"),
                         kNetworkTolerance);
    if (recorded.has("image")) {
        const LatentDistribution latent = model.autoencoder->encode(recorded.tensor("image"));
        verdict.relative("encoded_mean", latent.mean, recorded.tensor("encoded_mean"), kNetworkTolerance);
        verdict.relative("encoded_logvar", latent.logVariance, recorded.tensor("encoded_logvar"), kNetworkTolerance);
    }
    return verdict;
}

} // namespace unfog::replay

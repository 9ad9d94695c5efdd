#include "trainer/networks/parameter_set.h"

#include <array>
#include <cmath>

#include "trainer/data/random_streams.h"

namespace unfog {

namespace {

/// Floats; every tensor begins on a cache line.
constexpr std::int64_t alignment = 16;

bool isEmbedding(const std::string& name)
{
    return name.ends_with("embedding.weight");
}

bool endsResidualBranch(const std::string& name)
{
    static constexpr std::array endings = {".conv2.weight", ".proj_out.weight", "unet.conv_out.weight"};
    for (const char* ending : endings)
        if (name.ends_with(ending))
            return true;
    return false;
}

} // namespace

ParameterSet::ParameterSet(std::uint64_t seed, at::Device device, ParameterSource* fallback)
    : m_seed(seed), m_device(device), m_fallback(fallback)
{
}

ParameterSet ParameterSet::twinOf(const ParameterSet& master)
{
    ParameterSet twin(master.m_seed, master.m_device);
    twin.m_index = master.m_index;
    twin.m_values = master.m_values;
    twin.m_gradients = at::zeros_like(master.m_gradients);
    twin.m_decayMask = master.m_decayMask;
    for (const Entry& entry : master.m_entries) {
        const at::Tensor leaf = twin.viewOf(twin.m_values, entry).detach().requires_grad_();
        leaf.mutable_grad() = twin.viewOf(twin.m_gradients, entry);
        twin.m_entries.push_back({entry.name, leaf, entry.offset});
    }
    return twin;
}

bool ParameterSet::has(const std::string& name) const
{
    // What older checkpoints call otherwise is asked for only where the fallback has it.
    return m_index.contains(name) || (m_fallback && m_fallback->has(name));
}

at::Tensor ParameterSet::initial(const std::string& name, at::IntArrayRef shape) const
{
    const at::TensorOptions options = at::TensorOptions().dtype(at::kFloat);
    if (m_fallback)
        return m_fallback->tensor(name, shape).to(options);
    if (shape.size() < 2)
        return name.ends_with("bias") ? at::zeros(shape, options) : at::ones(shape, options);
    if (endsResidualBranch(name))
        return at::zeros(shape, options);
    double deviation = 0.02;
    if (!isEmbedding(name)) {
        double inputs = 1.0;
        for (std::int64_t dimension : shape.slice(1))
            inputs *= static_cast<double>(dimension);
        deviation = 1.0 / std::sqrt(inputs);
    }
    return at::empty(shape, options).normal_(0.0, deviation, namedStream(m_seed, name));
}

at::Tensor ParameterSet::tensor(const std::string& name, at::IntArrayRef shape)
{
    if (const auto known = m_index.find(name); known != m_index.end()) {
        TORCH_CHECK(m_entries[known->second].leaf.sizes() == shape, name, " is asked for in two shapes");
        return m_entries[known->second].leaf;
    }
    TORCH_CHECK(!m_values.defined(), name, " is asked for after the set was finished");
    at::Tensor leaf = initial(name, shape).to(m_device);
    leaf = shape.size() == 4 ? leaf.contiguous(at::MemoryFormat::ChannelsLast) : leaf.contiguous();
    leaf = leaf.clone().requires_grad_();
    m_index.emplace(name, m_entries.size());
    m_entries.push_back({name, leaf, 0});
    return leaf;
}

at::Tensor ParameterSet::viewOf(const at::Tensor& vector, const Entry& entry) const
{
    return vector.as_strided(entry.leaf.sizes(), entry.leaf.strides(), entry.offset);
}

void ParameterSet::finish()
{
    m_fallback = nullptr; // may be gone from here on
    std::int64_t size = 0;
    for (Entry& entry : m_entries) {
        entry.offset = size;
        size += (entry.leaf.numel() + alignment - 1) / alignment * alignment;
    }
    const at::TensorOptions options = at::TensorOptions().dtype(at::kFloat).device(m_device);
    m_values = at::zeros({size}, options);
    m_gradients = at::zeros({size}, options);
    m_decayMask = at::zeros({size}, options);
    for (Entry& entry : m_entries) {
        viewOf(m_values, entry).copy_(entry.leaf.detach());
        entry.leaf.set_data(viewOf(m_values, entry));
        entry.leaf.mutable_grad() = viewOf(m_gradients, entry);
        if (entry.leaf.dim() >= 2 && !isEmbedding(entry.name))
            viewOf(m_decayMask, entry).fill_(1.0);
    }
}

std::int64_t ParameterSet::parameterCount() const
{
    std::int64_t count = 0;
    for (const Entry& entry : m_entries)
        count += entry.leaf.numel();
    return count;
}

std::map<std::string, at::Tensor> ParameterSet::named(const at::Tensor& vector) const
{
    std::map<std::string, at::Tensor> tensors;
    for (const Entry& entry : m_entries)
        tensors.emplace(entry.name, viewOf(vector, entry));
    return tensors;
}

at::Tensor NamedParameters::tensor(const std::string& name, at::IntArrayRef shape)
{
    const auto found = m_tensors.find(name);
    TORCH_CHECK(found != m_tensors.end() && found->second.sizes() == shape, name, " of shape ", shape,
                " is not among these weights");
    return found->second;
}

} // namespace unfog

#include "weights/parameters/stored_parameters.h"

#include <algorithm>

#include "weights/files/tensor_io.h"
#include "weights/names/harmless_extras.h"

namespace unfog {
namespace {

constexpr std::size_t kShown = 5;

std::string list(const std::vector<std::string>& names)
{
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i)
        text += (i ? ", " : "") + names[i];
    return names.size() > kShown ? text + ", …" : text;
}

std::string shapeText(at::IntArrayRef shape)
{
    std::string text = "[";
    for (std::int64_t dimension : shape)
        text += (text.size() > 1 ? ", " : "") + std::to_string(dimension);
    return text + "]";
}

bool sameButForTrailingOnes(at::IntArrayRef a, at::IntArrayRef b)
{
    auto withoutOnes = [](at::IntArrayRef shape) {
        while (shape.size() > 2 && shape.back() == 1)
            shape = shape.slice(0, shape.size() - 1);
        return shape;
    };
    return withoutOnes(a) == withoutOnes(b);
}

} // namespace

at::Tensor placeholderTensor(at::IntArrayRef shape, const at::TensorOptions& options)
{
    return at::zeros({1}, options).expand(shape);
}

StoredParameters::StoredParameters(TensorStore store, std::string component, at::ScalarType dtype,
                                   at::Device device)
    : m_store(std::move(store)), m_component(std::move(component)),
      m_options(at::TensorOptions().dtype(dtype).device(device))
{
}

at::Tensor StoredParameters::tensor(const std::string& name, at::IntArrayRef shape)
{
    m_asked.insert(name);
    const StoredTensor* stored = m_store.find(name);
    if (!stored) {
        m_missing.push_back(quotedName(name));
        return placeholderTensor(shape, m_options);
    }
    std::vector<std::int64_t> storedShape = stored->shape();
    if (!sameButForTrailingOnes(storedShape, shape)) {
        m_misshapen.push_back(quotedName(name) + " (expected " + shapeText(shape) + ", found " +
                              shapeText(storedShape) + ")");
        return placeholderTensor(shape, m_options);
    }
    Result<at::Tensor> values = readTensor(*stored);
    if (!values) {
        m_unreadable.push_back(values.error());
        return placeholderTensor(shape, m_options);
    }
    if (m_keepsNarrow && (values->scalar_type() == at::kHalf || values->scalar_type() == at::kBFloat16))
        return values->reshape(shape).to(m_options.device()).contiguous();
    // To the device first: it converts faster there, and half-width weights are fewer bytes to move.
    return values->reshape(shape).to(m_options.device()).to(m_options).contiguous();
}

std::vector<std::string> StoredParameters::unexpected() const
{
    std::vector<std::string> names;
    for (const auto& [name, tensor] : m_store.tensors()) {
        bool skipped =
            std::any_of(m_skipped.begin(), m_skipped.end(),
                        [&name = name](const std::string& prefix) { return name.starts_with(prefix); });
        if (!skipped && !m_asked.contains(name) && !isHarmlessExtra(name))
            names.push_back(quotedName(name));
    }
    return names;
}

std::optional<std::string> StoredParameters::unexpectedNote() const
{
    std::vector<std::string> names = unexpected();
    if (names.empty())
        return std::nullopt;
    return m_component + ": " + std::to_string(names.size()) + " stored tensors are not used: " + list(names);
}

Result<void> StoredParameters::readable() const
{
    if (!m_unreadable.empty())
        return tl::unexpected(m_unreadable.front());
    return {};
}

Result<void> StoredParameters::finish() const
{
    if (Result<void> same = m_store.unchanged(); !same)
        return same;
    if (Result<void> read = readable(); !read)
        return read;
    if (m_missing.empty() && m_misshapen.empty())
        return {};
    std::string text = m_component + " does not fit " + m_store.description();
    auto add = [&text, separator = ": "](std::size_t count, const std::string& what) mutable {
        if (count == 0)
            return;
        text += separator + std::to_string(count) + what;
        separator = "; ";
    };
    add(m_missing.size(), " tensors missing: " + list(m_missing));
    add(m_misshapen.size(), " of another shape: " + list(m_misshapen));
    std::vector<std::string> extra = unexpected();
    add(extra.size(), " unexpected: " + list(extra));
    return fail(ErrorKind::BadFile, text);
}

} // namespace unfog

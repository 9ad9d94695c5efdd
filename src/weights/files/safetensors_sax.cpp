#include "weights/files/safetensors_sax.h"

#include <algorithm>

namespace unfog {
namespace {

using Code = SafetensorsErrorCode;

constexpr std::size_t kMaxTensors = 250'000;
constexpr std::size_t kMaxMetadataEntries = 100'000;
constexpr std::size_t kMaxOtherFields = 64;
constexpr std::size_t kMaxSkippedValues = 10'000;
constexpr int kMaxSkipDepth = 126; // the header and the tensor are the first two of 128 levels
constexpr std::size_t kMaxRank = 8;
constexpr std::uint64_t kMaxDimension = (std::uint64_t{1} << 48) - 1;

std::string shapeText(const std::vector<std::int64_t>& shape)
{
    std::string text = "[";
    for (std::int64_t dimension : shape)
        text += (text.size() > 1 ? ", " : "") + std::to_string(dimension);
    return text + "]";
}

} // namespace

bool SafetensorsSax::refuse(Code code, std::string message)
{
    m_fault = SafetensorsFault{code, std::move(message)};
    return false;
}

bool SafetensorsSax::refuseValue(const char* found)
{
    switch (m_where) {
    case Where::Outside:
        return refuse(Code::NotAnObject,
                      std::string("has a header that is ") + found + "; expected an object");
    case Where::Top:
        if (m_field == "__metadata__")
            return refuse(Code::BadMetadata, std::string("has __metadata__ that is ") + found +
                                                 "; expected an object of strings");
        return refuse(Code::NotATensor, tensorText() + " described by " + found + "; expected an object");
    case Where::Metadata:
        return refuse(Code::BadMetadata,
                      "has metadata " + quotedName(m_field) + " that is " + found + "; expected a string");
    case Where::Shape:
        return refuse(Code::BadShape, tensorText() + " with a dimension that is " + found +
                                          "; expected an integer from 0 to 2^48-1");
    case Where::Offsets:
        return refuse(Code::BadOffsets, tensorText() + " with an offset that is " + found +
                                            "; expected an integer from 0 to 2^64-1");
    case Where::Tensor:
        break;
    }
    if (m_field == "dtype")
        return refuse(Code::UnknownDtype,
                      tensorText() + " with a dtype that is " + found + "; expected a string");
    return refuse(m_field == "shape" ? Code::BadShape : Code::BadOffsets,
                  tensorText() + " with " + m_field + " that is " + found + "; expected an array");
}

std::optional<bool> SafetensorsSax::skipScalar()
{
    if (!m_skipping)
        return std::nullopt;
    m_skipping = m_skipDepth > 0;
    return ++m_skippedValues <= kMaxSkippedValues ||
           refuse(Code::TooMany, tensorText() + " with more than " + std::to_string(kMaxSkippedValues) +
                                     " values in unknown fields");
}

bool SafetensorsSax::null()
{
    if (auto skipped = skipScalar())
        return *skipped;
    // The reference reads null metadata as absent.
    return (m_where == Where::Top && m_field == "__metadata__") || refuseValue("null");
}

bool SafetensorsSax::boolean(bool)
{
    if (auto skipped = skipScalar())
        return *skipped;
    return refuseValue("true or false");
}

bool SafetensorsSax::number_integer(number_integer_t value)
{
    if (auto skipped = skipScalar())
        return *skipped;
    return refuseValue(("the negative number " + std::to_string(value)).c_str());
}

bool SafetensorsSax::number_unsigned(number_unsigned_t value)
{
    if (auto skipped = skipScalar())
        return *skipped;
    if (m_where == Where::Shape) {
        if (m_info.shape.size() == kMaxRank)
            return refuse(Code::BadShape, tensorText() + " of more than 8 dimensions; expected at most 8");
        if (value > kMaxDimension)
            return refuseValue(std::to_string(value).c_str());
        m_info.shape.push_back(static_cast<std::int64_t>(value));
        return true;
    }
    if (m_where == Where::Offsets) {
        if (m_offsets.size() == 2)
            return refuse(Code::BadOffsets, tensorText() + " with more than 2 data_offsets; expected 2");
        m_offsets.push_back(value);
        return true;
    }
    return refuseValue(("the number " + std::to_string(value)).c_str());
}

bool SafetensorsSax::number_float(number_float_t, const string_t& text)
{
    if (auto skipped = skipScalar())
        return *skipped;
    return refuseValue(("the number " + text.substr(0, 40)).c_str());
}

bool SafetensorsSax::string(string_t& value)
{
    if (auto skipped = skipScalar())
        return *skipped;
    if (m_where == Where::Metadata) {
        m_header.metadata[m_field] = std::move(value);
        return true;
    }
    if (m_where == Where::Tensor && m_field == "dtype") {
        std::optional<Dtype> dtype = dtypeFromName(value);
        if (!dtype)
            return refuse(Code::UnknownDtype,
                          tensorText() + " of dtype " + quotedName(value) +
                              "; expected one of the 22 of the format, such as F32, F16, BF16");
        m_info.dtype = *dtype;
        return true;
    }
    return refuseValue(("the text " + quotedName(value)).c_str());
}

bool SafetensorsSax::binary(binary_t&)
{
    return refuseValue("binary data");
}

bool SafetensorsSax::start_object(std::size_t)
{
    if (m_skipping)
        return ++m_skipDepth <= kMaxSkipDepth ||
               refuse(Code::TooDeep, tensorText() + " nested beyond 128 levels");
    if (m_where == Where::Outside) {
        m_where = Where::Top;
        return true;
    }
    if (m_where != Where::Top)
        return refuseValue("an object");
    if (m_field == "__metadata__") {
        m_where = Where::Metadata;
        return true;
    }
    m_where = Where::Tensor;
    m_info = {};
    m_offsets.clear();
    m_otherFields.clear();
    m_skippedValues = 0;
    m_hasDtype = m_hasShape = m_hasOffsets = false;
    return true;
}

bool SafetensorsSax::key(string_t& name)
{
    if (m_skipping)
        return true;
    if (m_where == Where::Top)
        return topKey(name);
    return m_where == Where::Metadata ? metadataKey(name) : tensorKey(name);
}

bool SafetensorsSax::topKey(string_t& name)
{
    m_field = name;
    if (name == "__metadata__") {
        if (m_hasMetadata)
            return refuse(Code::DuplicateKey, "has __metadata__ twice");
        m_hasMetadata = true;
        return true;
    }
    if (m_header.tensors.size() == kMaxTensors)
        return refuse(Code::TooMany, "has more than " + std::to_string(kMaxTensors) +
                                         " tensors; the limit is " + std::to_string(kMaxTensors));
    m_name = std::move(name);
    if (m_header.tensors.contains(m_name))
        return refuse(Code::DuplicateKey, tensorText() + " twice; expected every name once");
    return true;
}

bool SafetensorsSax::metadataKey(string_t& name)
{
    m_field = std::move(name);
    if (m_header.metadata.size() == kMaxMetadataEntries)
        return refuse(Code::TooMany, "has more than " + std::to_string(kMaxMetadataEntries) +
                                         " metadata entries; that is the limit");
    if (m_header.metadata.contains(m_field))
        return refuse(Code::DuplicateKey,
                      "has metadata " + quotedName(m_field) + " twice; expected every key once");
    return true;
}

bool SafetensorsSax::tensorKey(string_t& name)
{
    m_field = std::move(name);
    bool* seen = m_field == "dtype"          ? &m_hasDtype
                 : m_field == "shape"        ? &m_hasShape
                 : m_field == "data_offsets" ? &m_hasOffsets
                                             : nullptr;
    bool twice = seen ? *seen : !m_otherFields.insert(m_field).second;
    if (twice)
        return refuse(Code::DuplicateKey, tensorText() + " with field " + quotedName(m_field) + " twice");
    if (seen) {
        *seen = true;
        return true;
    }
    if (m_otherFields.size() > kMaxOtherFields)
        return refuse(Code::TooMany, tensorText() + " with more than 64 unknown fields");
    if (m_header.ignoredFields.size() < 16)
        m_header.ignoredFields.push_back(quotedName(m_name) + "." + quotedName(m_field));
    m_skipping = true;
    m_skipDepth = 0;
    return true;
}

bool SafetensorsSax::end_object()
{
    if (m_skipping) {
        m_skipping = --m_skipDepth > 0;
        return true;
    }
    if (m_where == Where::Top) {
        m_where = Where::Outside;
        return true;
    }
    bool tensor = m_where == Where::Tensor;
    m_where = Where::Top;
    return !tensor || finishTensor();
}

bool SafetensorsSax::start_array(std::size_t)
{
    if (m_skipping)
        return ++m_skipDepth <= kMaxSkipDepth ||
               refuse(Code::TooDeep, tensorText() + " nested beyond 128 levels");
    if (m_where == Where::Tensor && m_field == "shape")
        m_where = Where::Shape;
    else if (m_where == Where::Tensor && m_field == "data_offsets")
        m_where = Where::Offsets;
    else
        return refuseValue("an array");
    return true;
}

bool SafetensorsSax::end_array()
{
    if (m_skipping)
        m_skipping = --m_skipDepth > 0;
    else
        m_where = Where::Tensor;
    return true;
}

bool SafetensorsSax::finishTensor()
{
    const char* missing = !m_hasDtype     ? "dtype"
                          : !m_hasShape   ? "shape"
                          : !m_hasOffsets ? "data_offsets"
                                          : nullptr;
    if (missing)
        return refuse(Code::MissingField, tensorText() + " without " + missing);
    if (m_offsets.size() != 2)
        return refuse(Code::BadOffsets, tensorText() + " with " + std::to_string(m_offsets.size()) +
                                            " data_offsets; expected 2");
    auto [begin, end] = std::pair(m_offsets[0], m_offsets[1]);
    if (end < begin)
        return refuse(Code::BadOffsets, tensorText() + " that ends at " + std::to_string(end) +
                                            ", before its begin " + std::to_string(begin));

    // LibTorch computes strides of empty tensors too, so a zero must not hide an overflow of the rest.
    std::int64_t strideProduct = 1;
    bool empty = false;
    for (std::int64_t dimension : m_info.shape) {
        empty = empty || dimension == 0;
        if (__builtin_mul_overflow(strideProduct, std::max<std::int64_t>(dimension, 1), &strideProduct))
            return refuse(Code::Overflow, tensorText() + " of shape " + shapeText(m_info.shape) +
                                              ", which has more than 2^63 values");
    }
    std::uint64_t bits = 0;
    std::uint64_t values = empty ? 0 : static_cast<std::uint64_t>(strideProduct);
    if (__builtin_mul_overflow(values, static_cast<std::uint64_t>(dtypeBits(m_info.dtype)), &bits))
        return refuse(Code::Overflow, tensorText() + " of shape " + shapeText(m_info.shape) +
                                          ", which needs more than 2^64 bits");
    if (bits % 8 != 0)
        return refuse(Code::Misaligned, tensorText() + " of dtype " + std::string(dtypeName(m_info.dtype)) +
                                            " and shape " + shapeText(m_info.shape) + ", which is " +
                                            std::to_string(bits) + " bits; expected whole bytes");
    if (end - begin != bits / 8)
        return refuse(Code::SizeMismatch, tensorText() + " of dtype " + std::string(dtypeName(m_info.dtype)) +
                                              " and shape " + shapeText(m_info.shape) + ", which needs " +
                                              std::to_string(bits / 8) + " bytes; its data_offsets span " +
                                              std::to_string(end - begin));
    m_info.byteOffset = begin;
    m_info.byteCount = end - begin;
    m_header.tensors.emplace(std::move(m_name), std::move(m_info));
    return true;
}

bool SafetensorsSax::parse_error(std::size_t position, const std::string&,
                                 const nlohmann::detail::exception& exception)
{
    return refuse(Code::InvalidJson, "has a header that is not JSON at its byte " + std::to_string(position) +
                                         ": " + quotedName(std::string_view(exception.what())));
}

} // namespace unfog

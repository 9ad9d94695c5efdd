#pragma once

#include <optional>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "weights/files/safetensors_header.h"

/// The header's JSON, checked token by token, so that a hostile header is refused where it breaks a rule and
/// never builds a tree. Used by readSafetensorsHeader alone.
namespace unfog {

/// nlohmann's SAX interface. After a parse that returned true: takeHeader() with byteOffset relative to the
/// data; after false: takeFault().
class SafetensorsSax final : public nlohmann::json_sax<nlohmann::json> {
public:
    bool null() override;
    bool boolean(bool value) override;
    bool number_integer(number_integer_t value) override;
    bool number_unsigned(number_unsigned_t value) override;
    bool number_float(number_float_t value, const string_t& text) override;
    bool string(string_t& value) override;
    bool binary(binary_t& value) override;
    bool start_object(std::size_t) override;
    bool key(string_t& name) override;
    bool end_object() override;
    bool start_array(std::size_t) override;
    bool end_array() override;
    bool parse_error(std::size_t position, const std::string& lastToken,
                     const nlohmann::detail::exception& exception) override;

    SafetensorsFault takeFault() { return std::move(m_fault); }
    SafetensorsHeader takeHeader() { return std::move(m_header); }

private:
    enum class Where { Outside, Top, Metadata, Tensor, Shape, Offsets };

    bool refuse(SafetensorsErrorCode code, std::string message);
    bool refuseValue(const char* found);
    std::optional<bool> skipScalar(); ///< the callback's answer inside an unknown field, none outside
    bool topKey(string_t& name);
    bool metadataKey(string_t& name);
    bool tensorKey(string_t& name);
    bool finishTensor();
    std::string tensorText() const { return "has tensor " + quotedName(m_name); }

    Where m_where = Where::Outside;
    bool m_skipping = false; ///< inside the value of a field that is not ours
    int m_skipDepth = 0;
    std::size_t m_skippedValues = 0;
    std::string m_name;  ///< of the tensor
    std::string m_field; ///< of the tensor or the metadata
    TensorInfo m_info;
    std::vector<std::uint64_t> m_offsets;
    bool m_hasMetadata = false;
    bool m_hasDtype = false;
    bool m_hasShape = false;
    bool m_hasOffsets = false;
    std::set<std::string> m_otherFields;
    SafetensorsHeader m_header;
    SafetensorsFault m_fault{SafetensorsErrorCode::InvalidJson, "has a header that is not JSON"};
};

} // namespace unfog

#include <ostream>

#include <gtest/gtest.h>

#include "weights/crafted_files.h"
#include "weights/files/safetensors_header.h"

// Every validation of the reference reader and every place where ours is stricter, as crafted bytes.

namespace unfog {
namespace {

using Code = SafetensorsErrorCode;
using testing::asBytes;
using testing::craft;

struct RefusedRow {
    const char* name;
    std::string file;
    Code code;
    const char* says;
};

std::ostream& operator<<(std::ostream& stream, const RefusedRow& row)
{
    return stream << row.name;
}

std::string withLength(std::uint64_t length, std::string_view rest)
{
    std::string file = craft("");
    for (int i = 0; i < 8; ++i)
        file[static_cast<std::size_t>(i)] = static_cast<char>(length >> (8 * i));
    return file += rest;
}

std::string tensor(std::string_view fields)
{
    return "{\"x\":{" + std::string(fields) + "}}";
}

std::string nested(int depth)
{
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
}

std::string repeated(std::string_view text, int times)
{
    std::string result;
    for (int i = 0; i < times; ++i)
        result += text;
    return result;
}

const std::string kGood = R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";

std::vector<RefusedRow> refusedRows()
{
    return {
        // the reference's own checks, in its order
        {"r01_empty_file", "", Code::TooShort, "too short"},
        {"r01_seven_bytes", "abcdefg", Code::TooShort, "7 bytes"},
        {"r02_length_is_2_to_64_minus_1", withLength(~std::uint64_t{0}, "{}"), Code::HeaderTooLarge,
         "18446744073709551615"},
        {"r03_length_one_over_the_limit", withLength(100'000'001, "{}"), Code::HeaderTooLarge, "100000000"},
        {"r03_length_at_the_limit_is_no_length_error", withLength(100'000'000, "{}"), Code::IncompleteHeader,
         "100000008"},
        {"r04_length_plus_8_overflows", withLength(~std::uint64_t{0} - 7, "{}"), Code::HeaderTooLarge,
         "limit"},
        {"r05_header_longer_than_file", withLength(3, "{}"), Code::IncompleteHeader, "incomplete"},
        {"r06_header_not_utf8", craft("{\"\xff\":1}"), Code::InvalidJson, "not JSON"},
        {"r06_overlong_utf8", craft("{\"\xc0\xaf\":1}"), Code::InvalidJson, "not JSON"},
        {"r07_length_zero", craft(""), Code::InvalidJson, "empty header"},
        {"r07_truncated", craft(kGood.substr(0, kGood.size() - 1), 8), Code::InvalidJson, "not JSON"},
        {"r07_text_after", craft("{}x}"), Code::InvalidJson, "not JSON"},
        {"r07_text_at_end", craft("{}x"), Code::InvalidJson, "'}'"},
        {"r07_nul_after", craft(std::string_view("{}\0", 3)), Code::InvalidJson, "NUL"},
        {"r07_nul_hides_text", craft(std::string_view("{}\0\"hidden\":1}", 14)), Code::InvalidJson, "NUL"},
        {"r07_bom", craft("\xef\xbb\xbf{}"), Code::InvalidJson, "'{'"},
        {"r07_comment", craft("{/**/}"), Code::InvalidJson, "not JSON"},
        {"r07_trailing_comma", craft("{\"__metadata__\":{},}"), Code::InvalidJson, "not JSON"},
        {"r07_raw_control_character", craft("{\"__metadata__\":{\"a\n\":\"\"}}"), Code::InvalidJson,
         "not JSON"},
        {"r07_lone_surrogate", craft("{\"__metadata__\":{\"a\":\"\\ud800\"}}"), Code::InvalidJson,
         "not JSON"},
        {"r08_top_level_array", craft("[]"), Code::NotAnObject, "'{'"},
        {"r08_top_level_string", craft("\"\""), Code::NotAnObject, "'{'"},
        {"r08_top_level_null", craft("null"), Code::InvalidJson, "'{'"},
        {"r09_nesting_beyond_128", craft(tensor("\"extra\":" + nested(200))), Code::TooDeep, "128"},
        {"r10_metadata_is_a_list", craft(R"({"__metadata__":[]})"), Code::BadMetadata, "an array"},
        {"r10_metadata_is_a_text", craft(R"({"__metadata__":"a"})"), Code::BadMetadata, "the text"},
        {"r10_metadata_value_is_a_number", craft(R"({"__metadata__":{"a":1}})"), Code::BadMetadata,
         "the number 1"},
        {"r10_metadata_value_is_an_object", craft(R"({"__metadata__":{"a":{}}})"), Code::BadMetadata,
         "an object"},
        {"r10_metadata_value_is_null", craft(R"({"__metadata__":{"a":null}})"), Code::BadMetadata, "null"},
        {"r11_metadata_twice", craft(R"({"__metadata__":{},"__metadata__":{}})"), Code::DuplicateKey,
         "twice"},
        {"r11_metadata_twice_null_first", craft(R"({"__metadata__":null,"__metadata__":{}})"),
         Code::DuplicateKey, "twice"},
        {"r12_dtype_missing", craft(tensor(R"("shape":[],"data_offsets":[0,0])")), Code::MissingField,
         "dtype"},
        {"r12_shape_missing", craft(tensor(R"("dtype":"F32","data_offsets":[0,0])")), Code::MissingField,
         "shape"},
        {"r12_offsets_missing", craft(tensor(R"("dtype":"F32","shape":[])")), Code::MissingField,
         "data_offsets"},
        {"r12_empty_tensor", craft(R"({"x":{}})"), Code::MissingField, "dtype"},
        {"r13_dtype_twice", craft(tensor(R"("dtype":"F32","dtype":"F32","shape":[0],"data_offsets":[0,0])")),
         Code::DuplicateKey, "\"dtype\""},
        {"r13_shape_twice", craft(tensor(R"("dtype":"F32","shape":[0],"shape":[0],"data_offsets":[0,0])")),
         Code::DuplicateKey, "\"shape\""},
        {"r13_offsets_twice",
         craft(tensor(R"("dtype":"F32","shape":[0],"data_offsets":[0,0],"data_offsets":[0,0])")),
         Code::DuplicateKey, "\"data_offsets\""},
        {"r14_dtype_unknown", craft(tensor(R"("dtype":"F128","shape":[0],"data_offsets":[0,0])")),
         Code::UnknownDtype, "F128"},
        {"r14_dtype_in_lower_case", craft(tensor(R"("dtype":"f32","shape":[0],"data_offsets":[0,0])")),
         Code::UnknownDtype, "f32"},
        {"r14_dtype_is_a_number", craft(tensor(R"("dtype":32,"shape":[0],"data_offsets":[0,0])")),
         Code::UnknownDtype, "the number 32"},
        {"r15_dimension_negative", craft(tensor(R"("dtype":"F32","shape":[-1],"data_offsets":[0,4])")),
         Code::BadShape, "-1"},
        {"r15_dimension_is_1.0", craft(tensor(R"("dtype":"F32","shape":[1.0],"data_offsets":[0,4])"), 4),
         Code::BadShape, "1.0"},
        {"r15_dimension_is_1e0", craft(tensor(R"("dtype":"F32","shape":[1e0],"data_offsets":[0,4])"), 4),
         Code::BadShape, "1e0"},
        {"r15_dimension_is_a_text", craft(tensor(R"("dtype":"F32","shape":["1"],"data_offsets":[0,4])"), 4),
         Code::BadShape, "the text"},
        {"r15_dimension_is_2_to_64",
         craft(tensor(R"("dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4])"), 4),
         Code::BadShape, "18446744073709551616"},
        {"r15_shape_is_a_number", craft(tensor(R"("dtype":"F32","shape":1,"data_offsets":[0,4])"), 4),
         Code::BadShape, "expected an array"},
        {"r15_shape_is_nested", craft(tensor(R"("dtype":"F32","shape":[[1]],"data_offsets":[0,4])"), 4),
         Code::BadShape, "an array"},
        {"r16_one_offset", craft(tensor(R"("dtype":"F32","shape":[0],"data_offsets":[0])")), Code::BadOffsets,
         "expected 2"},
        {"r16_three_offsets", craft(tensor(R"("dtype":"F32","shape":[0],"data_offsets":[0,0,0])")),
         Code::BadOffsets, "expected 2"},
        {"r17_offset_negative", craft(tensor(R"("dtype":"F32","shape":[0],"data_offsets":[-4,0])")),
         Code::BadOffsets, "-4"},
        {"r17_offset_is_2_to_64",
         craft(tensor(R"("dtype":"F32","shape":[0],"data_offsets":[0,18446744073709551616])")),
         Code::BadOffsets, "18446744073709551616"},
        {"r18_hole_at_start", craft(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,8])"), 8),
         Code::Hole, "\"x\""},
        {"r18_hole_between",
         craft(
             R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
             3),
         Code::Hole, "\"b\" at offset 2; expected 1"},
        {"r18_partial_overlap",
         craft(
             R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
             3),
         Code::Overlap, "\"b\" at offset 1; expected 2"},
        {"r18_full_overlap",
         craft(
             R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
             2),
         Code::Overlap, "\"b\""},
        {"r18_empty_tensor_inside_another",
         craft(
             R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}})",
             2),
         Code::Overlap, "\"b\""},
        {"r19_end_before_begin", craft(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[8,4])"), 8),
         Code::BadOffsets, "before its begin 8"},
        {"r20_shape_product_overflows",
         craft(tensor(R"("dtype":"F32","shape":[281474976710655,281474976710655],"data_offsets":[0,4])"), 4),
         Code::Overflow, "281474976710655"},
        {"r21_product_times_bits_overflows",
         craft(tensor(R"("dtype":"F64","shape":[281474976710655,16384],"data_offsets":[0,8])"), 8),
         Code::Overflow, "2^64 bits"},
        {"r22_odd_f4", craft(tensor(R"("dtype":"F4","shape":[3],"data_offsets":[0,2])"), 2), Code::Misaligned,
         "F4"},
        {"r22_f6", craft(tensor(R"("dtype":"F6_E2M3","shape":[3],"data_offsets":[0,3])"), 3),
         Code::Misaligned, "18 bits"},
        {"r23_span_too_small", craft(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"), 4),
         Code::SizeMismatch, "needs 8 bytes; its data_offsets span 4"},
        {"r23_span_too_large", craft(tensor(R"("dtype":"F32","shape":[2],"data_offsets":[0,12])"), 12),
         Code::SizeMismatch, "span 12"},
        {"r24_cut_file", craft(kGood, 7), Code::Incomplete, "incomplete"},
        {"r24_tail", craft(kGood, 9), Code::TrailingBytes, "1 bytes that belong to no tensor"},
        {"r24_no_tensor_but_data", craft("{}", 4), Code::TrailingBytes, "4 bytes"},
        // where the reference accepts
        {"s01_same_name_over_same_bytes",
         craft(
             R"({"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
             1),
         Code::DuplicateKey, "\"x\" twice"},
        {"s01_same_name_escaped",
         craft(
             R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
             1),
         Code::DuplicateKey, "\"a\" twice"},
        {"s01_same_name_consecutive",
         craft(
             R"({"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
             2),
         Code::DuplicateKey, "twice"},
        {"s02_same_metadata_key", craft(R"({"__metadata__":{"a":"1","a":"2"}})"), Code::DuplicateKey,
         "\"a\" twice"},
        {"s03_leading_space", craft(" {}"), Code::InvalidJson, "'{'"},
        {"s03_leading_newline", craft("\n{}"), Code::InvalidJson, "'{'"},
        {"s04_tensor_as_array", craft(R"({"x":["F32",[1],[0,4]]})", 4), Code::NotATensor, "an array"},
        {"s04_tensor_as_null", craft(R"({"x":null})"), Code::NotATensor, "null"},
        {"s05_extra_field_twice",
         craft(tensor(R"("dtype":"U8","shape":[0],"data_offsets":[0,0],"note":1,"note":2)")),
         Code::DuplicateKey, "\"note\""},
        {"s05_endless_extra_field",
         craft(tensor("\"note\":[0" + repeated(",0", 20'000) +
                      "],\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]")),
         Code::TooMany, "10000 values"},
        {"s07_dimension_over_2_to_48_beside_zero",
         craft(tensor(R"("dtype":"U8","shape":[0,281474976710656],"data_offsets":[0,0])")), Code::BadShape,
         "281474976710656"},
        {"s07_zero_last_overflow",
         craft(tensor(R"("dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0])")),
         Code::Overflow, "2^63"},
        {"s07_zero_first_overflow",
         craft(tensor(R"("dtype":"U8","shape":[0,4294967296,4294967296],"data_offsets":[0,0])")),
         Code::Overflow, "2^63"},
        {"s08_rank_nine",
         craft(tensor(R"("dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1])"), 1), Code::BadShape,
         "at most 8"},
        {"s12_ends_near_2_to_64",
         craft(tensor(
             R"("dtype":"U8","shape":[0],"data_offsets":[18446744073709551615,18446744073709551615])")),
         Code::Hole, "18446744073709551615"},
        // what is no safetensors file at all
        {"x_html", "<!DOCTYPE html><html><body>Not found</body></html>", Code::WebPage, "web page"},
        {"x_html_after_space", "\n  <HTML><head>", Code::WebPage, "web page"},
        {"x_lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4\n", Code::LfsPointer,
         "git-LFS"},
        {"x_zip", std::string("PK\x03\x04", 4) + std::string(60, '\0'), Code::Pickle,
         "convert to safetensors"},
        {"x_pickle", "\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.", Code::Pickle, "pickle can run code"},
        {"x_gguf", "GGUF\x03" + std::string(40, '\0'), Code::OtherFormat, "GGUF"},
    };
}

class RefusedHeader : public ::testing::TestWithParam<RefusedRow> {};

TEST_P(RefusedHeader, isRefusedWithItsOwnCode)
{
    const RefusedRow& row = GetParam();
    auto header = readSafetensorsHeader(asBytes(row.file));
    ASSERT_FALSE(header.has_value());
    EXPECT_EQ(header.error().code, row.code) << header.error().message;
    EXPECT_NE(header.error().message.find(row.says), std::string::npos) << header.error().message;
}

std::string rowName(const ::testing::TestParamInfo<RefusedRow>& info)
{
    std::string name = info.param.name;
    for (char& c : name)
        if (c == '.')
            c = '_';
    return name;
}

INSTANTIATE_TEST_SUITE_P(Rules, RefusedHeader, ::testing::ValuesIn(refusedRows()), rowName);

TEST(AcceptedHeader, allTwentyTwoDtypes)
{
    const std::pair<const char*, int> kBits[] = {
        {"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6},     {"U8", 8},          {"I8", 8},
        {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},
        {"U16", 16},    {"F16", 16},    {"BF16", 16},   {"I32", 32},        {"U32", 32},        {"F32", 32},
        {"C64", 64},    {"F64", 64},    {"I64", 64},    {"U64", 64}};
    ASSERT_EQ(std::size(kBits), 22u);
    for (const auto& [name, bits] : kBits) {
        std::string file = craft(R"({"x":{"dtype":")" + std::string(name) +
                                     R"(","shape":[8],"data_offsets":[0,)" + std::to_string(bits) + "]}}",
                                 static_cast<std::size_t>(bits));
        auto header = readSafetensorsHeader(asBytes(file));
        ASSERT_TRUE(header.has_value()) << name << ": " << header.error().message;
        EXPECT_EQ(dtypeName(header->tensors.at("x").dtype), name);
        EXPECT_EQ(dtypeBits(header->tensors.at("x").dtype), bits);
    }
}

TEST(AcceptedHeader, whatTheFormatAllows)
{
    for (
        const std::string& file : {
            craft("{}"),
            craft("{} \r\n\t"),
            craft(kGood, 8),
            craft(R"({"__metadata__":null})"),
            craft(R"({"__metadata__":{}})"),
            craft(R"({"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1),
            craft(R"({"../../x\u0000":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1),
            craft(R"({"scalar":{"dtype":"F64","shape":[],"data_offsets":[0,8]}})", 8),
            craft(R"({"x":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})", 1),
            craft(R"({"e":{"dtype":"U8","shape":[0,281474976710655],"data_offsets":[0,0]}})"),
            // empty tensors share an offset with their neighbours
            craft(
                R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
                R"("c":{"dtype":"U8","shape":[0],"data_offsets":[1,1]},"d":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}})",
                1),
        }) {
        auto header = readSafetensorsHeader(asBytes(file));
        EXPECT_TRUE(header.has_value()) << file.substr(8) << ": " << header.error().message;
    }
}

TEST(AcceptedHeader, unknownFieldsAreIgnoredAndNamed)
{
    std::string file = craft(
        R"({"x":{"dtype":"U8","a":{"b":[1,{"c":null}],"d":true},"shape":[1],"e":-1.5,"data_offsets":[0,1],"f":[]}})",
        1);
    auto header = readSafetensorsHeader(asBytes(file));
    ASSERT_TRUE(header.has_value()) << header.error().message;
    EXPECT_EQ(header->ignoredFields, (std::vector<std::string>{R"("x"."a")", R"("x"."e")", R"("x"."f")"}));
}

TEST(AcceptedHeader, tensorsAndMetadataAreReadExactly)
{
    std::string json = R"({"__metadata__":{"format":"pt","né":"\u00e9"},)"
                       R"("b":{"data_offsets":[0,6],"shape":[1,3],"dtype":"F16"},)"
                       R"("a":{"dtype":"I64","shape":[],"data_offsets":[6,14]}})";
    std::string file = craft(json, 14);
    auto header = readSafetensorsHeader(asBytes(file));
    ASSERT_TRUE(header.has_value()) << header.error().message;
    std::uint64_t data = 8 + json.size();
    EXPECT_EQ(header->headerBytes, data);
    EXPECT_EQ(header->metadata, (std::map<std::string, std::string>{{"format", "pt"}, {"né", "é"}}));
    EXPECT_EQ(header->tensors,
              (TensorTable{{"a", {Dtype::I64, {}, data + 6, 8}}, {"b", {Dtype::F16, {1, 3}, data, 6}}}));
}

TEST(HostileHeader, namesAreEscapedAndCutInMessages)
{
    std::string file = craft("{\"a\\u001b[31m" + std::string(5000, 'y') + "\":1}");
    auto header = readSafetensorsHeader(asBytes(file));
    ASSERT_FALSE(header.has_value());
    EXPECT_EQ(header.error().message.find('\x1b'), std::string::npos);
    EXPECT_LT(header.error().message.size(), 400u);
}

// Whatever a flipped byte makes of a header: if it is accepted, its tensors still cover the data exactly.
TEST(HostileHeader, everyFlippedByteIsRefusedOrHarmless)
{
    const std::string good =
        craft(R"({"__metadata__":{"a":"b"},"x":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]},)"
              R"("y":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}})",
              7);
    ASSERT_TRUE(readSafetensorsHeader(asBytes(good)).has_value());
    int refused = 0;
    for (std::size_t at = 0; at < good.size() - 7; ++at)
        for (int value = 0; value < 256; ++value) {
            std::string file = good;
            file[at] = static_cast<char>(value);
            auto header = readSafetensorsHeader(asBytes(file));
            if (!header) {
                ++refused;
                continue;
            }
            std::uint64_t bytes = header->headerBytes;
            for (const auto& [name, info] : header->tensors)
                bytes += info.byteCount;
            EXPECT_EQ(bytes, file.size()) << at << " " << value;
        }
    EXPECT_GT(refused, 20'000);
}

TEST(HostileHeader, aMillionEmptyTensorsAreTooMany)
{
    std::string json = "{";
    for (int i = 0; i < 1'000'000; ++i)
        json +=
            (i ? ",\"" : "\"") + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
    std::string file = craft(json += "}");
    auto header = readSafetensorsHeader(asBytes(file));
    ASSERT_FALSE(header.has_value());
    EXPECT_EQ(header.error().code, Code::TooMany);
}

TEST(HostileHeader, aMillionMetadataEntriesAreTooMany)
{
    std::string json = R"({"__metadata__":{)";
    for (int i = 0; i < 1'000'000; ++i)
        json += (i ? ",\"" : "\"") + std::to_string(i) + "\":\"\"";
    std::string file = craft(json += "}}");
    auto header = readSafetensorsHeader(asBytes(file));
    ASSERT_FALSE(header.has_value());
    EXPECT_EQ(header.error().code, Code::TooMany);
}

} // namespace
} // namespace unfog

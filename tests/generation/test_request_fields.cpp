#include <gtest/gtest.h>

#include <set>

#include "generation/request/request_fields.h"
#include "generation/request/request_json.h"
#include "generation/request/validate.h"

namespace unfog {
namespace {

/// A value that differs from the default and that the field takes.
FieldValue otherValue(const RequestField& field)
{
    switch (field.kind) {
    case FieldKind::Flag:
        return !field.defaultValue().get<bool>();
    case FieldKind::Whole:
        return static_cast<int>(field.range.minimum + 8);
    case FieldKind::Seed:
        return std::uint64_t{1} << 63;
    case FieldKind::Real:
        return (field.range.minimum + field.range.maximum) / 2;
    case FieldKind::Device:
        return "cuda:1";
    case FieldKind::Precision:
        return "float16";
    default:
        return "other";
    }
}

TEST(RequestFields, keysAndOptionsAreUnique)
{
    std::set<std::string_view> keys, formerKeys, options;
    for (const RequestField& field : requestFields()) {
        EXPECT_TRUE(keys.insert(field.key).second) << field.key;
        EXPECT_TRUE(field.key1.empty() || formerKeys.insert(field.key1).second) << field.key1;
        EXPECT_TRUE(field.option.empty() || options.insert(field.option).second) << field.option;
        EXPECT_FALSE(field.name.empty()) << field.key;
        EXPECT_TRUE(field.option.empty() || !field.help.empty()) << field.key;
        EXPECT_EQ(&requestField(field.key), &field);
    }
}

TEST(RequestFields, eachSetsItsOwnMemberAndComesBackThroughJson)
{
    for (const RequestField& field : requestFields()) {
        GenerationRecord record;
        record.request.images.start = InitImage(); // so that its parts are told apart, too
        GenerationRequest before = record.request;
        ASSERT_TRUE(field.set(record.request, otherValue(field))) << field.key;
        EXPECT_NE(record.request, before) << field.key;
        for (const RequestField& other : requestFields())
            EXPECT_EQ(other.get(record.request) != other.get(before), &other == &field)
                << field.key << " changes " << other.key;
        const auto parsed = parseRecord(toJson(record));
        ASSERT_TRUE(parsed) << parsed.error().message;
        EXPECT_EQ(parsed->record, record) << field.key;
    }
}

TEST(RequestFields, wrongTypesAreRefusedAndChangeNothing)
{
    for (const RequestField& field : requestFields()) {
        GenerationRequest request;
        const FieldValue wrong = field.defaultValue().is_string() || field.kind == FieldKind::Text
                                     ? FieldValue(1)
                                     : FieldValue("text");
        const auto set = field.set(request, wrong);
        ASSERT_FALSE(set) << field.key;
        EXPECT_EQ(set.error().kind, ErrorKind::InvalidRequest);
        EXPECT_EQ(request, GenerationRequest()) << field.key;
    }
}

TEST(RequestFields, rangesAreRefusedOutsideAndTakenAtBothEnds)
{
    for (const RequestField& field : requestFields()) {
        if ((field.kind != FieldKind::Whole && field.kind != FieldKind::Real) ||
            field.needs == ModelFeature::StartImage)
            continue;
        const auto accepts = [&](double value) {
            GenerationRequest request;
            const auto set = field.kind == FieldKind::Whole ? field.set(request, static_cast<int>(value))
                                                            : field.set(request, value);
            return set && validateField(field, request);
        };
        EXPECT_TRUE(accepts(field.range.minimum)) << field.key;
        EXPECT_TRUE(accepts(field.range.maximum)) << field.key;
        EXPECT_FALSE(accepts(field.range.minimum - 1)) << field.key;
        EXPECT_FALSE(accepts(field.range.maximum + 8)) << field.key;
        EXPECT_TRUE(validateField(field, GenerationRequest())) << field.key << ": the default";
    }
}

TEST(RequestFields, textsOfACommandLineAreReadByKind)
{
    EXPECT_EQ(*parseFieldText(requestField("sampler.steps"), "12"), 12);
    EXPECT_EQ(*parseFieldText(requestField("guidance.scale"), "7.25"), 7.25);
    EXPECT_EQ(*parseFieldText(requestField("output.seed"), "18446744073709551615"), ~std::uint64_t{0});
    EXPECT_EQ(*parseFieldText(requestField("sampler.spacing"), "karras"), "karras");
    for (const char* wrong : {"", "12x", "1e3", "99999999999", " 1"}) {
        const auto parsed = parseFieldText(requestField("sampler.steps"), wrong);
        ASSERT_FALSE(parsed) << wrong;
        EXPECT_EQ(parsed.error().message,
                  "steps must be a whole number, found \"" + std::string(wrong) + "\".");
    }
}

} // namespace
} // namespace unfog

#include <gtest/gtest.h>

#include "tokenizer/prompt_syntax/unapplied_syntax.h"

namespace unfog {
namespace {

TEST(UnappliedSyntax, tagsOfNetworksAreNoWords)
{
    EXPECT_EQ(withoutNetworkTags("a fox <lora:ink_v3:0.8>, <LyCO:a b:1>"), "a fox , ");
    EXPECT_EQ(withoutNetworkTags("a < b, <lora:open"), "a < b, <lora:open");
    EXPECT_EQ(withoutNetworkTags("<lora:a:1>"), "");
}

TEST(UnappliedSyntax, everyKindGivesANote)
{
    const struct {
        const char* prompt;
        const char* mentions;
    } table[] = {
        {"a fox <lora:ink_v3:0.8>", "<lora:ink_v3:0.8>"},
        {"a [fox:dog:0.5]", "[fox:dog:0.5]"},
        {"a [fox::8]", "[fox::8]"},
        {"a [fox|dog]", "[fox|dog]"},
        {"a {red|blue} fox", "{red|blue}"},
        {"a fox AND a dog", "AND"},
        {"a fox BREAK a dog", "BREAK"},
        {"a __colour__ fox", "__colour__"},
        {"a fox, embedding:ink", "embedding:ink"},
    };
    for (const auto& row : table) {
        const auto notes = unappliedSyntax(row.prompt, true);
        ASSERT_EQ(notes.size(), 1u) << row.prompt;
        EXPECT_NE(notes.front().find(row.mentions), std::string::npos) << notes.front();
    }
}

TEST(UnappliedSyntax, ordinaryPromptsGiveNone)
{
    for (const char* prompt : {"a fox (in the snow:1.2) [blurry]", "salt and pepper", "SAND, BREAKFAST",
                               "a_b__c", "\\[a:b:0.5\\]", "4:3 photo", "[[bad]]", ""})
        EXPECT_TRUE(unappliedSyntax(prompt, true).empty())
            << prompt << ": " << unappliedSyntax(prompt, true).front();
    EXPECT_TRUE(unappliedSyntax("[a:b:0.5] AND {x|y}", false).empty())
        << "brackets are text where that is asked";
    EXPECT_EQ(unappliedSyntax("<lora:a:1>", false).size(), 1u);
}

} // namespace
} // namespace unfog

#include "base/printable.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace unfog {
namespace {

using namespace std::string_literals;

struct Row {
    const char* what;
    std::string text, line, lines;
};

class Printable : public testing::TestWithParam<Row> {};

TEST_P(Printable, ShowsWhatWouldAct)
{
    EXPECT_EQ(printableLine(GetParam().text), GetParam().line);
    EXPECT_EQ(printableLines(GetParam().text), GetParam().lines);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, Printable,
    testing::Values(Row{"Plain", "a (red:1.2) fox\\, 日本 é 🦊", "a (red:1.2) fox\\, 日本 é 🦊",
                        "a (red:1.2) fox\\, 日本 é 🦊"},
                    Row{"Title", "\x1b]0;x\x07", "\\x1b]0;x\\x07", "\\x1b]0;x\\x07"},
                    Row{"Clear", "\x1b[2J", "\\x1b[2J", "\\x1b[2J"},
                    Row{"Lines", "a\nb\r\nc\td", "a\\nb\\x0d\\nc\\td", "a\nb\nc\td"},
                    Row{"Return", "safe\revil", "safe\\x0devil", "safe\\x0devil"},
                    Row{"Nul", "a\0b"s, "a\\x00b", "a\\x00b"}, Row{"Delete", "a\x7f", "a\\x7f", "a\\x7f"},
                    Row{"C1",
                        "a\xc2\x9b"
                        "31m\xc2\x85",
                        "a\\u{9b}31m\\u{85}", "a\\u{9b}31m\\u{85}"},
                    Row{"RawC1",
                        "a\x9b"
                        "31m",
                        "a\\x9b31m", "a\\x9b31m"},
                    Row{"Bidi", "a\u202e\u2066\u200fb\u061c", "a\\u{202e}\\u{2066}\\u{200f}b\\u{61c}",
                        "a\\u{202e}\\u{2066}\\u{200f}b\\u{61c}"},
                    Row{"Separators", "a\u2028b\u2029", "a\\u{2028}b\\u{2029}", "a\\u{2028}b\\u{2029}"},
                    Row{"Tags", "a\U000e0041", "a\\u{e0041}", "a\\u{e0041}"},
                    Row{"Joiners", "👨\u200d👩", "👨\u200d👩", "👨\u200d👩"},
                    Row{"CutUtf8", "a\xe6\x97", "a\\xe6\\x97", "a\\xe6\\x97"},
                    Row{"Overlong", "\xc0\x9b\xe0\x80\x9b", "\\xc0\\x9b\\xe0\\x80\\x9b",
                        "\\xc0\\x9b\\xe0\\x80\\x9b"},
                    Row{"Surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80"}),
    [](const auto& row) { return std::string(row.param.what); });

TEST(PrintableJson, MeansTheSameAndActsOnNothing)
{
    const std::string text = "a\x1b\x7f\xc2\x9b\u202e\U000e0041 日本\n";
    const std::string shown = printableJson(nlohmann::json({{"text", text}}).dump());
    EXPECT_EQ(shown, "{\"text\":\"a\\u001b\\u007f\\u009b\\u202e\\udb40\\udc41 日本\\n\"}");
    EXPECT_EQ(nlohmann::json::parse(shown)["text"], text);
}

} // namespace
} // namespace unfog

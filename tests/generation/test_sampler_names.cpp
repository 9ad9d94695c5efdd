#include <set>
#include <string>

#include <gtest/gtest.h>

#include "generation/interchange/a1111_names.h"
#include "generation/interchange/foreign_names.h"
#include "generation/interchange/sampler_names.h"

namespace unfog {

namespace {

TEST(SamplerNames, HaveOneTitleEach)
{
    for (const auto rows : {schedulerNames(), spacingNames(), predictionNames()}) {
        std::set<std::string_view> names;
        std::set<std::string_view> titles;
        for (const SamplerName& row : rows) {
            EXPECT_FALSE(row.title.empty()) << row.name;
            EXPECT_TRUE(names.insert(row.name).second) << row.name;
            EXPECT_TRUE(titles.insert(row.title).second) << row.title;
        }
    }
}

TEST(SamplerNames, ShowTheWebUisNameWhereItDiffers)
{
    EXPECT_EQ(schedulerDisplayName("dpmpp-2m"), "DPM++ 2M");
    EXPECT_EQ(schedulerDisplayName("euler-ancestral"), "Euler ancestral (Euler a)");
    EXPECT_EQ(schedulerTitle("euler-ancestral"), "Euler ancestral");
    EXPECT_EQ(schedulerDisplayName("pndm"), "PNDM (PLMS)");
    EXPECT_EQ(schedulerDisplayName("unipc-bh1"), "UniPC bh1");
    EXPECT_EQ(spacingDisplayName("trailing"), "Trailing (SGM Uniform)");
    EXPECT_EQ(spacingDisplayName("karras"), "Karras");
}

TEST(SamplerNames, UnknownNamesStayAsTheyAre)
{
    EXPECT_EQ(schedulerDisplayName("someone-elses"), "someone-elses");
    EXPECT_EQ(spacingDisplayName(""), "");
    EXPECT_EQ(predictionTitle("?"), "?");
}

TEST(SamplerNames, AreWhatTheWebUisTextsAreWrittenAndReadBy)
{
    for (const SamplerName& row : schedulerNames()) {
        const std::string written = a1111SamplerName(row.name);
        EXPECT_EQ(written, std::string(row.a1111.empty() ? row.name : row.a1111));
        ASSERT_TRUE(schedulerOfForeign(written)) << written;
        EXPECT_EQ(schedulerOfForeign(written)->name, std::string(row.name));
    }
    for (const SamplerName& row : spacingNames()) {
        const std::string written = a1111ScheduleName(row.name);
        EXPECT_EQ(written, std::string(row.a1111.empty() ? row.name : row.a1111));
        ASSERT_TRUE(spacingOfForeign(written)) << written;
        EXPECT_EQ(spacingOfForeign(written)->name, std::string(row.name));
    }
    EXPECT_EQ(schedulerOfForeign("PNDM")->name, "pndm"); // as earlier versions wrote it
    EXPECT_EQ(a1111ScheduleName(""), "Automatic");
}

} // namespace

} // namespace unfog

#include <cstdio>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/report.h"
#include "pipeline/run/sampler_catalog.h"

namespace unfog::cli {

namespace {

using Json = nlohmann::ordered_json;

int showPlan(const SchedulersArguments& arguments)
{
    auto plan = planSampling(arguments.model, arguments.sampler);
    if (!plan)
        return complain(plan.error(), arguments.json ? Answer::Json : Answer::Text);
    if (arguments.json) {
        Json evaluations = Json::array();
        for (const PlannedEvaluation& evaluation : *plan)
            evaluations.push_back({{"timestep", evaluation.timestep}, {"sigma", evaluation.sigma}});
        printJson(evaluations);
        return kDone;
    }
    std::printf("%-12s %-10s %s\n", "evaluation", "timestep", "sigma");
    for (std::size_t i = 0; i < plan->size(); ++i)
        std::printf("%-12zu %-10s %s\n", i + 1, decimal((*plan)[i].timestep, 2).c_str(),
                    decimal((*plan)[i].sigma, 6).c_str());
    return kDone;
}

} // namespace

int runSchedulers(const SchedulersArguments& arguments)
{
    if (!arguments.model.empty())
        return showPlan(arguments);
    const SamplerCatalog catalog = samplerCatalog();
    if (arguments.json) {
        Json list = Json::array();
        for (const SchedulerChoice& choice : catalog.schedulers)
            list.push_back({{"name", choice.scheduler.name},
                            {"title", choice.scheduler.title},
                            {"description", choice.scheduler.description},
                            {"spacings", choice.spacings},
                            {"eta", choice.usesEta}});
        printJson(list);
        return kDone;
    }
    for (const SchedulerChoice& choice : catalog.schedulers) {
        std::printf("%-22s %s: %s\n", choice.scheduler.name.c_str(), choice.scheduler.title.c_str(),
                    choice.scheduler.description.c_str());
        std::string spacings;
        for (const std::string& spacing : choice.spacings)
            spacings += (spacings.empty() ? "" : ", ") + spacing;
        std::printf("%-22s spacings: %s\n", "", spacings.empty() ? "its own" : spacings.c_str());
    }
    return kDone;
}

} // namespace unfog::cli

#include "diffusion/solver_making.h"

#include <gtest/gtest.h>

#include "diffusion/catalogue/scheduler_config.h"
#include "diffusion/catalogue/scheduler_registry.h"

namespace unfog {

namespace {

Result<std::unique_ptr<Scheduler>> make(const std::string& className, const nlohmann::json& keys)
{
    nlohmann::json file = {{"_class_name", className},
                           {"num_train_timesteps", 1000},
                           {"beta_schedule", "scaled_linear"},
                           {"beta_start", 0.00085},
                           {"beta_end", 0.012}};
    file.update(keys.is_null() ? nlohmann::json::object() : keys);
    auto config = SchedulerConfig::parse(file.dump());
    if (!config) {
        return tl::unexpected(config.error());
    }
    return makeScheduler(*config);
}

} // namespace

std::unique_ptr<Scheduler> makeSolver(const std::string& className, const nlohmann::json& keys)
{
    auto solver = make(className, keys);
    if (!solver) {
        ADD_FAILURE() << className << " " << keys.dump() << ": " << solver.error().message;
        return nullptr;
    }
    return std::move(*solver);
}

std::string refusal(const std::string& className, const nlohmann::json& keys)
{
    auto solver = make(className, keys);
    return solver ? std::string() : solver.error().message;
}

} // namespace unfog

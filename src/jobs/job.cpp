#include "jobs/job.h"

namespace unfog {

GenerationRequest Job::remaining() const
{
    GenerationRequest rest = request;
    rest.seed += static_cast<std::uint64_t>(imagesFinished);
    rest.count -= imagesFinished;
    return rest;
}

} // namespace unfog

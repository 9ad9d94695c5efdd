#include "jobs/job.h"

namespace unfog {

GenerationRequest Job::remaining() const
{
    GenerationRequest rest = request;
    rest.output.seed += static_cast<std::uint64_t>(imagesFinished);
    rest.output.count -= imagesFinished;
    return rest;
}

} // namespace unfog

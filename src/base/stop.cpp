#include "base/stop.h"

namespace unfog {

namespace {
thread_local const std::stop_token* innermost = nullptr;
} // namespace

StopScope::StopScope(const std::stop_token* stop) : m_before(innermost)
{
    innermost = stop;
}

StopScope::~StopScope()
{
    innermost = m_before;
}

const std::stop_token* StopScope::current()
{
    return innermost;
}

} // namespace unfog

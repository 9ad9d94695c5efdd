#pragma once

#include <exception>
#include <new>
#include <string>

#include <ATen/ATen.h>

#include "base/result.h"
#include "base/stop.h"

/// The one door that LibTorch's exceptions do not pass.
namespace unfog {

/// Turns the exception in flight into an Error: out of memory is told apart by type and by the texts with
/// which cuDNN, cuBLAS and the CPU allocator report it as a plain error. Call only inside a catch block.
Error errorInFlight(const std::string& stage);

/// Runs `body` and returns its Result; what it throws becomes an Error that names `stage`. `Stopped` passes
/// through: it is caught once, in TorchEngine.
template <class Body>
auto guarded(const std::string& stage, Body&& body) -> decltype(body())
{
    try {
        return body();
    } catch (const Stopped&) {
        throw;
    } catch (...) {
        return tl::unexpected<Error>(errorInFlight(stage));
    }
}

} // namespace unfog

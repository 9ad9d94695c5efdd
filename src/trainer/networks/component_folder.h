#pragma once

#include <exception>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include <ATen/ATen.h>

#include "base/result.h"

namespace unfog {

/// Writes one network of a diffusers folder: `folder`/config.json and `folder`/`baseName`.safetensors in
/// `dtype`.
Result<void> writeComponent(const std::filesystem::path& folder, const std::string& configJson,
                            const std::string& baseName, const std::map<std::string, at::Tensor>& weights,
                            at::ScalarType dtype);

/// Those of `weights` whose names begin with `prefix`, without it.
std::map<std::string, at::Tensor> withoutPrefix(const std::map<std::string, at::Tensor>& weights,
                                                const std::string& prefix);

/// 1234 → "001234", so that files sort as they were made.
std::string paddedStep(std::int64_t step);

/// Carries the world's no out of a function that can only give a tensor.
class ErrorKeeper final {
public:
    /// Throws something that `guard` turns back into `error`.
    [[noreturn]] static void raise(const Error& error) { throw Raised{error}; }

    template <class Body>
    static Result<void> guard(Body&& body)
    {
        try {
            return body();
        } catch (const Raised& raised) {
            return tl::unexpected(raised.error);
        }
    }

private:
    struct Raised {
        Error error;
    };
};

} // namespace unfog

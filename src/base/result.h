#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

/// What a function returns when the world may say no (a file, a key, a shape, a disk, memory).
/// Our own bugs are assertions; what LibTorch throws is caught once, at the engine's door.
namespace unfog {

enum class ErrorKind {
    InvalidRequest, ///< a value is outside its range: wrong use
    BadFile,        ///< a file is cut, malformed or of another kind
    Unsupported,    ///< well-formed, but asks for something the engine does not compute
    OutOfMemory,
    NonFinite, ///< a stage computed NaN or infinity
    Io,        ///< the file system said no
    Cancelled, ///< somebody asked to stop
    Internal,
};

struct Error {
    ErrorKind kind = ErrorKind::Internal;
    /// One sentence for a person: what, where, what was expected, what was found.
    std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message)
{
    return tl::unexpected<Error>(Error{kind, std::move(message)});
}

} // namespace unfog

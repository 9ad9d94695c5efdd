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

/// What of a run an error is about. Programs decide by it; sentences are for people alone.
enum class ErrorCause {
    Unknown,
    Model,      ///< one of its files, or what its networks compute
    Tokenizer,  ///< the one chosen, or that of the model
    InputImage, ///< an image that goes into the run
    Memory,
    Disk, ///< what was to be written
    Request,
    Internal,
};

struct Error {
    ErrorKind kind = ErrorKind::Internal;
    /// One sentence for a person: what, where, what was expected, what was found.
    std::string message;
    ErrorCause cause = ErrorCause::Unknown;
    std::string file = {}; ///< that it is about; "" = none, or not told
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message)
{
    return tl::unexpected<Error>(Error{kind, std::move(message)});
}

/// Says what an error is about where that is known; what was said deeper inside stays.
inline Error withCause(Error error, ErrorCause cause, std::string file = {})
{
    if (error.cause == ErrorCause::Unknown)
        error.cause = error.kind == ErrorKind::OutOfMemory      ? ErrorCause::Memory
                      : error.kind == ErrorKind::InvalidRequest ? ErrorCause::Request
                                                                : cause;
    if (error.file.empty())
        error.file = std::move(file);
    return error;
}

/// The error of a call on its way up.
template <class T>
tl::unexpected<Error> failFor(const Result<T>& failed, ErrorCause cause, std::string file = {})
{
    return tl::unexpected<Error>(withCause(failed.error(), cause, std::move(file)));
}

} // namespace unfog

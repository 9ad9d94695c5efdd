#include "pipeline/run/guarded.h"

#include <array>
#include <string_view>

namespace unfog {

namespace {

bool saysOutOfMemory(std::string_view text)
{
    static constexpr std::array<std::string_view, 6> patterns = {"out of memory",
                                                                 "not enough memory",
                                                                 "can't allocate memory",
                                                                 "CUBLAS_STATUS_ALLOC_FAILED",
                                                                 "CUDNN_STATUS_ALLOC_FAILED",
                                                                 "DefaultCPUAllocator"};
    for (std::string_view pattern : patterns) {
        if (text.find(pattern) != std::string_view::npos)
            return true;
    }
    return false;
}

std::string firstLine(const std::string& text)
{
    return text.substr(0, text.find('\n'));
}

} // namespace

Error errorInFlight(const std::string& stage)
{
    try {
        throw;
    } catch (const std::bad_alloc&) {
        return {ErrorKind::OutOfMemory, "Out of memory during " + stage + "."};
    } catch (const c10::Error& error) {
        const std::string text = error.what_without_backtrace();
        if (saysOutOfMemory(text))
            return {ErrorKind::OutOfMemory, "Out of memory during " + stage + ": " + firstLine(text)};
        return {ErrorKind::Internal, "LibTorch failed during " + stage + ": " + firstLine(text)};
    } catch (const std::exception& error) {
        const std::string text = error.what();
        if (saysOutOfMemory(text))
            return {ErrorKind::OutOfMemory, "Out of memory during " + stage + ": " + firstLine(text)};
        return {ErrorKind::Internal, "Failure during " + stage + ": " + firstLine(text)};
    } catch (...) {
        return {ErrorKind::Internal, "Failure of unknown kind during " + stage + "."};
    }
}

} // namespace unfog

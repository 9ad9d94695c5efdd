#include "benchmarks/operation_profile.h"

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <map>
#include <string>
#include <vector>

#include <ATen/record_function.h>

namespace unfog::benchmarks {

namespace {

using Clock = std::chrono::steady_clock;

struct Operation {
    int64_t calls = 0;
    double seconds = 0;
};

struct Running {
    Clock::time_point start;
    double inCalled = 0;
};

// LibTorch takes plain functions as callbacks. Only the thread that runs the profile calls operations.
std::map<std::string, Operation> operations;
std::vector<Running> stack;

double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::unique_ptr<at::ObserverContext> began(const at::RecordFunction&)
{
    stack.push_back({Clock::now()});
    return nullptr;
}

void ended(const at::RecordFunction& function, at::ObserverContext*)
{
    const double seconds = secondsSince(stack.back().start);
    Operation& operation = operations[function.name()];
    ++operation.calls;
    operation.seconds += seconds - stack.back().inCalled;
    stack.pop_back();
    if (!stack.empty())
        stack.back().inCalled += seconds;
}

void printRow(std::ostream& out, const std::string& name, const Operation& operation, double whole)
{
    out << std::left << std::setw(36) << name << std::right << std::setw(8) << operation.calls << std::fixed
        << std::setprecision(4) << std::setw(12) << operation.seconds << std::setprecision(1) << std::setw(8)
        << 100 * operation.seconds / whole << " %\n";
}

} // namespace

void printProfile(std::ostream& out, const std::function<void()>& run)
{
    operations.clear();
    stack.clear();
    const at::CallbackHandle handle =
        at::addThreadLocalCallback(at::RecordFunctionCallback(began, ended)
                                       .scopes({at::RecordScope::FUNCTION, at::RecordScope::USER_SCOPE}));
    const Clock::time_point start = Clock::now();
    run();
    const double whole = secondsSince(start);
    at::removeCallback(handle);

    std::vector<std::pair<std::string, Operation>> sorted(operations.begin(), operations.end());
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
    out << std::left << std::setw(36) << "operation" << std::right << std::setw(8) << "calls" << std::setw(12)
        << "seconds" << std::setw(10) << "share\n";
    Operation rest;
    rest.seconds = whole;
    for (const auto& [name, operation] : sorted) {
        rest.seconds -= operation.seconds;
        if (operation.seconds > 0.0005 * whole)
            printRow(out, name, operation, whole);
    }
    printRow(out, "(outside operations)", rest, whole);
    printRow(out, "whole", {1, whole}, whole);
}

} // namespace unfog::benchmarks

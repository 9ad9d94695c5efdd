#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <ATen/core/grad_mode.h>
#include <ATen/Parallel.h>

#include "benchmarks/benchmark_cases.h"
#include "benchmarks/operation_profile.h"
#include "benchmarks/process_memory.h"

#if UNFOG_GOOGLE_BENCHMARK
#include <benchmark/benchmark.h>
#endif

namespace unfog::benchmarks {

namespace {

constexpr const char* usage =
    R"(Seconds, arithmetic and peak memory of the engine, with random weights in the full-size layout of
Stable Diffusion 1.5.

  --only TEXT        cases whose name contains TEXT (network/ or layer/, or more of it)
  --sizes A,B        side lengths of the square pictures in pixels (256,512)
  --threads N        (all cores)
  --device NAME      cpu or cuda (cpu)
  --precision NAME   float32, float16 or bfloat16 (float32)
  --repeat N         runs of a case after a first one to warm up (3), where Google Benchmark is not built in
  --profile          instead: one run of each case, with a table of where its time goes
  --list             instead: the names of the cases
)";

struct Arguments {
    BenchmarkOptions options;
    std::string only;
    int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    int repeat = 3;
    bool profile = false;
    bool list = false;
};

template <typename Value>
Value named(const std::string& flag, const std::string& name, const std::map<std::string, Value>& known)
{
    if (const auto found = known.find(name); found != known.end())
        return found->second;
    std::string names;
    for (const auto& [other, value] : known)
        names += " " + other;
    throw std::invalid_argument(flag + ": '" + name + "' is not known; known are" + names);
}

int64_t positive(const std::string& flag, const std::string& text)
{
    std::istringstream in(text);
    int64_t value = 0;
    if (!(in >> value) || !in.eof() || value < 1)
        throw std::invalid_argument(flag + " expects a positive whole number, found '" + text + "'");
    return value;
}

std::vector<int64_t> sides(const std::string& flag, const std::string& text)
{
    std::vector<int64_t> values;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, ',');) {
        values.push_back(positive(flag, part));
        if (values.back() % 64 != 0)
            throw std::invalid_argument(flag + " expects multiples of 64, found '" + part + "'");
    }
    return values;
}

Arguments parsed(const std::vector<std::string>& words)
{
    Arguments arguments;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& flag = words[i];
        const auto value = [&]() -> const std::string& {
            if (i + 1 == words.size())
                throw std::invalid_argument(flag + " expects a value");
            return words[++i];
        };
        if (flag == "--only")
            arguments.only = value();
        else if (flag == "--sizes")
            arguments.options.sidesPx = sides(flag, value());
        else if (flag == "--threads")
            arguments.threads = static_cast<int>(positive(flag, value()));
        else if (flag == "--repeat")
            arguments.repeat = static_cast<int>(positive(flag, value()));
        else if (flag == "--device")
            arguments.options.device =
                named<at::DeviceType>(flag, value(), {{"cpu", at::kCPU}, {"cuda", at::kCUDA}});
        else if (flag == "--precision")
            arguments.options.dtype = named<at::ScalarType>(
                flag, value(),
                {{"float32", at::kFloat}, {"float16", at::kHalf}, {"bfloat16", at::kBFloat16}});
        else if (flag == "--profile")
            arguments.profile = true;
        else if (flag == "--list")
            arguments.list = true;
        else
            throw std::invalid_argument("unknown argument '" + flag + "'\n\n" + usage);
    }
    return arguments;
}

std::vector<BenchmarkCase> chosenCases(const Arguments& arguments)
{
    std::vector<BenchmarkCase> chosen;
    for (const auto& cases : {layerCases(arguments.options), networkCases(arguments.options)})
        for (const BenchmarkCase& each : cases)
            if (each.name.find(arguments.only) != std::string::npos)
                chosen.push_back(each);
    return chosen;
}

void profileAll(const std::vector<BenchmarkCase>& cases)
{
    for (const BenchmarkCase& each : cases) {
        const std::function<void()> run = each.prepare();
        run();
        std::cout << "\n" << each.name << "\n";
        printProfile(std::cout, run);
    }
}

#if UNFOG_GOOGLE_BENCHMARK

void runAll(const std::vector<BenchmarkCase>& cases, const Arguments&)
{
    for (const BenchmarkCase& each : cases)
        benchmark::RegisterBenchmark(each.name.c_str(),
                                     [&each](benchmark::State& state) {
                                         const std::function<void()> run = each.prepare();
                                         run();
                                         resetPeakResidentBytes();
                                         for (auto _ : state)
                                             run();
                                         if (each.flop > 0)
                                             state.counters["FLOP/s"] = benchmark::Counter(
                                                 each.flop, benchmark::Counter::kIsIterationInvariantRate);
                                         state.counters["peak_bytes"] = benchmark::Counter(
                                             static_cast<double>(peakResidentBytes()),
                                             benchmark::Counter::kDefaults, benchmark::Counter::kIs1000);
                                     })
            ->MeasureProcessCPUTime()
            ->UseRealTime()
            ->Unit(benchmark::kMillisecond);
    benchmark::RunSpecifiedBenchmarks();
}

#else

void runAll(const std::vector<BenchmarkCase>& cases, const Arguments& arguments)
{
    using Clock = std::chrono::steady_clock;
    std::cout << std::left << std::setw(52) << "case" << std::right << std::setw(12) << "median s"
              << std::setw(12) << "best s" << std::setw(10) << "GFLOP/s" << std::setw(10) << "peak GB\n";
    for (const BenchmarkCase& each : cases) {
        const std::function<void()> run = each.prepare();
        run();
        resetPeakResidentBytes();
        std::vector<double> seconds;
        for (int i = 0; i < arguments.repeat; ++i) {
            const Clock::time_point start = Clock::now();
            run();
            seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
        }
        std::sort(seconds.begin(), seconds.end());
        const double median = seconds[seconds.size() / 2];
        std::cout << std::left << std::setw(52) << each.name << std::right << std::fixed
                  << std::setprecision(5) << std::setw(12) << median << std::setw(12) << seconds.front()
                  << std::setprecision(1) << std::setw(10) << each.flop / median / 1e9 << std::setprecision(2)
                  << std::setw(9) << static_cast<double>(peakResidentBytes()) / 1e9 << std::endl;
    }
}

#endif

int benchmarkMain(int count, char** words)
{
#if UNFOG_GOOGLE_BENCHMARK
    benchmark::Initialize(&count, words);
#endif
    const Arguments arguments = parsed({words + 1, words + count});
    at::set_num_threads(arguments.threads);
    const std::vector<BenchmarkCase> cases = chosenCases(arguments);
    if (arguments.list) {
        for (const BenchmarkCase& each : cases)
            std::cout << each.name << "\n";
        return EXIT_SUCCESS;
    }
    at::NoGradGuard noGradients;
    if (arguments.profile)
        profileAll(cases);
    else
        runAll(cases, arguments);
    return EXIT_SUCCESS;
}

} // namespace

} // namespace unfog::benchmarks

int main(int count, char** words)
{
    try {
        return unfog::benchmarks::benchmarkMain(count, words);
    } catch (const std::exception& error) {
        std::cerr << error.what() << std::endl;
        return EXIT_FAILURE;
    }
}

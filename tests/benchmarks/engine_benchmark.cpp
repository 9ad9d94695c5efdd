#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include "benchmarks/benchmark_cases.h"
#include "benchmarks/operation_profile.h"
#include "benchmarks/process_memory.h"
#include "networks/kernels/arithmetic.h"
#include "networks/kernels/tensor_memory.h"
#include "pipeline/device/cuda_support.h"

namespace unfog::benchmarks {

namespace {

constexpr const char* usage =
    R"(Seconds, arithmetic and peak memory of the engine, with random weights in the layout of a model.

  --only TEXT        cases whose name contains TEXT (network/, layer/, load/, model/, or more of it)
  --sizes A,B        side lengths of the square pictures in pixels (256,512)
  --batch N          pictures at once (1)
  --threads N        (all cores)
  --layout NAME      sd15, xl, or a model folder whose configurations are taken (sd15)
  --device NAME      cpu or cuda (cpu)
  --precision NAME   of the weights, and on a card of everything: float32, float16 or bfloat16 (float32)
  --model FOLDER     a model for the cases model/…
  --folder FOLDER    where load/… writes 2.1 GB of weights and reads them
  --repeat N         runs of a case after a first one to warm up (3); 0: the first one alone
  --csv FILE         adds a line a case: label, case, precision, threads, batch, median and best seconds,
                     arithmetic in FLOP, peak memory of the process and of its tensors in bytes
  --label TEXT       the first field of those lines
  --profile          instead: one run of each case, with a table of where its time goes
  --list             instead: the names of the cases
)";

struct Arguments {
    BenchmarkOptions options;
    std::string only;
    int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    int repeat = 3;
    std::string csv;
    std::string label;
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

int64_t atLeast(int64_t least, const std::string& flag, const std::string& text)
{
    std::istringstream in(text);
    int64_t value = 0;
    if (!(in >> value) || !in.eof() || value < least)
        throw std::invalid_argument(flag + " expects a whole number from " + std::to_string(least) +
                                    " on, found '" + text + "'");
    return value;
}

int64_t positive(const std::string& flag, const std::string& text)
{
    return atLeast(1, flag, text);
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
        else if (flag == "--batch")
            arguments.options.batch = positive(flag, value());
        else if (flag == "--model")
            arguments.options.model = value();
        else if (flag == "--layout")
            arguments.options.layout = value();
        else if (flag == "--folder")
            arguments.options.folder = value();
        else if (flag == "--csv")
            arguments.csv = value();
        else if (flag == "--label")
            arguments.label = value();
        else if (flag == "--threads")
            arguments.threads = static_cast<int>(positive(flag, value()));
        else if (flag == "--repeat")
            arguments.repeat = static_cast<int>(atLeast(0, flag, value()));
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
    for (const auto& cases :
         {layerCases(arguments.options), networkCases(arguments.options), modelCases(arguments.options)})
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

struct Measurement {
    double medianSeconds = 0, bestSeconds = 0;
    double flop = 0; ///< of one run
    std::int64_t peakBytes = 0, peakTensorBytes = 0;
};

Measurement measure(const BenchmarkCase& each, int repeat)
{
    using Clock = std::chrono::steady_clock;
    const std::function<void()> run = each.prepare();
    Measurement measured;
    std::vector<double> seconds;
    const auto runOnce = [&] {
        const Clock::time_point start = Clock::now();
        run();
        seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    };
    const auto resetPeaks = [] {
        resetPeakResidentBytes();
        resetPeakTensorMemory();
    };
    resetPeaks();
    const double before = arithmeticSoFar();
    runOnce();
    measured.flop = arithmeticSoFar() - before;
    if (repeat > 0) {
        seconds.clear();
        resetPeaks();
    }
    for (int i = 0; i < repeat; ++i)
        runOnce();
    std::sort(seconds.begin(), seconds.end());
    measured.medianSeconds = seconds[seconds.size() / 2];
    measured.bestSeconds = seconds.front();
    measured.peakBytes = peakResidentBytes();
    measured.peakTensorBytes = std::max(tensorMemory().peakBytes, cuda::peakBytes(0));
    releaseKeptTensorMemory();
    return measured;
}

void runAll(const std::vector<BenchmarkCase>& cases, const Arguments& arguments)
{
    std::ofstream csv;
    if (!arguments.csv.empty()) {
        csv.open(arguments.csv, std::ios::app);
        if (!csv)
            throw std::runtime_error("--csv: " + arguments.csv + " cannot be written");
    }
    std::cout << std::left << std::setw(44) << "case" << std::right << std::setw(12) << "median s"
              << std::setw(12) << "best s" << std::setw(10) << "GFLOP/s" << std::setw(10) << "peak GB\n";
    for (const BenchmarkCase& each : cases) {
        const Measurement found = measure(each, arguments.repeat);
        std::cout << std::left << std::setw(44) << each.name << std::right << std::fixed
                  << std::setprecision(5) << std::setw(12) << found.medianSeconds << std::setw(12)
                  << found.bestSeconds << std::setprecision(1) << std::setw(10)
                  << found.flop / found.medianSeconds / 1e9 << std::setprecision(2) << std::setw(9)
                  << static_cast<double>(found.peakBytes) / 1e9 << std::endl;
        if (csv.is_open())
            csv << arguments.label << ',' << each.name << ',' << at::toString(arguments.options.dtype) << ','
                << arguments.threads << ',' << arguments.options.batch << ',' << found.medianSeconds << ','
                << found.bestSeconds << ',' << found.flop << ',' << found.peakBytes << ','
                << found.peakTensorBytes << std::endl;
    }
}

int benchmarkMain(int count, char** words)
{
    keepTensorMemory();
    const Arguments arguments = parsed({words + 1, words + count});
    if (arguments.options.device.is_cuda() && !cuda::isAvailable())
        throw std::runtime_error("--device cuda: " + cuda::whyUnavailable());
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

#include "pipeline/device/cuda_support.h"

#include <filesystem>

#include <dlfcn.h>
#include <torch/version.h>

#include "pipeline/device/cuda_library.h"
#include "pipeline/device/cuda_problem.h"

namespace unfog::cuda {

namespace {

/// Beside the program, or the library's name alone for the dynamic linker.
std::string libraryFile()
{
    std::error_code ignored;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
    const auto beside = program.parent_path() / "libunfog_cuda.so";
    return !ignored && std::filesystem::exists(beside, ignored) ? beside.string() : "libunfog_cuda.so";
}

struct Loaded {
    Facts facts;
    CudaLibrary* library = nullptr;
    std::optional<Problem> problem;

    Loaded()
    {
        facts.libtorchVersion = TORCH_VERSION;
        facts.libtorchCuda = UNFOG_LIBTORCH_CUDA;
        facts.driver = readDriver();
        if (!problemBeforeLoading(facts))
            load();
        problem = cuda::problem(facts);
    }

    bool canUse(int card) const
    {
        return library != nullptr && card >= 0 && card < static_cast<int>(facts.cardErrors.size()) &&
               facts.cardErrors[static_cast<std::size_t>(card)].empty();
    }

private:
    void load()
    {
        // LibTorch registers its kernels for cards as the library comes in.
        void* const handle = dlopen(libraryFile().c_str(), RTLD_NOW | RTLD_GLOBAL);
        const auto entry =
            handle != nullptr ? reinterpret_cast<CudaLibrary& (*)()>(dlsym(handle, entryPoint)) : nullptr;
        if (entry == nullptr) {
            const char* const error = dlerror();
            facts.loadError = error != nullptr ? error : "libunfog_cuda.so has no entry point";
            return;
        }
        library = &entry();
        for (int card = 0; card < library->cardCount(); ++card)
            facts.cardErrors.push_back(library->tryCard(card));
    }
};

const Loaded& loaded()
{
    static const Loaded once;
    return once;
}

} // namespace

bool isAvailable(int card)
{
    return loaded().canUse(card);
}

std::optional<int> firstCard()
{
    for (int card = 0; card < static_cast<int>(loaded().facts.cardErrors.size()); ++card)
        if (loaded().canUse(card))
            return card;
    return std::nullopt;
}

std::string whyUnavailable()
{
    return loaded().problem ? loaded().problem->reason : std::string();
}

std::string whyUnavailable(int card)
{
    if (loaded().canUse(card))
        return {};
    if (loaded().problem)
        return loaded().problem->reason;
    const Facts& facts = loaded().facts;
    const auto index = static_cast<std::size_t>(card);
    if (card < 0 || index >= facts.cardErrors.size())
        return "this computer has " + std::to_string(facts.cardErrors.size()) +
               (facts.cardErrors.size() == 1 ? " card, cuda:0" : " cards, counted from cuda:0");
    const DriverCard known = index < facts.driver.cards.size() ? facts.driver.cards[index] : DriverCard{};
    return cardProblem(known, facts.cardErrors[index], facts);
}

std::string deviceName(int card)
{
    const auto& cards = loaded().facts.driver.cards;
    return card >= 0 && card < static_cast<int>(cards.size()) ? cards[static_cast<std::size_t>(card)].name
                                                              : std::string();
}

bool supportsBfloat16(int card)
{
    const auto& cards = loaded().facts.driver.cards;
    return card >= 0 && card < static_cast<int>(cards.size()) &&
           cards[static_cast<std::size_t>(card)].major >= 8;
}

std::optional<Memory> memory(int card)
{
    return loaded().canUse(card) ? loaded().library->memory(card) : std::nullopt;
}

void releaseCachedMemory()
{
    if (firstCard())
        loaded().library->releaseCachedMemory();
}

void limitMemory(std::int64_t bytes, int card)
{
    if (loaded().canUse(card))
        loaded().library->limitMemory(bytes, card);
}

std::int64_t peakBytes(int card)
{
    return loaded().canUse(card) ? loaded().library->peakBytes(card) : 0;
}

DeviceReport report()
{
    const Facts& facts = loaded().facts;
    DeviceReport told;
    told.libtorchVersion = facts.libtorchVersion;
    told.libtorchCuda = facts.libtorchCuda;
    told.libtorchFolder = UNFOG_LIBTORCH_FOLDER;
    told.driverVersion = facts.driver.version;
    told.driverCuda = facts.driver.cuda > 0 ? cudaText(facts.driver.cuda) : "";
    for (std::size_t i = 0; i < facts.driver.cards.size(); ++i) {
        const DriverCard& card = facts.driver.cards[i];
        const int index = static_cast<int>(i);
        const auto free = memory(index);
        told.cards.push_back({index, card.name, card.totalBytes,
                              free ? static_cast<std::int64_t>(free->freeBytes) : -1, card.major, card.minor,
                              whyUnavailable(index)});
    }
    if (loaded().problem) {
        told.whyNoCuda = loaded().problem->reason;
        told.advice = loaded().problem->advice;
    }
    return told;
}

std::unique_ptr<RecordedWork> record(const std::function<at::Tensor()>& work, int card)
{
    return loaded().canUse(card) ? loaded().library->record(work, card) : nullptr;
}

HostCopy::HostCopy(const at::Tensor& source) : m_host(source)
{
    if (source.is_cuda())
        m_pending = loaded().library->copyToHost(source);
}

const at::Tensor& HostCopy::wait()
{
    if (m_pending)
        m_host = m_pending->wait();
    m_pending.reset();
    return m_host;
}

HostCopy::HostCopy(HostCopy&&) noexcept = default;
HostCopy& HostCopy::operator=(HostCopy&&) noexcept = default;
HostCopy::~HostCopy() = default;

} // namespace unfog::cuda

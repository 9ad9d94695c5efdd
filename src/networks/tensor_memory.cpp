#include "networks/tensor_memory.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <list>
#include <map>
#include <mutex>
#include <unordered_map>

#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "networks/kernels_switches.h"

namespace unfog {

namespace {

/// Smaller blocks come and go without the system's help.
constexpr std::size_t smallestKept = std::size_t{1} << 16;
/// Free blocks beyond this go back, those that waited longest first.
constexpr std::int64_t mostKept = std::int64_t{768} << 20;
constexpr std::size_t hugePage = std::size_t{1} << 21;

/// An eighth of its power of two at most is lost, and sizes that differ little share blocks.
std::size_t roundedUp(std::size_t bytes)
{
    const std::size_t step = std::max<std::size_t>(std::bit_floor(bytes) / 8, 1);
    return (bytes + step - 1) / step * step;
}

void* blockFromSystem(std::size_t bytes)
{
    void* const block = c10::alloc_cpu(bytes);
#ifdef __linux__
    if (bytes >= 2 * hugePage) {
        const auto address = reinterpret_cast<std::uintptr_t>(block);
        const std::uintptr_t begin = (address + hugePage - 1) / hugePage * hugePage;
        const std::uintptr_t end = (address + bytes) / hugePage * hugePage;
        // Only advice: whether it was taken changes nothing but the time.
        if (begin < end)
            (void)madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
    }
#endif
    return block;
}

class BlockKeeper final {
public:
    void* take(std::size_t bytes)
    {
        const std::size_t size = roundedUp(bytes);
        {
            const std::lock_guard lock(m_mutex);
            if (void* const block = takeKept(size))
                return block;
            ++m_memory.systemRequests;
        }
        void* const block = fresh(size);
        const std::lock_guard lock(m_mutex);
        use(block, size);
        return block;
    }

    /// False for a block that is not of this keeper.
    bool giveBack(void* block)
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_used.find(block);
        if (found == m_used.end())
            return false;
        const std::size_t size = found->second;
        m_used.erase(found);
        m_memory.inUseBytes -= static_cast<std::int64_t>(size);
        m_kept.push_back({block, size});
        m_bySize.emplace(size, std::prev(m_kept.end()));
        m_memory.keptBytes += static_cast<std::int64_t>(size);
        releaseDownTo(mostKept);
        return true;
    }

    TensorMemory memory()
    {
        const std::lock_guard lock(m_mutex);
        return m_memory;
    }

    void resetPeak()
    {
        const std::lock_guard lock(m_mutex);
        m_memory.peakBytes = m_memory.inUseBytes;
    }

    void release()
    {
        const std::lock_guard lock(m_mutex);
        releaseDownTo(0);
    }

private:
    struct Kept {
        void* block;
        std::size_t size;
    };

    void* fresh(std::size_t size)
    {
        try {
            return blockFromSystem(size);
        } catch (const c10::Error&) {
            release();
            return blockFromSystem(size);
        }
    }

    void* takeKept(std::size_t size)
    {
        const auto found = m_bySize.find(size);
        if (found == m_bySize.end())
            return nullptr;
        void* const block = found->second->block;
        m_kept.erase(found->second);
        m_bySize.erase(found);
        m_memory.keptBytes -= static_cast<std::int64_t>(size);
        use(block, size);
        return block;
    }

    void use(void* block, std::size_t size)
    {
        m_used.emplace(block, size);
        m_memory.inUseBytes += static_cast<std::int64_t>(size);
        m_memory.peakBytes = std::max(m_memory.peakBytes, m_memory.inUseBytes);
    }

    void releaseDownTo(std::int64_t bytes)
    {
        while (m_memory.keptBytes > bytes) {
            const auto oldest = m_kept.begin();
            const auto [begin, end] = m_bySize.equal_range(oldest->size);
            m_bySize.erase(
                std::find_if(begin, end, [&](const auto& entry) { return entry.second == oldest; }));
            m_memory.keptBytes -= static_cast<std::int64_t>(oldest->size);
            c10::free_cpu(oldest->block);
            m_kept.erase(oldest);
        }
    }

    std::mutex m_mutex;
    std::unordered_map<void*, std::size_t> m_used;
    std::list<Kept> m_kept; ///< the one that waits longest first
    std::multimap<std::size_t, std::list<Kept>::iterator> m_bySize;
    TensorMemory m_memory;
};

/// Never destroyed: tensors of static lifetime give their blocks back last of all.
BlockKeeper& keeper()
{
    static auto* const instance = new BlockKeeper;
    return *instance;
}

void giveBack(void* block)
{
    if (block && !keeper().giveBack(block))
        c10::free_cpu(block);
}

class KeepingAllocator final : public at::Allocator {
public:
    // One of the two is what LibTorch calls, and newer ones call `copy_data` as well: which, its version
    // says.
    at::DataPtr allocate(std::size_t bytes) { return newBlock(bytes); }
    at::DataPtr allocate(std::size_t bytes) const { return newBlock(bytes); }
    void copy_data(void* to, const void* from, std::size_t count) const { std::memcpy(to, from, count); }

    at::DeleterFnPtr raw_deleter() const override { return &giveBack; }

private:
    static at::DataPtr newBlock(std::size_t bytes)
    {
        void* const block = bytes >= smallestKept ? keeper().take(bytes) : c10::alloc_cpu(bytes);
        return {block, block, &giveBack, at::Device(at::kCPU)};
    }
};

} // namespace

void keepTensorMemory()
{
    static std::once_flag once;
    std::call_once(once, [] {
        if (kernels::isOn(kernels::FastPath::Memory))
            c10::SetCPUAllocator(new KeepingAllocator, std::numeric_limits<std::uint8_t>::max());
    });
}

TensorMemory tensorMemory()
{
    return keeper().memory();
}

void resetPeakTensorMemory()
{
    keeper().resetPeak();
}

void releaseKeptTensorMemory()
{
    keeper().release();
}

} // namespace unfog

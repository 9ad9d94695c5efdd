#include "networks/kernels/tensor_memory.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "networks/kernels/kernels_switches.h"

namespace unfog {

namespace {

/// Smaller blocks come and go without the system's help.
constexpr std::size_t smallestKept = std::size_t{1} << 16;
/// What waits to be used again never raises the whole by more than this over what tensors needed at once at
/// their peak: before that, segments that waited longest go back.
constexpr std::size_t mostBeyondPeak = std::size_t{64} << 20;
constexpr std::size_t hugePage = std::size_t{1} << 21;
/// A free range is cut for a block of at least this share of it: so no small block holds a large segment.
constexpr std::size_t smallestShare = 8;

std::size_t roundedUp(std::size_t bytes, std::size_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

std::byte* fromSystem(std::size_t bytes)
{
    void* const block = c10::alloc_cpu(bytes);
#ifdef __linux__
    if (bytes >= 2 * hugePage) {
        const auto address = reinterpret_cast<std::uintptr_t>(block);
        const std::uintptr_t begin = roundedUp(address, hugePage);
        const std::uintptr_t end = (address + bytes) / hugePage * hugePage;
        // Only advice: whether it was taken changes nothing but the time.
        if (begin < end)
            // NOLINTNEXTLINE(performance-no-int-to-ptr): rounding an address goes through a number
            (void)madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
    }
#endif
    return static_cast<std::byte*>(block);
}

/// Segments of memory from the system, cut into used and free ranges; neighbours that are free become one.
class BlockKeeper final {
public:
    void* take(std::size_t bytes)
    {
        const std::size_t size = roundedUp(bytes, 4096);
        {
            const std::lock_guard lock(m_mutex);
            const std::size_t needed = static_cast<std::size_t>(m_memory.inUseBytes) + size;
            TORCH_CHECK(m_limit == 0 || needed <= m_limit, "not enough memory: tensors would need ", needed,
                        " bytes at once, allowed are ", m_limit);
            m_highestUse = std::max(m_highestUse, needed);
            if (void* const block = takeFree(size))
                return block;
            ++m_memory.systemRequests;
            releaseDownTo(m_highestUse + mostBeyondPeak - needed);
        }
        std::byte* const begin = fresh(size);
        const std::lock_guard lock(m_mutex);
        m_segments.push_back({begin, size});
        return use(begin, size, std::prev(m_segments.end()));
    }

    /// False for a block that is not of this keeper.
    bool giveBack(void* block)
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_used.find(static_cast<std::byte*>(block));
        if (found == m_used.end())
            return false;
        const auto [size, segment] = found->second;
        m_used.erase(found);
        m_memory.inUseBytes -= static_cast<std::int64_t>(size);
        segment->usedBytes -= size;
        if (segment->usedBytes == 0)
            m_segments.splice(m_segments.end(), m_segments, segment);
        addFree(static_cast<std::byte*>(block), size, segment);
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

    void limit(std::size_t bytes)
    {
        const std::lock_guard lock(m_mutex);
        m_limit = bytes;
    }

    void release()
    {
        const std::lock_guard lock(m_mutex);
        releaseDownTo(0);
        m_highestUse = static_cast<std::size_t>(m_memory.inUseBytes);
    }

private:
    struct Segment {
        std::byte* begin;
        std::size_t size;
        std::size_t usedBytes = 0;
    };
    using Segments = std::list<Segment>;
    struct Range {
        std::size_t size;
        Segments::iterator segment;
    };
    using FreeRanges = std::map<std::byte*, Range>;

    std::byte* fresh(std::size_t size)
    {
        try {
            return fromSystem(size);
        } catch (const c10::Error&) {
            release();
            return fromSystem(size);
        }
    }

    void* takeFree(std::size_t size)
    {
        const auto smallest = m_freeBySize.lower_bound({size, nullptr});
        if (smallest == m_freeBySize.end() || smallest->first / smallestShare > size)
            return nullptr;
        std::byte* const begin = smallest->second;
        const Range range = m_free.at(begin);
        removeFree(m_free.find(begin));
        if (range.size > size)
            addFree(begin + size, range.size - size, range.segment);
        return use(begin, size, range.segment);
    }

    void* use(std::byte* begin, std::size_t size, Segments::iterator segment)
    {
        m_used.emplace(begin, Range{size, segment});
        segment->usedBytes += size;
        m_memory.inUseBytes += static_cast<std::int64_t>(size);
        m_memory.peakBytes = std::max(m_memory.peakBytes, m_memory.inUseBytes);
        return begin;
    }

    void addFree(std::byte* begin, std::size_t size, Segments::iterator segment)
    {
        auto next = m_free.lower_bound(begin);
        if (next != m_free.end() && next->second.segment == segment && next->first == begin + size) {
            size += next->second.size;
            next = removeFree(next);
        }
        if (next != m_free.begin()) {
            const auto before = std::prev(next);
            if (before->second.segment == segment && before->first + before->second.size == begin) {
                begin = before->first;
                size += before->second.size;
                removeFree(before);
            }
        }
        m_free.emplace(begin, Range{size, segment});
        m_freeBySize.emplace(size, begin);
        m_memory.keptBytes += static_cast<std::int64_t>(size);
    }

    FreeRanges::iterator removeFree(FreeRanges::iterator range)
    {
        m_freeBySize.erase({range->second.size, range->first});
        m_memory.keptBytes -= static_cast<std::int64_t>(range->second.size);
        return m_free.erase(range);
    }

    /// As far as there are segments with nothing in them.
    void releaseDownTo(std::size_t bytes)
    {
        for (auto segment = m_segments.begin();
             segment != m_segments.end() && static_cast<std::size_t>(m_memory.keptBytes) > bytes;) {
            const auto idle = segment++;
            if (idle->usedBytes > 0)
                continue;
            removeFree(m_free.find(idle->begin));
            c10::free_cpu(idle->begin);
            m_segments.erase(idle);
        }
    }

    std::mutex m_mutex;
    Segments m_segments; ///< of those with nothing in them, the one that waits longest comes first
    std::unordered_map<std::byte*, Range> m_used;
    FreeRanges m_free;
    std::set<std::pair<std::size_t, std::byte*>> m_freeBySize;
    TensorMemory m_memory;
    std::size_t m_limit = 0;      ///< 0: none
    std::size_t m_highestUse = 0; ///< since the last release
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

void limitTensorMemory(std::int64_t bytes)
{
    keeper().limit(static_cast<std::size_t>(bytes));
}

void releaseKeptTensorMemory()
{
    keeper().release();
}

} // namespace unfog

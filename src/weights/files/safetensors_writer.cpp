#include "weights/files/safetensors_writer.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace unfog {
namespace {

tl::unexpected<Error> systemError(const std::filesystem::path& path, const std::string& what)
{
    return fail(ErrorKind::Io, path.string() + " cannot be " + what + ": " + std::strerror(errno));
}

// A file under a temporary name that disappears unless it is published.
class TemporaryFile final {
public:
    explicit TemporaryFile(const std::filesystem::path& target) : m_target(target)
    {
        static std::atomic<unsigned> counter{0};
        m_path = target;
        m_path += std::string(".")
                      .append(std::to_string(::getpid()))
                      .append("-")
                      .append(std::to_string(counter++)) +
                  ".part";
        m_descriptor = ::open(m_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    ~TemporaryFile()
    {
        if (m_descriptor < 0)
            return;
        ::close(m_descriptor);
        if (!m_published)
            ::unlink(m_path.c_str());
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    bool isOpen() const { return m_descriptor >= 0; }

    Result<void> write(std::span<const std::byte> bytes)
    {
        while (!bytes.empty()) {
            ssize_t count = ::write(m_descriptor, bytes.data(), bytes.size());
            if (count < 0 && errno == EINTR)
                continue;
            if (count <= 0)
                return systemError(m_target, "written");
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        }
        return {};
    }

    Result<void> publish()
    {
        if (::fsync(m_descriptor) || ::rename(m_path.c_str(), m_target.c_str()))
            return systemError(m_target, "written");
        m_published = true;
        // The new name itself must reach the disk; file systems that cannot do this say EINVAL.
        std::filesystem::path folder = m_target.has_parent_path() ? m_target.parent_path() : ".";
        int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (descriptor < 0)
            return systemError(folder, "opened");
        bool flushed = ::fsync(descriptor) == 0 || errno == EINVAL;
        ::close(descriptor);
        if (!flushed)
            return systemError(m_target, "flushed to the disk");
        return {};
    }

private:
    std::filesystem::path m_target;
    std::filesystem::path m_path;
    int m_descriptor = -1;
    bool m_published = false;
};

struct Layout {
    std::string header; ///< 8 + N bytes
    std::vector<const TensorsToWrite::value_type*> order;
};

Result<Layout> layOut(const std::filesystem::path& path, const TensorsToWrite& tensors,
                      const std::map<std::string, std::string>& metadata)
{
    Layout layout;
    for (const auto& entry : tensors)
        layout.order.push_back(&entry);
    std::stable_sort(layout.order.begin(), layout.order.end(), [](const auto* a, const auto* b) {
        return dtypeBits(a->second.dtype) > dtypeBits(b->second.dtype);
    });
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    if (!metadata.empty())
        json["__metadata__"] = metadata;
    std::uint64_t offset = 0;
    for (const auto* entry : layout.order) {
        const auto& [name, tensor] = *entry;
        std::uint64_t bits = static_cast<std::uint64_t>(dtypeBits(tensor.dtype));
        for (std::int64_t dimension : tensor.shape)
            bits *= static_cast<std::uint64_t>(dimension);
        if (bits != tensor.bytes.size() * 8)
            return fail(ErrorKind::InvalidRequest, path.string() + " cannot be written: tensor " +
                                                       quotedName(name) + " needs " +
                                                       std::to_string(bits / 8) + " bytes, given " +
                                                       std::to_string(tensor.bytes.size()));
        std::uint64_t end = offset + tensor.bytes.size();
        json[name] = {
            {"dtype", dtypeName(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
        offset = end;
    }
    std::string text;
    try {
        text = json.dump();
    } catch (const nlohmann::json::type_error&) {
        return fail(ErrorKind::InvalidRequest,
                    path.string() + " cannot be written: a tensor's name or a metadata text is not UTF-8");
    }
    text.resize((text.size() + 7) / 8 * 8, ' ');
    if (text.size() > kMaxSafetensorsHeaderBytes)
        return fail(ErrorKind::InvalidRequest, path.string() + " cannot be written: a header of " +
                                                   std::to_string(text.size()) + " bytes; the limit is " +
                                                   std::to_string(kMaxSafetensorsHeaderBytes));
    for (int i = 0; i < 8; ++i)
        layout.header.push_back(static_cast<char>(static_cast<std::uint64_t>(text.size()) >> (8 * i)));
    layout.header += text;
    return layout;
}

} // namespace

Result<void> writeSafetensors(const std::filesystem::path& path, const TensorsToWrite& tensors,
                              const std::map<std::string, std::string>& metadata)
{
    Result<Layout> layout = layOut(path, tensors, metadata);
    if (!layout)
        return tl::unexpected(layout.error());
    TemporaryFile file(path);
    if (!file.isOpen())
        return systemError(path, "created");
    Result<void> written = file.write(std::as_bytes(std::span(layout->header)));
    for (std::size_t i = 0; written && i < layout->order.size(); ++i)
        written = file.write(layout->order[i]->second.bytes);
    return written ? file.publish() : written;
}

} // namespace unfog

#include "trainer/networks/component_folder.h"

#include <cstdio>

#include "base/files/write_file.h"
#include "weights/files/tensor_io.h"

namespace unfog {

Result<void> writeComponent(const std::filesystem::path& folder, const std::string& configJson,
                            const std::string& baseName, const std::map<std::string, at::Tensor>& weights,
                            at::ScalarType dtype)
{
    if (auto made = makeFolder(folder); !made)
        return made;
    std::map<std::string, at::Tensor> stored;
    for (const auto& [name, values] : weights)
        stored.emplace(name, values.detach().to(at::kCPU, dtype).contiguous());
    if (auto written = writeTensors(folder / (baseName + ".safetensors"), stored, {{"format", "pt"}});
        !written)
        return written;
    return writeTextAtomically(folder / "config.json", configJson);
}

std::map<std::string, at::Tensor> withoutPrefix(const std::map<std::string, at::Tensor>& weights,
                                                const std::string& prefix)
{
    std::map<std::string, at::Tensor> chosen;
    for (const auto& [name, values] : weights)
        if (name.starts_with(prefix))
            chosen.emplace(name.substr(prefix.size()), values);
    return chosen;
}

std::string paddedStep(std::int64_t step)
{
    char text[32];
    std::snprintf(text, sizeof(text), "%06lld", static_cast<long long>(step));
    return text;
}

} // namespace unfog

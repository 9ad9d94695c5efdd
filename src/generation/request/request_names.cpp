#include "generation/request/request_fields.h"

#include <array>
#include <charconv>
#include <utility>

namespace unfog {
namespace {

constexpr int kMaxCards = 64;
constexpr std::array<std::pair<std::string_view, DeviceChoice>, 3> deviceNames = {
    {{"auto", DeviceChoice::Auto}, {"cpu", DeviceChoice::Cpu}, {"cuda", DeviceChoice::Cuda}}};
constexpr std::array<std::pair<std::string_view, Precision>, 4> precisionNames = {
    {{"auto", Precision::Auto},
     {"float32", Precision::Float32},
     {"float16", Precision::Float16},
     {"bfloat16", Precision::BFloat16}}};

template <class Names, class Value>
std::string_view nameIn(const Names& names, Value value)
{
    for (const auto& [name, known] : names)
        if (known == value)
            return name;
    return names.front().first;
}

template <class Value, class Names>
Result<Value> valueIn(const Names& names, const char* what, std::string_view name)
{
    std::string list;
    for (const auto& [known, value] : names) {
        if (known == name)
            return value;
        list += (list.empty() ? "" : ", ") + std::string(known);
    }
    return fail(ErrorKind::InvalidRequest,
                "unknown " + std::string(what) + " \"" + std::string(name) + "\"; known are " + list);
}

} // namespace

std::string nameOf(DeviceChoice device)
{
    if (device.kind == DeviceChoice::Kind::Cuda && device.card > 0)
        return "cuda:" + std::to_string(device.card);
    return std::string(nameIn(deviceNames, device));
}

std::string_view nameOf(Precision precision)
{
    return nameIn(precisionNames, precision);
}

Result<DeviceChoice> parseDevice(std::string_view name)
{
    if (constexpr std::string_view prefix = "cuda:"; name.starts_with(prefix)) {
        DeviceChoice device = DeviceChoice::Cuda;
        const char* const end = name.data() + name.size();
        const auto [next, error] = std::from_chars(name.data() + prefix.size(), end, device.card);
        if (error == std::errc() && next == end && device.card >= 0 && device.card < kMaxCards)
            return device;
    }
    return valueIn<DeviceChoice>(deviceNames, "device", name);
}

Result<Precision> parsePrecision(std::string_view name)
{
    return valueIn<Precision>(precisionNames, "precision", name);
}

} // namespace unfog

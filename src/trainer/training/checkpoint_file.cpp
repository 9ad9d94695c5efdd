#include "trainer/training/checkpoint_file.h"

#include <charconv>

#include "weights/files/safetensors_file.h"
#include "weights/files/tensor_io.h"

namespace unfog {

namespace {

/// Seconds as text that reads back to the same bits.
std::string exactText(double value)
{
    char text[64];
    const auto end = std::to_chars(text, text + sizeof(text), value);
    return {text, end.ptr};
}

tl::unexpected<Error> noCheckpoint(const std::filesystem::path& file, const std::string& what)
{
    return fail(ErrorKind::BadFile, file.string() + " is no checkpoint of unfog-train: " + what);
}

} // namespace

std::filesystem::path checkpointFile(const std::filesystem::path& folder)
{
    return folder / "checkpoint.safetensors";
}

Result<void> writeCheckpoint(const std::filesystem::path& folder, const CheckpointInfo& info,
                             const TrainingState& state)
{
    return writeTensors(checkpointFile(folder), state.tensors(),
                        {{"unfog_checkpoint", "1"},
                         {"kind", info.kind},
                         {"step", std::to_string(state.step)},
                         {"seconds", exactText(state.seconds)},
                         {"settings", info.settings.dump()}});
}

Result<CheckpointInfo> readCheckpointInfo(const std::filesystem::path& folder)
{
    const std::filesystem::path file = checkpointFile(folder);
    auto opened = SafetensorsFile::open(file);
    if (!opened)
        return tl::unexpected(opened.error());
    const auto& metadata = (*opened)->metadata();
    for (const char* key : {"unfog_checkpoint", "kind", "step", "seconds", "settings"})
        if (!metadata.contains(key))
            return noCheckpoint(file, std::string("its metadata lacks \"") + key + "\"");
    CheckpointInfo info;
    info.kind = metadata.at("kind");
    const std::string &step = metadata.at("step"), &seconds = metadata.at("seconds");
    const auto stepRead = std::from_chars(step.data(), step.data() + step.size(), info.step);
    const auto secondsRead = std::from_chars(seconds.data(), seconds.data() + seconds.size(), info.seconds);
    if (stepRead.ec != std::errc{} || secondsRead.ec != std::errc{} || info.step < 0)
        return noCheckpoint(file, "step \"" + step + "\", seconds \"" + seconds + "\"");
    info.settings = nlohmann::ordered_json::parse(metadata.at("settings"), nullptr, false);
    if (!info.settings.is_object())
        return noCheckpoint(file, "its settings are not JSON");
    return info;
}

Result<void> readCheckpointInto(const std::filesystem::path& folder, TrainingState& state)
{
    const auto info = readCheckpointInfo(folder);
    if (!info)
        return tl::unexpected(info.error());
    const auto tensors = readTensors(checkpointFile(folder));
    if (!tensors)
        return tl::unexpected(tensors.error());
    return state.restore(*tensors, info->step, info->seconds);
}

Result<bool> resumeRun(const std::filesystem::path& folder, const CheckpointInfo& now, TrainingState& state)
{
    std::error_code ignored;
    if (!std::filesystem::exists(checkpointFile(folder), ignored))
        return false;
    const auto then = readCheckpointInfo(folder);
    if (!then)
        return tl::unexpected(then.error());
    if (then->kind != now.kind)
        return fail(ErrorKind::InvalidRequest, folder.string() + " holds a run of kind " + then->kind +
                                                   ", not " + now.kind + "; choose another folder.");
    for (const auto& [key, value] : now.settings.items())
        if (!then->settings.contains(key) || then->settings[key] != value)
            return fail(ErrorKind::InvalidRequest,
                        folder.string() + " holds a run with another \"" + key +
                            "\": " + (then->settings.contains(key) ? then->settings[key].dump() : "none") +
                            ", now " + value.dump() + "; choose another folder or the same settings.");
    if (auto restored = readCheckpointInto(folder, state); !restored)
        return tl::unexpected(restored.error());
    return true;
}

} // namespace unfog

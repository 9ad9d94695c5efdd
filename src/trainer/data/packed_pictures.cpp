#include "trainer/data/packed_pictures.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <thread>

#include <nlohmann/json.hpp>

#include "weights/files/safetensors_writer.h"

namespace unfog {

namespace {

constexpr std::uint64_t kPicturesPerRound = 1024;
constexpr std::size_t kLabels = 4;

std::string sizeText(int widthPx, int heightPx)
{
    return std::to_string(widthPx) + " x " + std::to_string(heightPx);
}

void toPlanes(const std::vector<std::uint8_t>& rgb, std::uint8_t* planes)
{
    const std::size_t pixels = rgb.size() / 3;
    for (std::size_t i = 0; i < pixels; ++i) {
        for (std::size_t c = 0; c < 3; ++c)
            planes[c * pixels + i] = rgb[3 * i + c];
    }
}

void fromPlanes(const std::vector<std::uint8_t>& planes, std::vector<std::uint8_t>& rgb)
{
    const std::size_t pixels = planes.size() / 3;
    rgb.resize(planes.size());
    for (std::size_t i = 0; i < pixels; ++i) {
        for (std::size_t c = 0; c < 3; ++c)
            rgb[3 * i + c] = planes[c * pixels + i];
    }
}

/// One pack while it is being filled; threads write to different pictures.
struct Pack {
    int widthPx = 0;
    int heightPx = 0;
    std::vector<std::uint8_t> pictures;
    std::vector<std::int32_t> labels;
    std::vector<std::vector<std::string>> captions;

    std::size_t pictureBytes() const
    {
        return 3 * static_cast<std::size_t>(widthPx) * static_cast<std::size_t>(heightPx);
    }
};

Result<void> packOne(const PictureSource& source, const PackOptions& options, std::uint64_t place, Pack& pack)
{
    const std::uint64_t index = options.first + place;
    const auto picture = source.picture(index);
    if (!picture)
        return tl::unexpected(picture.error());
    if (picture->widthPx != pack.widthPx || picture->heightPx != pack.heightPx) {
        return fail(ErrorKind::InvalidRequest,
                    "Image " + std::to_string(index) + " has " +
                        sizeText(picture->widthPx, picture->heightPx) + " pixels, the first has " +
                        sizeText(pack.widthPx, pack.heightPx) + "; a pack holds one size");
    }
    toPlanes(picture->rgb, pack.pictures.data() + place * pack.pictureBytes());
    const std::array<int, kLabels> labels{picture->object, picture->background, picture->style,
                                          picture->secondObject};
    std::copy(labels.begin(), labels.end(),
              pack.labels.begin() + static_cast<std::ptrdiff_t>(place * kLabels));
    for (int wording = 0; wording < options.wordings; ++wording) {
        auto caption = source.caption(index, static_cast<std::uint64_t>(wording));
        if (!caption)
            return tl::unexpected(caption.error());
        pack.captions[place].push_back(std::move(*caption));
    }
    return {};
}

/// Pictures begin … end − 1 by `threads` threads; the error of the earliest one that fails.
Result<void> packRange(const PictureSource& source, const PackOptions& options, std::uint64_t begin,
                       std::uint64_t end, unsigned threads, Pack& pack)
{
    std::atomic<std::uint64_t> next{begin};
    std::mutex mutex;
    std::optional<std::pair<std::uint64_t, Error>> firstError;
    const auto work = [&] {
        for (std::uint64_t place = next++; place < end; place = next++) {
            const auto packed = packOne(source, options, place, pack);
            if (packed)
                continue;
            const std::lock_guard lock(mutex);
            if (!firstError || place < firstError->first)
                firstError.emplace(place, packed.error());
        }
    };
    {
        std::vector<std::jthread> helpers;
        for (unsigned i = 1; i < threads; ++i)
            helpers.emplace_back(work);
        work();
    }
    if (firstError)
        return tl::unexpected(firstError->second);
    return {};
}

Result<std::vector<std::string>> namesIn(const SafetensorsFile& file, const std::string& key)
{
    const auto found = file.metadata().find(key);
    if (found == file.metadata().end())
        return std::vector<std::string>{};
    const nlohmann::json list = nlohmann::json::parse(found->second, nullptr, false);
    const bool isList = list.is_array() && std::all_of(list.begin(), list.end(),
                                                       [](const auto& name) { return name.is_string(); });
    if (!isList)
        return fail(ErrorKind::BadFile, file.path().string() + ": \"" + key + "\" is no list of names");
    return list.get<std::vector<std::string>>();
}

template <class T>
Result<std::vector<T>> wholeTensor(const SafetensorsFile& file, const TensorInfo& info)
{
    std::vector<T> values(info.byteCount / sizeof(T));
    if (const auto read = file.read(info, 0, std::as_writable_bytes(std::span(values))); !read)
        return tl::unexpected(read.error());
    return values;
}

} // namespace

Result<void> writePackedPictures(const std::filesystem::path& file, const PictureSource& source,
                                 const PackOptions& options)
{
    std::uint64_t count = options.count;
    if (source.size() != 0) {
        const std::uint64_t left = source.size() - std::min(source.size(), options.first);
        if (count > left) {
            return fail(ErrorKind::InvalidRequest, std::to_string(count) + " images are asked for, " +
                                                       std::to_string(left) + " are there");
        }
        count = count == 0 ? left : count;
    }
    if (count == 0 || options.wordings < 1 || options.wordings > 64)
        return fail(ErrorKind::InvalidRequest, "A pack needs images, and 1 to 64 wordings of each");

    const auto first = source.picture(options.first);
    if (!first)
        return tl::unexpected(first.error());
    Pack pack;
    pack.widthPx = first->widthPx;
    pack.heightPx = first->heightPx;
    pack.pictures.resize(count * pack.pictureBytes());
    pack.labels.resize(count * kLabels);
    pack.captions.resize(count);
    const unsigned threads = options.threads > 0 ? static_cast<unsigned>(options.threads)
                                                 : std::max(1U, std::thread::hardware_concurrency());
    for (std::uint64_t begin = 0; begin < count; begin += kPicturesPerRound) {
        const std::uint64_t end = std::min(count, begin + kPicturesPerRound);
        if (auto packed = packRange(source, options, begin, end, threads, pack); !packed)
            return packed;
        if (options.progress && !options.progress(end, count))
            return fail(ErrorKind::Cancelled, "Packing was stopped");
    }

    std::string captions;
    std::vector<std::int64_t> offsets{0};
    for (const auto& wordings : pack.captions) {
        for (const std::string& caption : wordings) {
            captions += caption;
            offsets.push_back(static_cast<std::int64_t>(captions.size()));
        }
    }
    std::map<std::string, std::string> metadata = options.metadata;
    metadata["format"] = "unfog pictures 1";
    metadata["objects"] = nlohmann::json(source.objects()).dump();
    metadata["backgrounds"] = nlohmann::json(source.backgrounds()).dump();
    metadata["styles"] = nlohmann::json(source.styles()).dump();
    const auto n = static_cast<std::int64_t>(count);
    const TensorsToWrite tensors{
        {"pictures",
         {Dtype::U8, {n, 3, pack.heightPx, pack.widthPx}, std::as_bytes(std::span(pack.pictures))}},
        {"labels",
         {Dtype::I32, {n, static_cast<std::int64_t>(kLabels)}, std::as_bytes(std::span(pack.labels))}},
        {"captions",
         {Dtype::U8, {static_cast<std::int64_t>(captions.size())}, std::as_bytes(std::span(captions))}},
        {"caption_offsets",
         {Dtype::I64, {static_cast<std::int64_t>(offsets.size())}, std::as_bytes(std::span(offsets))}},
    };
    return writeSafetensors(file, tensors, metadata);
}

Result<std::unique_ptr<PackedPictures>> PackedPictures::open(const std::filesystem::path& file)
{
    auto opened = SafetensorsFile::open(file);
    if (!opened)
        return tl::unexpected(opened.error());
    std::unique_ptr<PackedPictures> pictures(new PackedPictures);
    pictures->m_file = std::move(*opened);
    if (const auto read = pictures->readTables(); !read)
        return tl::unexpected(read.error());
    return pictures;
}

Result<void> PackedPictures::readTables()
{
    const std::string where = m_file->path().string();
    const auto tensorOf = [&](const char* name, Dtype dtype, std::size_t rank) -> Result<const TensorInfo*> {
        const TensorInfo* info = m_file->find(name);
        if (!info || info->dtype != dtype || info->shape.size() != rank) {
            return fail(ErrorKind::BadFile, where + " is no pack of images: it needs " + name + " as " +
                                                std::string(dtypeName(dtype)) + " of " +
                                                std::to_string(rank) + " dimensions");
        }
        return info;
    };
    const auto pictures = tensorOf("pictures", Dtype::U8, 4);
    const auto labels = tensorOf("labels", Dtype::I32, 2);
    const auto captions = tensorOf("captions", Dtype::U8, 1);
    const auto offsets = tensorOf("caption_offsets", Dtype::I64, 1);
    for (const auto* tensor : {&pictures, &labels, &captions, &offsets}) {
        if (!*tensor)
            return tl::unexpected(tensor->error());
    }

    const std::vector<std::int64_t>& shape = (*pictures)->shape;
    const std::int64_t entries = (*offsets)->shape[0] - 1;
    const bool fits = shape[0] > 0 && shape[1] == 3 && shape[2] > 0 && shape[2] <= 65536 && shape[3] > 0 &&
                      shape[3] <= 65536 && (*labels)->shape[0] == shape[0] &&
                      (*labels)->shape[1] == static_cast<std::int64_t>(kLabels) && entries > 0 &&
                      entries % shape[0] == 0;
    if (!fits)
        return fail(ErrorKind::BadFile, where + ": the shapes of its tensors do not belong together");
    m_count = static_cast<std::uint64_t>(shape[0]);
    m_heightPx = static_cast<int>(shape[2]);
    m_widthPx = static_cast<int>(shape[3]);
    m_wordings = static_cast<std::uint64_t>(entries / shape[0]);

    auto labelValues = wholeTensor<std::int32_t>(*m_file, **labels);
    auto offsetValues = wholeTensor<std::int64_t>(*m_file, **offsets);
    auto captionBytes = wholeTensor<char>(*m_file, **captions);
    if (!labelValues)
        return tl::unexpected(labelValues.error());
    if (!offsetValues)
        return tl::unexpected(offsetValues.error());
    if (!captionBytes)
        return tl::unexpected(captionBytes.error());
    m_labels = std::move(*labelValues);
    m_captionOffsets = std::move(*offsetValues);
    m_captions.assign(captionBytes->begin(), captionBytes->end());
    if (!std::is_sorted(m_captionOffsets.begin(), m_captionOffsets.end()) || m_captionOffsets.front() != 0 ||
        m_captionOffsets.back() != static_cast<std::int64_t>(m_captions.size()))
        return fail(ErrorKind::BadFile, where + ": caption_offsets do not cut the captions in order");

    for (const auto& [key, into] :
         {std::pair{"objects", &m_objects}, {"backgrounds", &m_backgrounds}, {"styles", &m_styles}}) {
        auto names = namesIn(*m_file, key);
        if (!names)
            return tl::unexpected(names.error());
        *into = std::move(*names);
    }
    const std::array<std::size_t, kLabels> classes{m_objects.size(), m_backgrounds.size(), m_styles.size(),
                                                   m_objects.size()};
    for (std::size_t i = 0; i < m_labels.size(); ++i) {
        if (m_labels[i] < -1 || m_labels[i] >= static_cast<std::int64_t>(classes[i % kLabels])) {
            return fail(ErrorKind::BadFile,
                        where + ": image " + std::to_string(i / kLabels) +
                            " has a label without a name: " + std::to_string(m_labels[i]));
        }
    }
    return {};
}

Result<void> PackedPictures::checkIndex(std::uint64_t index) const
{
    if (index >= m_count) {
        return fail(ErrorKind::InvalidRequest, m_file->path().string() + " has " + std::to_string(m_count) +
                                                   " images, no image " + std::to_string(index));
    }
    return {};
}

Result<TrainingPicture> PackedPictures::picture(std::uint64_t index) const
{
    auto words = caption(index, 0);
    if (!words)
        return tl::unexpected(words.error());
    TrainingPicture picture;
    picture.widthPx = m_widthPx;
    picture.heightPx = m_heightPx;
    std::vector<std::uint8_t> planes(3 * static_cast<std::size_t>(m_widthPx) *
                                     static_cast<std::size_t>(m_heightPx));
    const auto read = m_file->read(*m_file->find("pictures"), index * planes.size(),
                                   std::as_writable_bytes(std::span(planes)));
    if (!read)
        return tl::unexpected(read.error());
    fromPlanes(planes, picture.rgb);
    picture.caption = std::move(*words);
    const std::int32_t* labels = m_labels.data() + index * kLabels;
    picture.object = labels[0];
    picture.background = labels[1];
    picture.style = labels[2];
    picture.secondObject = labels[3];
    return picture;
}

Result<std::string> PackedPictures::caption(std::uint64_t index, std::uint64_t variation) const
{
    if (const auto checked = checkIndex(index); !checked)
        return tl::unexpected(checked.error());
    const std::size_t entry = index * m_wordings + variation % m_wordings;
    const auto begin = static_cast<std::size_t>(m_captionOffsets[entry]);
    return m_captions.substr(begin, static_cast<std::size_t>(m_captionOffsets[entry + 1]) - begin);
}

} // namespace unfog

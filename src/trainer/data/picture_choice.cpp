#include "trainer/data/picture_choice.h"

#include <fstream>

#include "trainer/data/packed_pictures.h"
#if UNFOG_TRAINING_PICTURES
#include "training_pictures/folder_pictures.h"
#include "training_pictures/starter_pictures.h"
#endif

namespace unfog {

namespace {

template <class Source>
Result<std::unique_ptr<PictureSource>> asSource(Result<std::unique_ptr<Source>> opened)
{
    if (!opened)
        return tl::unexpected(opened.error());
    return std::unique_ptr<PictureSource>(std::move(*opened));
}

#if UNFOG_TRAINING_PICTURES
Result<std::vector<std::string>> readLines(const std::string& path)
{
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        if (line.ends_with('\r'))
            line.pop_back();
        if (!line.empty())
            lines.push_back(line);
    }
    if (lines.empty())
        return fail(ErrorKind::BadFile,
                    path + " cannot be read or is empty; expected a name of an object a line.");
    return lines;
}
#endif

} // namespace

Result<std::unique_ptr<PictureSource>> openPictures(const PictureChoice& choice)
{
    if (!choice.packed.empty() && !choice.folder.empty())
        return fail(ErrorKind::InvalidRequest, "--packed and --folder were both given; training takes one.");
    if (!choice.packed.empty())
        return asSource(PackedPictures::open(choice.packed));
#if UNFOG_TRAINING_PICTURES
    if (!choice.folder.empty())
        return asSource(FolderPictures::open(choice.folder, choice.sizePx));
    StarterPicturesOptions options;
    options.seed = choice.seed;
    options.sizePx = choice.sizePx;
    options.split = choice.split == PictureSplit::Training  ? CombinationSplit::Training
                    : choice.split == PictureSplit::HeldOut ? CombinationSplit::HeldOut
                                                            : CombinationSplit::All;
    if (!choice.objects.empty()) {
        auto names = readLines(choice.objects);
        if (!names)
            return tl::unexpected(names.error());
        options.only = std::move(*names);
    }
    return asSource(StarterPictures::open(options));
#else
    return fail(
        ErrorKind::Unsupported,
        "This build draws no images and reads no image files (engine only): make a packed file with the "
        "full build, `unfog-train dataset starter --output FILE`, and give it with --packed FILE.");
#endif
}

} // namespace unfog

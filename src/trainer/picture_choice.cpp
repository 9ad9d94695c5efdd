#include "trainer/picture_choice.h"

#include "trainer/packed_pictures.h"
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
    return asSource(StarterPictures::open(options));
#else
    return fail(
        ErrorKind::Unsupported,
        "This build draws no pictures and reads no picture files (engine only): make a packed file with the "
        "full build, `unfog-train dataset starter --output FILE`, and give it with --packed FILE.");
#endif
}

} // namespace unfog

// Writes a gallery of tiny pictures with full metadata, to see how the studio bears many of them.
//   unfog-make-gallery FOLDER COUNT
// A studio opened with `unfog --home HOME` looks for them in HOME/pictures.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "image_files/metadata/picture_metadata.h"
#include "studio_support/fake_engine.h"
#include "studio_support/sample_pictures.h"

using namespace unfog;

namespace {

constexpr int kPerDay = 500;
constexpr int kSidePx = 16;

std::string promptOf(int number)
{
    static const char* const subjects[] = {"a fox",          "an owl",  "a castle",
                                           "a misty forest", "a robot", "a red apple"};
    static const char* const places[] = {"in the snow", "by the sea", "at night", "on a blue background"};
    static const char* const styles[] = {"oil painting", "pencil sketch", "pixel art", "watercolour",
                                         "photograph"};
    std::string prompt = subjects[number % 6];
    prompt += ' ';
    prompt += places[number / 6 % 4];
    prompt += ", ";
    prompt += styles[number / 24 % 5];
    return number % 1000 == 0 ? prompt + ", zeppelin" : prompt;
}

} // namespace

int main(int argc, char** argv)
{
    const int count = argc == 3 ? std::atoi(argv[2]) : 0;
    if (count < 1) {
        std::fprintf(stderr, "usage: unfog-make-gallery FOLDER COUNT\n");
        return 2;
    }
    const std::filesystem::path root = argv[1];
    for (int number = 0; number < count; ++number) {
        char name[64];
        std::snprintf(name, sizeof name, "day-%04d/%06d.png", number / kPerDay, number);
        const std::filesystem::path file = root / name;
        if (number % kPerDay == 0)
            std::filesystem::create_directories(file.parent_path());
        GenerationRequest request = test::sampleRequest(promptOf(number), static_cast<std::uint64_t>(number));
        request.canvas.widthPx = request.canvas.heightPx = kSidePx;
        const GeneratedImage image = test::fakeImage(request);
        const auto bytes = encodePicture(image.pixels, {image.request, image.provenance});
        std::ofstream stream(file, std::ios::binary);
        if (!bytes || !stream.write(reinterpret_cast<const char*>(bytes->data()),
                                    static_cast<std::streamsize>(bytes->size()))) {
            std::fprintf(stderr, "%s could not be written\n", file.c_str());
            return 1;
        }
    }
    std::printf("%d pictures in %s\n", count, root.c_str());
    return 0;
}

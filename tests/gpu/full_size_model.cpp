// Writes a single file in the layout of Stable Diffusion 1.5 whose weights are a hole in the file: 2 GB that
// take no room on the disk. Its images are grey; its memory and its speed are those of the real one.
//   full_size_model FILE
#include <cstdio>
#include <cstdlib>

#include "weights/single_files.h"

int main(int count, char** words)
{
    using namespace unfog::testing;
    if (count != 2) {
        std::fprintf(stderr, "Usage: full_size_model FILE\n");
        return 2;
    }
    Shapes all = ldmUnetShapes({}, "model.diffusion_model.");
    all.merge(ldmVaeShapes("first_stage_model."));
    all.merge(clipTextShapes(768, 12, "cond_stage_model.transformer.text_model."));
    writeSparseFile(words[1], all);
    return EXIT_SUCCESS;
}

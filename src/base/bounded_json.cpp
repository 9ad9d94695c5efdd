#include "base/bounded_json.h"

#include <algorithm>

namespace unfog {

std::size_t jsonDepth(std::string_view text)
{
    std::size_t depth = 0;
    std::size_t deepest = 0;
    bool isInString = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char byte = text[i];
        if (isInString && byte == '\\')
            ++i;
        else if (byte == '"')
            isInString = !isInString;
        else if (isInString)
            continue;
        else if (byte == '[' || byte == '{')
            deepest = std::max(deepest, ++depth);
        else if ((byte == ']' || byte == '}') && depth > 0)
            --depth;
    }
    return deepest;
}

} // namespace unfog

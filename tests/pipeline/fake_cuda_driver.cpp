// Stands for libcuda.so.1 in tests: answers as the environment says.
//   UNFOG_FAKE_CUDA=13020       newest CUDA that it serves
//   UNFOG_FAKE_INIT=0           what cuInit answers
//   UNFOG_FAKE_CARDS=name,major,minor,bytes;…
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Card {
    std::string name;
    int major = 0;
    int minor = 0;
    std::size_t bytes = 0;
};

int number(const char* name, int otherwise)
{
    const char* const text = std::getenv(name);
    return text != nullptr ? std::atoi(text) : otherwise;
}

std::vector<Card> cards()
{
    std::vector<Card> found;
    const char* const text = std::getenv("UNFOG_FAKE_CARDS");
    std::istringstream list(text != nullptr ? text : "");
    for (std::string entry; std::getline(list, entry, ';');) {
        std::istringstream fields(entry);
        Card card;
        char comma = 0;
        std::getline(fields, card.name, ',');
        fields >> card.major >> comma >> card.minor >> comma >> card.bytes;
        found.push_back(card);
    }
    return found;
}

} // namespace

extern "C" {

int cuDriverGetVersion(int* version)
{
    *version = number("UNFOG_FAKE_CUDA", 13020);
    return 0;
}

int cuInit(unsigned int)
{
    return number("UNFOG_FAKE_INIT", 0);
}

int cuGetErrorName(int, const char** name)
{
    *name = "CUDA_ERROR_FAKE";
    return 0;
}

int cuDeviceGetCount(int* count)
{
    *count = static_cast<int>(cards().size());
    return 0;
}

int cuDeviceGet(int* device, int index)
{
    *device = index;
    return 0;
}

int cuDeviceGetName(char* name, int length, int device)
{
    std::strncpy(name, cards()[static_cast<std::size_t>(device)].name.c_str(),
                 static_cast<std::size_t>(length) - 1);
    return 0;
}

int cuDeviceGetAttribute(int* value, int attribute, int device)
{
    const Card card = cards()[static_cast<std::size_t>(device)];
    *value = attribute == 75 ? card.major : card.minor;
    return 0;
}

int cuDeviceTotalMem_v2(std::size_t* bytes, int device)
{
    *bytes = cards()[static_cast<std::size_t>(device)].bytes;
    return 0;
}
}

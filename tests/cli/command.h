#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// Runs the real unfog-cli and keeps what it said.
namespace unfog::testing {

struct Said {
    int exitCode = -1;
    std::string out;
    std::string err;
};

/// What a person may do around the command line.
struct Around {
    std::vector<std::string> environment = {}; ///< "NAME=value", beside the test's own
    std::string outFile = {};                  ///< standard output goes to this file instead of into `Said`
    bool outClosed = false;                    ///< `>&-`
    bool readerGone = false;                   ///< of the pipe that is standard output, as after `| head -0`
    std::uint64_t fileBytesLimit = 0;          ///< `ulimit -f`, in bytes; 0 = none
};

Said runCli(const std::vector<std::string>& arguments, const Around& around = {});
/// Another program of the build, "unfog-train".
Said runProgram(const std::string& program, const std::vector<std::string>& arguments,
                const Around& around = {});

/// As `runCli`; sends SIGINT as soon as `trigger` stands on stderr. A run that says it never is told by the
/// exit code.
Said interruptCli(const std::vector<std::string>& arguments, const std::string& trigger);

/// A folder of its own that goes with the object.
class TemporaryFolder final {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return m_path; }
    std::string operator/(const std::string& name) const { return (m_path / name).string(); }
    /// Names of all that lies in it, sorted.
    std::vector<std::string> names() const;

private:
    std::filesystem::path m_path;
};

/// A small recorded model.
inline const std::string kModel = UNFOG_REFERENCE_DIR "/models/tiny-sd15";

/// The arguments of a run of two steps with it.
std::vector<std::string> quick(const std::string& output, std::vector<std::string> more = {});

} // namespace unfog::testing

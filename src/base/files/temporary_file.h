#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "base/result.h"

/// The one way in which whole files come to be: written under a name of their own, then renamed.
namespace unfog {

/// A new file `.unfog-NUMBER.part`, locked (flock) as long as the object lives and removed with it unless it
/// was renamed. The lock tells removeStaleParts() of this and other processes that somebody is still writing.
class TemporaryFile final {
public:
    static Result<TemporaryFile> create(const std::filesystem::path& folder);

    TemporaryFile(TemporaryFile&& other) noexcept;
    TemporaryFile& operator=(TemporaryFile&&) = delete;
    ~TemporaryFile();

    /// Writes and synchronises to the disk. 0 or errno.
    int write(std::span<const std::byte> bytes);

    /// Takes the place of `target`. 0 or errno.
    int renameTo(const std::filesystem::path& target);

    /// 0 or errno; EEXIST when something of that name is there, a link that leads nowhere too.
    int renameWithoutReplacing(const std::filesystem::path& target);

private:
    TemporaryFile(std::filesystem::path path, int descriptor);
    bool lock();
    int close();

    std::filesystem::path m_path;
    int m_descriptor = -1;
    int m_lock = -1; ///< the same open file: holds the lock until the file has its name
    bool m_exists = true;
};

/// Why a file of `neededBytes` could not be written into `folder`: a clause for a sentence, with the space
/// there is where the disk is full.
std::string describeWriteFailure(const std::filesystem::path& folder, std::size_t neededBytes, int error);

/// The folder that `file` lies in, "." for a bare name.
std::filesystem::path folderOf(const std::filesystem::path& file);

/// Makes a new name durable. The file itself is safe already, so a file system that cannot do it is no error.
void synchronizeFolder(const std::filesystem::path& folder);

/// Removes the files `.unfog-*.part` in `folder`, and with `recursive` in the folders below it (links are not
/// followed), that a program of ours left when it was ended by force: regular files of this user that nobody
/// has locked; on a file system without locks, those older than a day. Says nothing: what cannot be removed
/// stays. Any thread.
void removeStaleParts(const std::filesystem::path& folder, bool recursive = false);

} // namespace unfog

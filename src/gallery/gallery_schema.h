#pragma once

#include <functional>

#include <QString>

#include "base/result.h"

/// Making the index file usable before it is used: numbered scripts, backup, garbage aside.
namespace unfog {

/// The schema this program writes: the number of the last script in :/unfog/gallery/schema.
int newestGallerySchema();

enum class IndexState {
    Ready,
    Absent, ///< not there, or empty
    Older,
    Newer,   ///< of a later version of the program
    Garbage, ///< no database, a damaged one, or one of another program
};

/// Reads only. An error when the file cannot be looked at (rights, a lock).
Result<IndexState> inspectIndex(const QString& file);

struct PreparedIndex {
    bool isNew = false; ///< created, or migrated from a version that did not know all: read the files again
    QString notice;     ///< one sentence when something was moved aside or migrated; "" = nothing
};

/// Makes the file usable: creates it (and its folder), or backs an older one up (".backup-vN") and migrates
/// it in one transaction, or moves garbage aside (".corrupt-DATE", with -wal and -shm) and creates it anew. A
/// newer version is refused and left as it is. `faultAt` is for tests: called with 0, 1, … before each
/// statement, true = fail there.
Result<PreparedIndex> prepareIndex(const QString& file, const std::function<bool(int)>& faultAt = {});

/// Moves a damaged file aside, whatever is wrong with it, and creates it anew; the notice says so.
Result<PreparedIndex> replaceIndex(const QString& file);

/// file → file.corrupt-DATE, its -wal and -shm with it. Returns the new name.
Result<QString> moveIndexAside(const QString& file);

} // namespace unfog

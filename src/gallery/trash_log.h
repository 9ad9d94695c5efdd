#pragma once

#include <QByteArray>
#include <QList>

#include "gallery/gallery_store.h"

/// What was moved to the trash, so that it can be brought back after a restart too.
namespace unfog {

/// Moves kept; older ones leave the file.
inline constexpr int kMaxTrashMoves = 100;

/// One JSON object; each list is what went at once, the last move last.
QByteArray trashLogBytes(const QList<QList<TrashedPicture>>& moves);
/// BadFile for anything else than such an object. What cannot be brought back, because its file was emptied
/// from the trash, is left out.
Result<QList<QList<TrashedPicture>>> parseTrashLog(const QByteArray& bytes);

} // namespace unfog

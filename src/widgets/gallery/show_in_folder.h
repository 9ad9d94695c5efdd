#pragma once

#include <QString>

class QObject;

namespace unfog {

/// Opens the file manager with this file selected (org.freedesktop.FileManager1), or, where no file manager
/// answers to that, the file's folder. Returns at once; `context` as in connect().
void showInFolder(const QString& file, QObject* context);

} // namespace unfog

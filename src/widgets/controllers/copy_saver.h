#pragma once

#include <QObject>

#include "widgets/window/window_parts.h"

namespace unfog {

class NoticeBar;
class TaskThread;

/// "Save a copy", and the one notice that says where images go by themselves. GUI thread.
class CopySaver final : public QObject {
    Q_OBJECT
public:
    CopySaver(WindowParts& parts, NoticeBar& notices, TaskThread& background, QWidget* window);

    /// Asks for a place and a format. `entryId` 0: there is nothing to copy, and why is said; `isLive`:
    /// because the image on the canvas is one of live mode.
    void askAndSave(PictureId entryId, bool isLive);

private:
    void write(const QString& source, const QString& target);
    /// Once for each gallery folder, not each image.
    void saySavedWhere(const QString& file);

    WindowParts& m_parts;
    NoticeBar& m_notices;
    TaskThread& m_background;
    QWidget* m_window;
};

} // namespace unfog

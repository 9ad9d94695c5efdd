#pragma once

#include <optional>

#include <QObject>
#include <QStringList>

#include "gallery/gallery_store.h"
#include "widgets/create/generate_panel.h"
#include "widgets/create/picture_parameters.h"

namespace unfog {

class NoticeBar;
class TaskThread;

/// Fills the form with what images, entries of the gallery and pasted texts say of their making, and says
/// what was taken. GUI thread; files are read on another.
class ParameterReader final : public QObject {
    Q_OBJECT
public:
    ParameterReader(GeneratePanel& form, NoticeBar& notices, TaskThread& background, QWidget* window);

    void use(const std::optional<GalleryDetails>& details, GeneratePanel::Part wanted);
    /// The first of the files that has parameters.
    void readFiles(const QStringList& files);

private:
    /// `source`: where they come from, as a sentence names it: “a.png”, the pasted text.
    void take(const QString& source, PictureParameters parameters);
    /// Asks whether a text pasted into a prompt is to be read as parameters, where it can be.
    void offer(const QString& text);

    GeneratePanel& m_form;
    NoticeBar& m_notices;
    TaskThread& m_background;
    QWidget* m_window;
};

} // namespace unfog

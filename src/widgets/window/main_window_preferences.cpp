#include <QActionGroup>
#include <QThread>

#include "threads/task_thread.h"
#include "widgets/controllers/model_controller.h"
#include "widgets/create/generate_panel.h"
#include "widgets/window/main_window.h"
#include "widgets/window/preferences_dialog.h"

namespace unfog {

namespace {

/// Where images go when no folder is chosen.
QString standardFolder(const WindowParts& parts)
{
    return parts.settings.state().galleryFolder.isEmpty() ? parts.store.folder() : defaultGalleryFolder();
}

} // namespace

void MainWindow::openPreferences()
{
    StudioState state = m_parts.settings.state();
    state.preview = m_form->preview();
    state.theme = m_theme.choice();
    auto* dialog = new PreferencesDialog(state, standardFolder(m_parts), QThread::idealThreadCount(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this,
            [this, dialog] { applyPreferences(dialog->applied(m_parts.settings.state())); });
    dialog->open();
}

void MainWindow::applyPreferences(const StudioState& state)
{
    const QString standard = standardFolder(m_parts);
    const QStringList before = m_parts.settings.state().modelFolders;
    m_parts.settings.update([&](StudioState& stored) { stored = state; });
    m_parts.saver.setFolder(state.galleryFolder.isEmpty() ? standard : state.galleryFolder);
    m_form->setPreview(state.preview);
    m_theme.setChoice(state.theme);
    m_themeGroup->actions().at(static_cast<int>(state.theme))->setChecked(true);
    if (state.modelFolders != before)
        m_models->find();
}

void MainWindow::readDevices(const std::function<void(const DeviceReport&)>& then)
{
    if (!m_parts.readDevices)
        return;
    m_background->post([this, read = m_parts.readDevices, then] {
        const DeviceReport report = read();
        QMetaObject::invokeMethod(
            this, [then, report] { then(report); }, Qt::QueuedConnection);
    });
}

} // namespace unfog

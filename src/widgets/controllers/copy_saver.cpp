#include "widgets/controllers/copy_saver.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QStandardPaths>

#include "threads/task_thread.h"
#include "widgets/export/save_copy.h"
#include "widgets/gallery/show_in_folder.h"
#include "widgets/notices/notice_bar.h"

namespace unfog {

namespace {
const QString saveFolderKey = QStringLiteral("saveCopyFolder");
const QString savedSaidKey = QStringLiteral("savedWhereSaid");
} // namespace

CopySaver::CopySaver(WindowParts& parts, NoticeBar& notices, TaskThread& background, QWidget* window)
    : QObject(window), m_parts(parts), m_notices(notices), m_background(background), m_window(window)
{
    connect(&m_parts.saver, &PictureSaver::saved, this,
            [this](quint64, JobId, const QString& file) { saySavedWhere(file); });
}

void CopySaver::askAndSave(PictureId entryId, bool isLive)
{
    const auto details = entryId != 0 ? m_parts.store.details(entryId) : std::nullopt;
    if (!details)
        return m_notices.announce(NoticeBar::Kind::Note,
                                  isLive ? tr("Keep this image first; then a copy can be saved.")
                                         : tr("There is no saved image to copy yet."));
    const GalleryEntry& entry = details->entry;
    QString folder = m_parts.settings.state().extras.value(saveFolderKey).toString();
    if (folder.isEmpty() || !QFileInfo(folder).isDir())
        folder = QStandardPaths::writableLocation(QStandardPaths::PicturesLocation);
    auto* dialog = new QFileDialog(m_window, tr("Save a copy"), folder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setFileMode(QFileDialog::AnyFile);
    dialog->setNameFilters(
        {tr("PNG image (*.png)"), tr("JPEG image (*.jpg *.jpeg)"), tr("WebP image (*.webp)")});
    dialog->setDefaultSuffix(QStringLiteral("png"));
    dialog->selectFile(details->request ? copyName(entry.prompt, entry.seed)
                                        : QFileInfo(entry.file).completeBaseName());
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
        dialog->setDefaultSuffix(filter.section(QStringLiteral("*."), 1, 1).section(u' ', 0, 0).remove(u')'));
    });
    connect(dialog, &QFileDialog::fileSelected, this,
            [this, source = entry.file](const QString& file) { write(source, file); });
    dialog->open();
}

void CopySaver::write(const QString& source, const QString& target)
{
    m_parts.settings.update(
        [&](StudioState& state) { state.extras.insert(saveFolderKey, QFileInfo(target).absolutePath()); });
    m_background.post([this, source, target] {
        const auto saved = saveCopy(source, target);
        const QString problem = saved ? QString() : QString::fromStdString(saved.error().message);
        QMetaObject::invokeMethod(this, [this, target, problem] {
            if (!problem.isEmpty())
                return m_notices.announce(NoticeBar::Kind::Problem,
                                          tr("The copy was not saved: %1").arg(problem));
            m_notices.announce(NoticeBar::Kind::Note, tr("Saved as %1").arg(QFileInfo(target).fileName()),
                               {{tr("Show in folder"), [this, target] { showInFolder(target, m_window); }}});
        });
    });
}

void CopySaver::saySavedWhere(const QString& file)
{
    const QString folder = m_parts.store.folder();
    if (!file.startsWith(folder + u'/') ||
        m_parts.settings.state().extras.value(savedSaidKey).toString() == folder)
        return;
    m_parts.settings.update([&](StudioState& state) { state.extras.insert(savedSaidKey, folder); });
    const QString home = QDir::homePath();
    const QString shown = folder.startsWith(home + u'/') ? u'~' + folder.mid(home.size()) : folder;
    m_notices.announce(NoticeBar::Kind::Note,
                       tr("Saved in %1. Every image you generate goes there.").arg(shown),
                       {{tr("Show in folder"), [this, file] { showInFolder(file, m_window); }}});
}

} // namespace unfog

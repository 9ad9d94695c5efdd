#include "widgets/save_dialog.h"

#include <QDir>
#include <QFileDialog>
#include <QStandardPaths>

namespace unfog {

QString askWhereToSave(QWidget* parent, const QString& title, const QString& suggestedName, const QString& filter,
                       const QString& suffix)
{
    QFileDialog dialog(parent, title, QStandardPaths::writableLocation(QStandardPaths::PicturesLocation), filter);
    dialog.setAcceptMode(QFileDialog::AcceptSave);
    dialog.setFileMode(QFileDialog::AnyFile);
    dialog.setDefaultSuffix(suffix);
    dialog.selectFile(suggestedName);
    if (dialog.exec() != QDialog::Accepted || dialog.selectedFiles().isEmpty())
        return {};
    QString file = dialog.selectedFiles().constFirst();
    // A name with another ending would be a picture that other programs take for something else.
    if (!file.endsWith(u'.' + suffix, Qt::CaseInsensitive))
        file += u'.' + suffix;
    return file;
}

} // namespace unfog

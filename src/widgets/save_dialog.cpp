#include "widgets/save_dialog.h"

#include <QCoreApplication>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
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
    if (file.endsWith(u'.' + suffix, Qt::CaseInsensitive))
        return file;
    file += u'.' + suffix;
    const bool mayWrite =
        !QFileInfo::exists(file) ||
        QMessageBox::question(parent, title,
                              QCoreApplication::translate("SaveDialog", "“%1” is there already. Replace it?")
                                  .arg(QFileInfo(file).fileName())) == QMessageBox::Yes;
    return mayWrite ? file : QString();
}

} // namespace unfog

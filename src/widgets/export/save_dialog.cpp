#include "widgets/export/save_dialog.h"

#include <QCoreApplication>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QStandardPaths>

#include "widgets/fields/plain_text.h"

namespace unfog {

QString askWhereToSave(QWidget* parent, const QString& title, const QString& suggestedName,
                       const QString& filter, const QString& suffix)
{
    QFileDialog dialog(parent, title, QStandardPaths::writableLocation(QStandardPaths::PicturesLocation),
                       filter);
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
    if (!QFileInfo::exists(file))
        return file;
    QMessageBox question(QMessageBox::Question, title,
                         QCoreApplication::translate("SaveDialog", "“%1” already exists. Replace it?")
                             .arg(singleLine(QFileInfo(file).fileName())),
                         QMessageBox::Yes | QMessageBox::No, parent);
    question.setTextFormat(Qt::PlainText);
    return question.exec() == QMessageBox::Yes ? file : QString();
}

} // namespace unfog

#pragma once

#include <QComboBox>
#include <QStringList>
#include <QWidget>

class QToolButton;

namespace unfog {

/// The models used lately, and "Open" for a diffusers folder or a single .safetensors file.
class ModelPicker final : public QWidget {
    Q_OBJECT
public:
    explicit ModelPicker(QWidget* parent = nullptr);

    QString model() const;
    /// Added to the list when it is not in it.
    void setModel(const QString& path);
    /// Newest first; `always` (the model that came along) is kept at the end.
    void setModels(const QStringList& recent, const QString& always);

Q_SIGNALS:
    void modelChanged(const QString& path);

private:
    void add(const QString& path);
    void askForFolder();
    void askForFile();

    QComboBox* m_box;
    QToolButton* m_open;
};

/// The last part of a path, without ".safetensors".
QString modelTitle(const QString& path);

} // namespace unfog

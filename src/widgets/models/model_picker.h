#pragma once

#include <QStringList>
#include <QWidget>

class QToolButton;

namespace unfog {

class SearchBox;

/// The models used lately and those of the model folders, and "Open" for a diffusers folder or a single
/// .safetensors file. Models of one name have their folder behind it. A model that is not there any more is
/// greyed.
class ModelPicker final : public QWidget {
    Q_OBJECT
public:
    explicit ModelPicker(QWidget* parent = nullptr);

    QString model() const;
    /// Added to the list when it is not in it.
    void setModel(const QString& path);
    /// Newest first; `always` (the model that came along) is kept at the end.
    void setModels(const QStringList& recent, const QString& always);
    /// The models of the model folders, behind the others.
    void setFound(const QStringList& found);

Q_SIGNALS:
    void modelChanged(const QString& path);

private:
    void fill();
    void add(const QString& path);
    /// Tells twins apart and greys what is gone.
    void showNames();
    void askForFolder();
    void askForFile();

    SearchBox* m_box;
    QStringList m_recent;
    QString m_always;
    QStringList m_found;
    QToolButton* m_open;
};

/// The last part of a path, without ".safetensors".
QString modelTitle(const QString& path);

} // namespace unfog

#pragma once

#include <QDialog>

#include "settings/studio_settings.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QSpinBox;

namespace unfog {

class ChoiceBox;

/// What holds for every image: folders, threads, previews, theme, language. Values only: who opens it puts
/// them into effect.
class PreferencesDialog final : public QDialog {
    Q_OBJECT
public:
    /// `standardFolder`: what an empty image folder stands for. `usableCores`: what 0 threads stands for.
    PreferencesDialog(const StudioState& state, const QString& standardFolder, int usableCores,
                      QWidget* parent = nullptr);

    /// `state` with what stands in the dialog.
    StudioState applied(StudioState state) const;

private:
    QWidget* buildFolders();
    void chooseImageFolder();
    void addModelFolder();

    const QString m_standardFolder;
    QLineEdit* m_imageFolder;
    QListWidget* m_modelFolders;
    QSpinBox* m_threads;
    ChoiceBox* m_previewMode;
    QSpinBox* m_previewEvery;
    QComboBox* m_theme;
    QComboBox* m_language;
};

} // namespace unfog

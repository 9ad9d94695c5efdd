#pragma once

#include <memory>
#include <optional>

#include <QDialog>

#include "export/exporter.h"

namespace Ui {
class ExportDialog;
}

namespace unfog {

/// Batch export of a selection or of the whole search result, with a live example of the file names.
class ExportDialog final : public QDialog {
    Q_OBJECT
public:
    /// `isSearchResult`: `items` is everything that was found, not a selection.
    ExportDialog(const ExportPlan& plan, const QList<ExportItem>& items, bool isSearchResult,
                 QWidget* parent = nullptr);
    /// More of them, as they are read; until `complete` nothing can be started.
    void addItems(const QList<ExportItem>& items, bool complete);
    ~ExportDialog() override;
    /// Pictures below it that no export wrote are never overwritten.
    void setOriginalsFolder(const QString& folder) { m_exporter.setOriginalsFolder(folder); }

    /// As the fields stand; to be kept for the next time.
    ExportPlan plan() const;
    void setPlan(const ExportPlan& plan);
    /// The example line, or what is wrong with the template.
    QString namePreview() const;
    bool isRunning() const { return m_exporter.isRunning(); }
    void start();

    void reject() override;

Q_SIGNALS:
    void exported(const unfog::ExportReport& report);

private:
    void fillChoices();
    void showHeading();
    void showFields();
    void showNamePreview();
    void showProgress(const ExportProgress& progress);
    void showReport(const ExportReport& report);

    QList<ExportItem> m_items;
    const bool m_isSearchResult;
    bool m_complete = true;
    std::optional<NameValues> m_example; ///< of the first picture, at its own size
    std::unique_ptr<Ui::ExportDialog> m_ui;
    Exporter m_exporter;
    bool m_closeAtEnd = false;
};

} // namespace unfog

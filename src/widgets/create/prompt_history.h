#pragma once

#include <QString>
#include <QStringList>

/// A walk through the prompts that were generated; what was being typed is kept and comes back at its end.
namespace unfog {

class PromptHistory final {
public:
    /// Newest first. Ends a walk.
    void setEntries(const QStringList& newestFirst);
    const QStringList& entries() const { return m_entries; }

    /// `current` is what stands in the editor. Both return `current` when there is nowhere to go.
    QString older(const QString& current);
    QString newer(const QString& current);

private:
    QStringList m_entries;
    qsizetype m_position = -1; ///< −1: at the draft
    QString m_draft;
};

} // namespace unfog

#include "widgets/create/prompt_history.h"

namespace unfog {

void PromptHistory::setEntries(const QStringList& newestFirst)
{
    m_entries = newestFirst;
    m_position = -1;
    m_draft.clear();
}

QString PromptHistory::older(const QString& current)
{
    if (m_position < 0)
        m_draft = current;
    for (qsizetype position = m_position + 1; position < m_entries.size(); ++position) {
        if (m_entries.at(position) != current) {
            m_position = position;
            return m_entries.at(position);
        }
    }
    return current;
}

QString PromptHistory::newer(const QString& current)
{
    if (m_position < 0)
        return current;
    --m_position;
    return m_position < 0 ? m_draft : m_entries.at(m_position);
}

} // namespace unfog

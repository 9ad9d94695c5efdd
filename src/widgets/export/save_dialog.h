#pragma once

#include <QString>

class QWidget;

namespace unfog {

/// Asks where to save; the dialog adds `suffix` ("png") before it asks about replacing a file. "" =
/// cancelled.
QString askWhereToSave(QWidget* parent, const QString& title, const QString& suggestedName,
                       const QString& filter, const QString& suffix);

} // namespace unfog

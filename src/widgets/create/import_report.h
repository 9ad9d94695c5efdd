#pragma once

#include <QString>

class QWidget;

namespace unfog {

struct PictureParameters;

/// A table of every setting that was imported: applied, approximated or ignored, and why. `source` as in a
/// sentence. Returns at once; the dialog deletes itself when it is closed.
void showImportReport(const QString& source, const PictureParameters& parameters, QWidget* parent);

} // namespace unfog

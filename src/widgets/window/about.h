#pragma once

class QWidget;

namespace unfog {

/// Version, libraries and licences.
void showAbout(QWidget* parent);

} // namespace unfog

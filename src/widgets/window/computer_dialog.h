#pragma once

#include <QDialog>

#include "generation/engine/device_report.h"

namespace unfog {

/// Help → About this computer: what it can compute on, as text to select or copy.
class ComputerDialog final : public QDialog {
    Q_OBJECT
public:
    explicit ComputerDialog(const DeviceReport& report, QWidget* parent = nullptr);
};

} // namespace unfog

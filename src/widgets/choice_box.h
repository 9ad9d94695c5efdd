#pragma once

#include <string>
#include <vector>

#include <QComboBox>

#include "generation/sampler_catalog.h"

namespace unfog {

/// A combo box over names as they stand in a request. A name it does not know, from a file of another
/// program, is added as it is: nothing is replaced in silence, the engine says what is wrong with it.
class ChoiceBox final : public QComboBox {
    Q_OBJECT
public:
    explicit ChoiceBox(QWidget* parent = nullptr);

    /// Keeps the chosen name.
    void setChoices(const std::vector<NamedChoice>& choices);
    std::string name() const;
    void setName(const std::string& name);
    /// Choices that are not among `names` can not be picked; all can be when `names` is empty.
    void setPossible(const std::vector<std::string>& names);
    bool isCurrentPossible() const;

Q_SIGNALS:
    void nameChanged(const QString& name);
};

} // namespace unfog

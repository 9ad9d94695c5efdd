#pragma once

#include <map>
#include <string>
#include <vector>

#include "generation/engine/sampler_catalog.h"
#include "widgets/fields/search_box.h"

namespace unfog {

/// A combo box over names as they stand in a request. A name it does not know, from a file of another
/// program, is added as it is: nothing is replaced in silence, the engine says what is wrong with it.
class ChoiceBox final : public SearchBox {
    Q_OBJECT
public:
    explicit ChoiceBox(QWidget* parent = nullptr);

    /// Keeps the chosen name.
    void setChoices(const std::vector<NamedChoice>& choices);
    std::string name() const;
    void setName(const std::string& name);
    /// Of the entry that leaves the choice to the model (its name is ""): "Default (DPM++ 2M)".
    void setDefaultTitle(const QString& title);
    /// Why entries cannot be picked, by name; all others can be. Replaces what was told before.
    void setReasons(const std::map<std::string, QString>& reasons);
    bool isCurrentPossible() const;

Q_SIGNALS:
    void nameChanged(const QString& name);
};

} // namespace unfog

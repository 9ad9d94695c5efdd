#pragma once

#include <functional>
#include <vector>

#include <QString>

#include "generation/engine/sampler_catalog.h"
#include "generation/request/request_fields.h"

class QWidget;

namespace unfog {

class FieldRow;

/// One control of the form and the rows of the request's table that it edits. The control belongs to its
/// parent widget, the editor to the form.
struct FormEditor {
    std::vector<const RequestField*> fields;
    QWidget* row = nullptr;     ///< name, control and reset
    QWidget* control = nullptr; ///< of which `changed` was connected
    std::function<void(const GenerationRequest&)> show;
    std::function<void(GenerationRequest&)> read; ///< puts what the control shows into the request
    /// Shows or hides the reset.
    std::function<void(const GenerationRequest& now, const GenerationRequest& defaults)> compare;

    bool edits(std::string_view key) const;
};

/// Makes the usual editor of a row by its kind: slider, number, check box, list, line of text. `changed` is
/// called when the person or show() changed the value.
struct EditorTexts {
    QString checkBox = {};                 ///< of a flag
    QString unset = {};                    ///< of what can be left to the model: "Default"
    QString placeholder = {};              ///< of an empty text
    std::vector<NamedChoice> choices = {}; ///< of names, "" first where the model may decide
};
FormEditor makeEditor(const RequestField& field, const EditorTexts& texts,
                      const std::function<void()>& changed, QWidget* parent);

/// An editor around a control of its own kind: adds the row with the label and tip of the first field, and
/// the reset that shows the defaults again.
FormEditor rowAround(std::vector<const RequestField*> fields, QWidget* control, QWidget* parent);

} // namespace unfog

#include "widgets/create/form_editor.h"

#include <algorithm>
#include <cassert>

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QSpinBox>

#include "widgets/fields/choice_box.h"
#include "widgets/fields/field_row.h"
#include "widgets/fields/field_text.h"
#include "widgets/fields/slider_field.h"

namespace unfog {
namespace {

void put(const RequestField& field, GenerationRequest& request, const FieldValue& value)
{
    // A control can only hold what its field takes.
    [[maybe_unused]] const auto set = field.set(request, value);
    assert(set);
}

double numberOf(const FieldValue& value, double otherwise)
{
    return value.is_number() ? value.get<double>() : otherwise;
}

FormEditor sliderEditor(const RequestField& field, const std::function<void()>& changed, QWidget* parent)
{
    auto* slider = new SliderField(fieldLabel(field), fieldTip(field),
                                   {.minimum = field.range.minimum,
                                    .maximum = field.range.sliderMaximum,
                                    .step = field.range.step,
                                    .decimals = field.range.decimals,
                                    .value = numberOf(field.defaultValue(), field.range.minimum),
                                    .spinMaximum = field.range.maximum},
                                   parent);
    QObject::connect(slider, &SliderField::valueChanged, slider, changed);
    FormEditor editor;
    editor.fields = {&field};
    editor.row = editor.control = slider;
    editor.show = [slider, &field](const GenerationRequest& request) {
        slider->setValue(numberOf(field.get(request), 0.0));
    };
    editor.read = [slider, &field](GenerationRequest& request) {
        if (field.kind == FieldKind::Whole)
            put(field, request, static_cast<int>(slider->value()));
        else
            put(field, request, slider->value());
    };
    editor.compare = [slider, &field](const GenerationRequest&, const GenerationRequest& defaults) {
        slider->setDefault(numberOf(field.get(defaults), 0.0)); // it has a reset of its own
    };
    return editor;
}

FormEditor wholeEditor(const RequestField& field, const std::function<void()>& changed, QWidget* parent)
{
    auto* box = new QSpinBox(parent);
    box->setRange(static_cast<int>(field.range.minimum), static_cast<int>(field.range.maximum));
    box->setSingleStep(static_cast<int>(field.range.step));
    FormEditor editor = rowAround({&field}, box, parent);
    QObject::connect(box, &QSpinBox::valueChanged, box, changed);
    editor.show = [box, &field](const GenerationRequest& request) {
        box->setValue(static_cast<int>(numberOf(field.get(request), 0.0)));
    };
    editor.read = [box, &field](GenerationRequest& request) { put(field, request, box->value()); };
    return editor;
}

/// A number that can be left open: the lowest value of the box, below the field's range, stands for it.
FormEditor optionalEditor(const RequestField& field, const QString& unset,
                          const std::function<void()>& changed, QWidget* parent)
{
    // Typed numbers between "left open", 0 (which every field takes) and the range go to the nearest of the
    // three.
    const double open = field.range.minimum > 0.0 ? -1.0 : field.range.minimum - field.range.step;
    auto* box = new QDoubleSpinBox(parent);
    box->setRange(open, field.range.maximum);
    box->setSingleStep(field.range.step);
    box->setDecimals(field.range.decimals);
    box->setKeyboardTracking(false);
    box->setSpecialValueText(unset);
    FormEditor editor = rowAround({&field}, box, parent);
    QObject::connect(box, &QDoubleSpinBox::valueChanged, box, [box, open, &field, changed](double value) {
        if (value > 0.0 && value < field.range.minimum)
            return box->setValue(field.range.minimum);
        if (value < 0.0 && value > open)
            return box->setValue(open);
        changed();
    });
    editor.show = [box, open, &field](const GenerationRequest& request) {
        box->setValue(numberOf(field.get(request), open));
    };
    editor.read = [box, &field](GenerationRequest& request) {
        put(field, request, box->value() < 0.0 ? FieldValue() : FieldValue(box->value()));
    };
    return editor;
}

FormEditor flagEditor(const RequestField& field, const QString& text, const std::function<void()>& changed,
                      QWidget* parent)
{
    auto* box = new QCheckBox(text, parent);
    FormEditor editor = rowAround({&field}, box, parent);
    QObject::connect(box, &QCheckBox::toggled, box, changed);
    editor.show = [box, &field](const GenerationRequest& request) {
        box->setChecked(field.get(request).get<bool>());
    };
    editor.read = [box, &field](GenerationRequest& request) { put(field, request, box->isChecked()); };
    return editor;
}

FormEditor nameEditor(const RequestField& field, const std::vector<NamedChoice>& choices,
                      const std::function<void()>& changed, QWidget* parent)
{
    auto* box = new ChoiceBox(parent);
    box->setChoices(choices);
    FormEditor editor = rowAround({&field}, box, parent);
    QObject::connect(box, &ChoiceBox::nameChanged, box, changed);
    editor.show = [box, &field](const GenerationRequest& request) {
        box->setName(field.get(request).get<std::string>());
    };
    editor.read = [box, &field](GenerationRequest& request) { put(field, request, box->name()); };
    return editor;
}

FormEditor textEditor(const RequestField& field, const QString& placeholder,
                      const std::function<void()>& changed, QWidget* parent)
{
    auto* edit = new QLineEdit(parent);
    edit->setPlaceholderText(placeholder);
    addClearButton(edit);
    FormEditor editor = rowAround({&field}, edit, parent);
    QObject::connect(edit, &QLineEdit::editingFinished, edit, changed);
    editor.show = [edit, &field, changed](const GenerationRequest& request) {
        const auto text = QString::fromStdString(field.get(request).get<std::string>());
        if (edit->text() == text)
            return;
        edit->setText(text);
        changed();
    };
    editor.read = [edit, &field](GenerationRequest& request) {
        put(field, request, edit->text().toStdString());
    };
    return editor;
}

} // namespace

bool FormEditor::edits(std::string_view key) const
{
    return std::ranges::any_of(fields, [key](const RequestField* field) { return field->key == key; });
}

FormEditor rowAround(std::vector<const RequestField*> fields, QWidget* control, QWidget* parent)
{
    auto* row = new FieldRow(fieldLabel(*fields.front()), fieldTip(*fields.front()), control, parent);
    FormEditor editor;
    editor.row = row;
    editor.control = control;
    editor.compare = [row, fields](const GenerationRequest& now, const GenerationRequest& defaults) {
        row->setAtDefault(std::ranges::all_of(
            fields, [&](const RequestField* field) { return field->get(now) == field->get(defaults); }));
    };
    editor.fields = std::move(fields);
    return editor;
}

FormEditor makeEditor(const RequestField& field, const EditorTexts& texts,
                      const std::function<void()>& changed, QWidget* parent)
{
    switch (field.kind) {
    case FieldKind::Flag:
        return flagEditor(field, texts.checkBox, changed, parent);
    case FieldKind::Name:
    case FieldKind::Device:
    case FieldKind::Precision:
        return nameEditor(field, texts.choices, changed, parent);
    case FieldKind::Whole:
    case FieldKind::Real:
        if (field.range.sliderMaximum > 0.0)
            return sliderEditor(field, changed, parent);
        return field.kind == FieldKind::Whole ? wholeEditor(field, changed, parent)
                                              : optionalEditor(field, texts.unset, changed, parent);
    default:
        return textEditor(field, texts.placeholder, changed, parent);
    }
}

} // namespace unfog

#pragma once

#include <QString>

#include "generation/request/request_fields.h"

/// Rows of the request's table as people read them.
namespace unfog {

/// In the language of the program, with the mnemonic of a form, and without.
QString fieldLabel(const RequestField& field);
QString fieldLabelOf(const RequestField& field);
QString fieldTip(const RequestField& field);

/// "7.5", "DPM++ 2M", "In tiles"; names of schedulers by their titles, files without their folders. "" where
/// the value is not set or an empty text.
QString fieldText(const RequestField& field, const FieldValue& value);

/// Four significant digits without trailing zeros, as the person's language writes them.
QString localNumberText(double value);

} // namespace unfog

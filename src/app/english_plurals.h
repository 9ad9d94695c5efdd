#pragma once

#include <QTranslator>

namespace unfog {

/// The English texts in the source carry "(s)" where a count decides: "%n picture(s)". This makes "1 picture"
/// and "2 pictures" of them where no translation does.
class EnglishPlurals final : public QTranslator {
    Q_OBJECT
public:
    using QTranslator::QTranslator;

    QString translate(const char* context, const char* sourceText, const char* disambiguation = nullptr,
                      int n = -1) const override;
    bool isEmpty() const override { return false; }
};

} // namespace unfog

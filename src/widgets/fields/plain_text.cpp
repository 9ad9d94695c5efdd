#include "widgets/fields/plain_text.h"

#include <QTextDocument>

namespace unfog {

QString singleLine(const QString& text)
{
    QString line;
    line.reserve(text.size());
    for (const QChar letter : text) {
        if (letter == u'\n' || letter == u'\t' || letter == QChar::LineSeparator ||
            letter == QChar::ParagraphSeparator)
            line += u' ';
        else if (letter.category() == QChar::Other_Control)
            line += QStringLiteral("\\x%1")
                        .arg(letter.unicode(), 2, 16, QLatin1Char('0'))
                        .toUpper()
                        .replace(u'X', u'x');
        else
            line += letter;
    }
    return line;
}

QString plainToolTip(const QString& text)
{
    return Qt::mightBeRichText(text)
               ? QStringLiteral("<qt><p style=\"white-space:pre-wrap\">%1</p></qt>").arg(text.toHtmlEscaped())
               : text;
}

QString withoutMnemonic(QString text)
{
    return text.replace(u'&', QLatin1String("&&"));
}

} // namespace unfog

#pragma once

#include <QScrollArea>

#include "gallery/gallery_entry.h"
#include "generation/request/request_fields.h"

class QFormLayout;
class QLabel;

namespace unfog {

class StarRating;

/// Everything that one picture says about its making.
class GalleryDetailsView final : public QScrollArea {
    Q_OBJECT
public:
    explicit GalleryDetailsView(QWidget* parent = nullptr);

    void showDetails(const GalleryDetails& details);
    void showCount(int selected); ///< of several pictures, or none

Q_SIGNALS:
    void starsChosen(int stars);

private:
    void addLine(const QString& name, const QString& value);
    /// Its beginning, the whole as tool tip: a hash has no place to break a line.
    /// `isWhole`: the request is a record of ours, so that defaults in it were chosen, too.
    void addField(const RequestField& field, const GenerationRequest& request, bool isWhole);
    void addHash(const QString& name, const std::string& hash);
    void clearLines();

    QWidget* m_content;
    StarRating* m_stars;
    QLabel* m_heading;
    QLabel* m_prompt;
    QLabel* m_negative;
    QFormLayout* m_lines;
};

} // namespace unfog

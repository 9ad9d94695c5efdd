#include "training_pictures/captions_csv.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace unfog {

namespace {

struct Row {
    int line = 0;
    std::vector<std::string> cells;
};

class CsvReader final {
public:
    explicit CsvReader(std::string_view text) : m_text(text) {}

    /// None at the end.
    Result<std::optional<Row>> next()
    {
        if (m_at >= m_text.size())
            return std::optional<Row>{};
        Row row{m_line, {""}};
        for (; m_at < m_text.size(); ++m_at) {
            const char letter = m_text[m_at];
            if (letter == '"' && row.cells.back().empty()) {
                if (!readQuoted(row.cells.back()))
                    return fail(ErrorKind::BadFile,
                                "a quote that begins in line " + std::to_string(row.line) + " is not closed");
            } else if (letter == ',') {
                row.cells.emplace_back();
            } else if (letter == '\n') {
                ++m_at;
                ++m_line;
                return std::optional<Row>(std::move(row));
            } else if (letter != '\r') {
                row.cells.back() += letter;
            }
        }
        return std::optional<Row>(std::move(row));
    }

private:
    /// Leaves the reader on the closing quote.
    bool readQuoted(std::string& cell)
    {
        for (++m_at; m_at < m_text.size(); ++m_at) {
            if (m_text[m_at] == '"') {
                if (m_at + 1 >= m_text.size() || m_text[m_at + 1] != '"')
                    return true;
                ++m_at;
            }
            m_line += m_text[m_at] == '\n' ? 1 : 0;
            cell += m_text[m_at];
        }
        return false;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    int m_line = 1;
};

} // namespace

Result<std::map<std::string, std::string>> parseCaptionsCsv(std::string_view text)
{
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark))
        text.remove_prefix(kByteOrderMark.size());
    CsvReader reader(text);
    const auto heading = reader.next();
    if (!heading)
        return tl::unexpected(heading.error());
    const auto columnOf = [&](std::initializer_list<std::string_view> names) -> std::size_t {
        if (!*heading)
            return 0;
        const auto& cells = (*heading)->cells;
        return static_cast<std::size_t>(
            std::find_first_of(cells.begin(), cells.end(), names.begin(), names.end()) - cells.begin());
    };
    const std::size_t fileColumn = columnOf({"file_name"});
    const std::size_t textColumn = columnOf({"text", "caption"});
    const std::size_t columns = *heading ? (*heading)->cells.size() : 0;
    if (fileColumn >= columns || textColumn >= columns)
        return fail(ErrorKind::BadFile, "its first line must name the columns file_name and text");

    std::map<std::string, std::string> captions;
    while (true) {
        auto row = reader.next();
        if (!row)
            return tl::unexpected(row.error());
        if (!*row)
            return captions;
        std::vector<std::string>& cells = (*row)->cells;
        if (cells.size() == 1 && cells.front().empty())
            continue;
        if (cells.size() <= std::max(fileColumn, textColumn)) {
            return fail(ErrorKind::BadFile, "line " + std::to_string((*row)->line) + " has " +
                                                std::to_string(cells.size()) + " columns, the first line " +
                                                std::to_string(columns));
        }
        captions[cells[fileColumn]] = std::move(cells[textColumn]);
    }
}

} // namespace unfog

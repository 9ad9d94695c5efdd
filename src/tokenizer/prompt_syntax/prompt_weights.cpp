#include "tokenizer/prompt_syntax/prompt_weights.h"

#include <charconv>
#include <cmath>
#include <optional>

namespace unfog {

namespace {

constexpr double kStep = 1.1; // of one pair of brackets
constexpr std::string_view kEscaped = "()[]\\";

/// Reads ":1.3)" at the start of `text`, spaces allowed around the number. `length` is what it took.
std::optional<double> weightAt(std::string_view text, std::size_t& length)
{
    const auto skipSpaces = [&](std::size_t at) {
        const std::size_t found = text.find_first_not_of(' ', at);
        return found == std::string_view::npos ? text.size() : found;
    };
    if (text.empty() || text.front() != ':')
        return std::nullopt;
    std::size_t begin = skipSpaces(1);
    if (begin < text.size() && text[begin] == '+')
        ++begin;
    double weight = 0.0;
    const auto [end, error] =
        std::from_chars(text.data() + begin, text.data() + text.size(), weight, std::chars_format::fixed);
    if (error != std::errc{} || !std::isfinite(weight))
        return std::nullopt;
    const std::size_t close = skipSpaces(end - text.data());
    if (close >= text.size() || text[close] != ')')
        return std::nullopt;
    length = close + 1;
    return weight;
}

class Parser final {
public:
    explicit Parser(std::string_view prompt) : m_rest(prompt) {}

    std::vector<WeightedText> run()
    {
        while (!m_rest.empty())
            takeOne();
        scaleFrom(m_round, kStep);
        scaleFrom(m_square, 1.0 / kStep);
        std::vector<WeightedText> merged;
        for (WeightedText& part : m_parts) {
            if (part.text.empty())
                continue;
            if (!merged.empty() && merged.back().weight == part.weight)
                merged.back().text += part.text;
            else
                merged.push_back(std::move(part));
        }
        return merged;
    }

private:
    void takeOne()
    {
        const char character = m_rest.front();
        std::size_t length = 1;
        if (character == '\\' && m_rest.size() > 1 && kEscaped.find(m_rest[1]) != kEscaped.npos) {
            text(m_rest.substr(1, 1));
            length = 2;
        } else if (character == '(') {
            m_round.push_back(m_parts.size());
        } else if (character == '[') {
            m_square.push_back(m_parts.size());
        } else if (character == ')' && !m_round.empty()) {
            scaleFrom(m_round, kStep, true);
        } else if (character == ']' && !m_square.empty()) {
            scaleFrom(m_square, 1.0 / kStep, true);
        } else if (const auto weight = m_round.empty() ? std::nullopt : weightAt(m_rest, length)) {
            scaleFrom(m_round, *weight, true);
        } else {
            text(m_rest.substr(0, 1));
        }
        m_rest.remove_prefix(length);
    }

    void text(std::string_view piece)
    {
        // A part never reaches across a bracket, or closing that bracket would weigh too much.
        const auto opensHere = [&](const std::vector<std::size_t>& open) {
            return !open.empty() && open.back() == m_parts.size();
        };
        if (m_parts.empty() || m_isClosed || opensHere(m_round) || opensHere(m_square))
            m_parts.push_back({});
        m_isClosed = false;
        m_parts.back().text += piece;
    }

    void scaleFrom(std::vector<std::size_t>& open, double factor, bool lastOnly = false)
    {
        while (!open.empty()) {
            for (std::size_t i = open.back(); i < m_parts.size(); ++i)
                m_parts[i].weight *= factor;
            open.pop_back();
            if (lastOnly)
                break;
        }
        m_isClosed = true;
    }

    std::string_view m_rest;
    std::vector<WeightedText> m_parts;
    std::vector<std::size_t> m_round, m_square; ///< of each open bracket the index of its first part
    bool m_isClosed = false;                    ///< the last part ended with a bracket
};

} // namespace

std::vector<WeightedText> parsePromptWeights(std::string_view prompt)
{
    return Parser(prompt).run();
}

} // namespace unfog

#include "paper/document.h"

#include <algorithm>
#include <numeric>
#include <variant>

#include <glib.h>

#include "paper/sheet.h"

namespace qala::paper {

namespace {

std::string valid(std::string text) {
  if (g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr)) return text;
  char* made = g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()));
  std::string out(made);
  g_free(made);
  return out;
}

struct Heading {
  std::string text;
};
struct Paragraph {
  std::string text;
};
struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};
struct Charts {
  std::vector<Chart> charts;
  std::size_t columns;
  double height;
};
struct Signatures {
  std::string left, right;
};
using Part = std::variant<Heading, Paragraph, Table, Charts, Signatures>;

/// Sets the parts on sheets, top down.
class Setter {
 public:
  explicit Setter(Sheets& sheets) : sheets_(sheets) {}

  void set(const Heading& heading) {
    sheets_.keep_together(80);  // with what stands below it: a table's head and first row
    sheets_.space(10);
    sheets_.text(heading.text, Face::heading, 0, Sheets::kWidth);
    sheets_.space(4);
  }
  void set(const Paragraph& paragraph) {
    sheets_.text(paragraph.text, Face::body, 0, Sheets::kWidth);
    sheets_.space(4);
  }
  void set(const Signatures& signatures) {
    constexpr double kHalf = Sheets::kWidth / 2 - 10;
    sheets_.keep_together(80);
    sheets_.space(12);
    sheets_.row({{.text = signatures.left, .face = Face::body, .left = 0, .width = kHalf},
                 {.text = signatures.right, .face = Face::body, .left = kHalf + 20, .width = kHalf}});
    sheets_.space(32);
    sheets_.rule(0, kHalf);
    sheets_.rule(kHalf + 20, kHalf);
    sheets_.space(6);
  }
  void set(const Charts& part) {
    constexpr double kGap = 16;
    const auto columns = static_cast<double>(part.columns);
    const double width = (Sheets::kWidth - kGap * (columns - 1)) / columns;
    for (std::size_t from = 0; from < part.charts.size(); from += part.columns) {
      sheets_.keep_together(part.height);
      for (std::size_t i = from; i < std::min(from + part.columns, part.charts.size()); i++)
        sheets_.chart(part.charts[i], static_cast<double>(i - from) * (width + kGap), width, part.height);
      sheets_.space(part.height + 4);
    }
  }
  void set(const Table& table) {
    // Many columns want smaller type: a date or a name is not broken in its middle.
    const Face face = table.columns.size() > 5 ? Face::label : Face::body;
    head(table);
    for (const auto& row : table.rows) {
      const auto cells = cells_of(table, row, face);
      if (!sheets_.fits(cells)) {
        sheets_.next_page();
        head(table);
      }
      sheets_.row(cells);
      sheets_.rule(0, Sheets::kWidth, 0.25);
    }
    sheets_.space(4);
  }

 private:
  void head(const Table& table) {
    std::vector<std::string> titles;
    for (const Column& column : table.columns) titles.push_back(column.title);
    const auto cells = cells_of(table, titles, Face::label);
    sheets_.keep_together(54);  // never without a row
    sheets_.row(cells);
    sheets_.rule(0, Sheets::kWidth, 0.75);
  }
  static std::vector<Cell> cells_of(const Table& table, const std::vector<std::string>& texts, Face face) {
    constexpr double kGap = 8;
    const double shares = std::accumulate(table.columns.begin(), table.columns.end(), 0.0,
                                          [](double sum, const Column& column) { return sum + column.share; });
    std::vector<Cell> cells;
    double left = 0;
    for (std::size_t i = 0; i < table.columns.size() && i < texts.size(); i++) {
      const double width = Sheets::kWidth * table.columns[i].share / shares;
      cells.push_back({.text = texts[i],
                       .face = face,
                       .left = left,
                       .width = width - (i + 1 < table.columns.size() ? kGap : 0),
                       .right = table.columns[i].right});
      left += width;
    }
    return cells;
  }

  Sheets& sheets_;
};

}  // namespace

struct Document::Parts {
  std::string title, foot;
  std::vector<Part> parts;
};

Document::Document(std::string title, std::string foot)
    : parts_(std::make_unique<Parts>(
          Parts{.title = valid(std::move(title)), .foot = valid(std::move(foot)), .parts = {}})) {}
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

void Document::heading(std::string text) { parts_->parts.emplace_back(Heading{valid(std::move(text))}); }
void Document::paragraph(std::string text) { parts_->parts.emplace_back(Paragraph{valid(std::move(text))}); }
void Document::table(std::vector<Column> columns, std::vector<std::vector<std::string>> rows) {
  for (Column& column : columns) column.title = valid(std::move(column.title));
  for (auto& row : rows) {
    for (std::string& cell : row) cell = valid(std::move(cell));
  }
  parts_->parts.emplace_back(Table{std::move(columns), std::move(rows)});
}
void Document::charts(std::vector<Chart> charts, std::size_t columns, double height) {
  for (Chart& chart : charts) {
    for (std::string* text : {&chart.title, &chart.note, &chart.nothing}) *text = valid(std::move(*text));
    for (auto* marks : {&chart.up, &chart.across, &chart.limits}) {
      for (auto& [place, text] : *marks) text = valid(std::move(text));
    }
  }
  parts_->parts.emplace_back(Charts{std::move(charts), std::max<std::size_t>(columns, 1), height});
}
void Document::signatures(std::string left, std::string right) {
  parts_->parts.emplace_back(Signatures{valid(std::move(left)), valid(std::move(right))});
}

Result<std::string> Document::pdf() const {
  // Set twice: only the first time shows how many pages there are.
  std::string out;
  int pages = 0;
  for (int round = 0; round < 2; round++) {
    out.clear();
    Sheets sheets(out, parts_->title, parts_->foot, pages);
    sheets.text(parts_->title, Face::title, 0, Sheets::kWidth);
    sheets.space(8);
    Setter setter(sheets);
    for (const Part& part : parts_->parts) std::visit([&](const auto& one) { setter.set(one); }, part);
    TRY_VOID(sheets.finish());
    pages = sheets.pages();
  }
  return out;
}

}  // namespace qala::paper

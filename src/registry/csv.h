#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace qala::registry {

/// One record of a CSV file.
struct CsvRow {
  std::size_t line = 0;  ///< of its first character, from 1
  std::vector<std::string> cells = {};
};

/// RFC 4180 as spreadsheets write it: a byte order mark is skipped; comma, semicolon or tab, whichever the first line
/// has most of outside quotes; "" inside quotes; line ends of any kind; empty lines are no rows. Pure.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text);
  /// False at the end, or at a problem.
  bool next(CsvRow& row);
  /// Why it stopped, or empty; `line` says where.
  const std::string& problem() const { return problem_; }
  std::size_t line() const { return line_; }
  char separator() const { return separator_; }

 private:
  bool read_quoted(std::string& cell);
  void skip_line_end();

  std::string_view text_;
  std::size_t at_ = 0, line_ = 1;
  char separator_ = ',';
  std::string problem_;
};

/// Appends one cell with quotes where needed. Text that a spreadsheet would take for a formula (=, +, -, @) gets an
/// apostrophe before it, which plain_cell() takes away again.
void append_cell(std::string& out, std::string_view text);
std::string plain_cell(std::string_view cell);

}  // namespace qala::registry

#include "registry/csv.h"

#include <algorithm>
#include <array>

namespace qala::registry {

namespace {

constexpr std::size_t kMostCells = 256, kLongestCell = 128 * 1024;

char guess_separator(std::string_view text) {
  std::array<std::size_t, 256> count{};
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '\n' || c == '\r')) break;
    if (!quoted) count[static_cast<unsigned char>(c)]++;
  }
  if (count[';'] > count[','] && count[';'] >= count['\t']) return ';';
  return count['\t'] > count[','] ? '\t' : ',';
}

bool looks_like_formula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@'\t\r").contains(text.front());
}

}  // namespace

CsvReader::CsvReader(std::string_view text) : text_(text) {
  if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  separator_ = guess_separator(text_);
}

void CsvReader::skip_line_end() {
  if (at_ < text_.size() && text_[at_] == '\r') at_++;
  if (at_ < text_.size() && text_[at_] == '\n') at_++;
  line_++;
}

bool CsvReader::read_quoted(std::string& cell) {
  const std::size_t begun = line_;
  for (at_++; at_ < text_.size(); at_++) {
    const char c = text_[at_];
    if (c == '"') {
      if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') {
        at_++;
        return true;
      }
      at_++;
    }
    if (c == '\n') line_++;
    cell += c;
    if (cell.size() > kLongestCell) break;
  }
  line_ = begun;
  problem_ = cell.size() > kLongestCell ? "a cell is longer than 128 KB" : "a quote is not closed";
  return false;
}

bool CsvReader::next(CsvRow& row) {
  while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) skip_line_end();
  if (at_ >= text_.size() || !problem_.empty()) return false;
  row.line = line_;
  row.cells.clear();
  while (true) {
    std::string& cell = row.cells.emplace_back();
    if (at_ < text_.size() && text_[at_] == '"') {
      if (!read_quoted(cell)) return false;
    } else {
      const std::size_t end = std::min(text_.find_first_of(std::string{separator_, '\n', '\r'}, at_), text_.size());
      cell.assign(text_.substr(at_, end - at_));
      at_ = end;
    }
    if (at_ >= text_.size()) return true;
    if (text_[at_] == '\n' || text_[at_] == '\r') {
      skip_line_end();
      return true;
    }
    if (text_[at_] != separator_) problem_ = "there is text after a closing quote";
    if (row.cells.size() == kMostCells) problem_ = "has more than 256 cells";
    if (!problem_.empty()) return false;
    at_++;
  }
}

void append_cell(std::string& out, std::string_view text) {
  const bool guarded = looks_like_formula(text);
  const bool blank_edge = !text.empty() && (text.front() == ' ' || text.back() == ' ');
  if (!guarded && !blank_edge && text.find_first_of("\",;\t\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  if (guarded) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::string plain_cell(std::string_view cell) {
  if (cell.size() > 1 && cell.front() == '\'' && looks_like_formula(cell.substr(1))) cell.remove_prefix(1);
  return std::string(cell);
}

}  // namespace qala::registry

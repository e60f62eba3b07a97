#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "paper/chart.h"

namespace qala::paper {

struct Column {
  std::string title = {};
  double share = 1;    ///< of the width, against the other columns' shares
  bool right = false;  ///< aligned to the right, as numbers are
};

/// A document in order from top to bottom. One thread at a time; making the PDF takes about a millisecond a page: on
/// the pool. Bytes that are no UTF-8 are shown as the replacement character.
class Document {
 public:
  /// `foot` stands at the bottom of each page, beside "page / of".
  Document(std::string title, std::string foot);
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;

  void heading(std::string text);
  void paragraph(std::string text);
  /// Every row has as many cells as there are columns.
  void table(std::vector<Column> columns, std::vector<std::vector<std::string>> rows);
  /// Small graphs, `columns` side by side, each `height` points high.
  void charts(std::vector<Chart> charts, std::size_t columns, double height);
  /// Two lines side by side to be signed by hand, with what is known printed above each.
  void signatures(std::string left, std::string right);

  /// A4 upright. `internal` with Cairo's reason if it fails.
  Result<std::string> pdf() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace qala::paper

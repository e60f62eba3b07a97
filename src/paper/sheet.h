#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "paper/chart.h"

typedef struct _cairo cairo_t;
typedef struct _cairo_surface cairo_surface_t;
typedef struct _PangoLayout PangoLayout;

namespace qala::paper {

enum class Face { title, heading, label, body, foot };

/// A piece of text in a column of its own; it wraps.
struct Cell {
  std::string text;
  Face face = Face::body;
  double left = 0, width = 0;  ///< points, from the left margin
  bool right = false;
};

/// A4 sheets, written one below the other; lengths in points (1/72 inch). What does not fit goes on overleaf.
class Sheets {
 public:
  static constexpr double kPaperWidth = 595.28, kPaperHeight = 841.89, kMargin = 48;
  static constexpr double kWidth = kPaperWidth - 2 * kMargin;

  /// `of`: how many pages there are, 0 if that is not known yet.
  Sheets(std::string& out, const std::string& title, std::string foot, int of);
  ~Sheets();
  Sheets(const Sheets&) = delete;
  Sheets& operator=(const Sheets&) = delete;

  /// A text over as many pages as it needs.
  void text(const std::string& text, Face face, double left, double width);
  /// Cells side by side; the row is as high as its highest. One that is higher than a page is written line by line.
  void row(const std::vector<Cell>& cells);
  bool fits(const std::vector<Cell>& cells) const;
  /// At the present height, which it does not change.
  void chart(const Chart& chart, double left, double width, double height);
  void rule(double left, double width, double thickness = 0.5);
  void space(double height);
  /// Goes on overleaf if less than this is left.
  void keep_together(double height);
  void next_page();
  Result<> finish();
  int pages() const { return page_; }

 private:
  void set(PangoLayout* layout, const Cell& cell) const;
  double height_of(const Cell& cell) const;
  void write_lines(const Cell& cell);
  void foot();
  double left_over() const;

  std::string foot_;
  int of_, page_ = 1;
  cairo_surface_t* surface_;
  cairo_t* cairo_;
  double at_ = kMargin;
};

}  // namespace qala::paper

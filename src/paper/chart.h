#pragma once

#include <string>
#include <utility>
#include <vector>

typedef struct _cairo cairo_t;

namespace qala::paper {

/// A small line graph; all words come from the caller. Values stand at even distances from the left edge to `filled`
/// of the width; NaN is a gap, hatched, never bridged.
struct Chart {
  std::string title = {};
  std::string note = {};                                     ///< beside the title, lighter
  std::vector<float> line = {};                              ///< the day itself
  std::vector<float> before = {};                            ///< dashed
  std::vector<float> low = {}, high = {};                    ///< grey band
  std::vector<std::pair<double, std::string>> up = {};       ///< marks of the value axis
  std::vector<std::pair<double, std::string>> across = {};   ///< marks of the time axis, 0 to 1
  std::vector<std::pair<double, std::string>> limits = {};   ///< dashed lines with a word
  double bottom = 0, top = 1;                                ///< of the value axis
  double filled = 1;                                         ///< share of the width that the day has come to
  std::string nothing = {};                                  ///< said where there is no value at all
};

/// Lengths in points; (left, top) is a corner of the page.
void draw_chart(cairo_t* cairo, const Chart& chart, double left, double top, double width, double height);

}  // namespace qala::paper

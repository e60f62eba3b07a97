#include "paper/chart.h"

#include <algorithm>
#include <cmath>

#include <pango/pangocairo.h>

namespace qala::paper {

namespace {

constexpr double kTitle = 15, kFoot = 11, kAxis = 34;

struct Box {
  double left, top, width, height;
};

enum class Align { left, centre, right };

void write(cairo_t* cairo, const std::string& text, double x, double y, const char* font, Align align = Align::left,
           double room = 0) {
  PangoLayout* layout = pango_cairo_create_layout(cairo);
  PangoFontDescription* description = pango_font_description_from_string(font);
  pango_layout_set_font_description(layout, description);
  pango_font_description_free(description);
  pango_layout_set_text(layout, text.data(), static_cast<int>(text.size()));
  if (room > 0) {
    pango_layout_set_width(layout, static_cast<int>(room * PANGO_SCALE));
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
  }
  int width = 0, height = 0;
  pango_layout_get_size(layout, &width, &height);
  const double wide = static_cast<double>(width) / PANGO_SCALE;
  cairo_move_to(cairo, align == Align::left ? x : align == Align::right ? x - wide : x - wide / 2, y);
  pango_cairo_show_layout(cairo, layout);
  cairo_new_path(cairo);  // or the next area begins where the text ended
  g_object_unref(layout);
}

class Drawing {
 public:
  Drawing(cairo_t* cairo, const Chart& chart, Box box) : cairo_(cairo), chart_(chart), box_(box) {}

  void axes() const {
    for (const auto& [value, text] : chart_.up) {
      const double y = at(value);
      if (y < box_.top - 1 || y > box_.top + box_.height + 1) continue;
      grey(0.35);
      write(cairo_, text, box_.left - 4, y - 4.5, "DejaVu Sans 6", Align::right);
      line(box_.left, y, box_.left + box_.width, y, 0.3, 0.8);
    }
    grey(0.35);
    for (const auto& [share, text] : chart_.across) {
      const double x = box_.left + share * box_.width;
      write(cairo_, text, x, box_.top + box_.height + 2, "DejaVu Sans 6", Align::centre);
      line(x, box_.top, x, box_.top + box_.height, 0.3, 0.88);
      grey(0.35);
    }
    line(box_.left, box_.top + box_.height, box_.left + box_.width, box_.top + box_.height, 0.6, 0.5);
  }

  void band() const {
    const std::size_t n = std::min(chart_.low.size(), chart_.high.size());
    grey(0.86);
    for (std::size_t from = 0; from < n;) {
      if (std::isnan(chart_.low[from]) || std::isnan(chart_.high[from])) {
        from++;
        continue;
      }
      std::size_t to = from;
      while (to < n && !std::isnan(chart_.low[to]) && !std::isnan(chart_.high[to])) to++;
      for (std::size_t i = from; i < to; i++) cairo_line_to(cairo_, x(i, n, 1), at(double{chart_.high[i]}));
      for (std::size_t i = to; i-- > from;) cairo_line_to(cairo_, x(i, n, 1), at(double{chart_.low[i]}));
      cairo_close_path(cairo_);
      cairo_fill(cairo_);
      from = to;
    }
  }

  void gaps() const {
    const std::size_t n = chart_.line.size();
    for (std::size_t from = 0; from < n;) {
      if (!std::isnan(chart_.line[from])) {
        from++;
        continue;
      }
      std::size_t to = from;
      while (to < n && std::isnan(chart_.line[to])) to++;
      if (to - from >= 3 || (to == n && from == 0))
        hatch(from == 0 ? box_.left : x(from - 1, n, chart_.filled),
              to == n ? box_.left + box_.width * chart_.filled : x(to, n, chart_.filled));
      from = to;
    }
  }

  void limits() const {
    const double dashes[] = {3, 2};
    for (const auto& [value, text] : chart_.limits) {
      grey(0.25);
      cairo_set_dash(cairo_, dashes, 2, 0);
      line(box_.left, at(value), box_.left + box_.width, at(value), 0.6, 0.25);
      cairo_set_dash(cairo_, nullptr, 0, 0);
      write(cairo_, text, box_.left + 3, at(value) - 9, "DejaVu Sans 6");
    }
  }

  void lines() const {
    const double dashes[] = {2.5, 1.8};
    cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_ROUND);
    cairo_set_dash(cairo_, dashes, 2, 0);
    grey(0.5);
    trace(chart_.before, 1, 0.6);
    cairo_set_dash(cairo_, nullptr, 0, 0);
    cairo_set_source_rgb(cairo_, 0.05, 0.25, 0.5);
    trace(chart_.line, chart_.filled, 1.2);
  }

  void nothing() const {
    if (std::ranges::any_of(chart_.line, [](float v) { return !std::isnan(v); })) return;
    grey(0.25);
    write(cairo_, chart_.nothing, box_.left + box_.width / 2, box_.top + box_.height / 2 - 5, "DejaVu Sans 7",
          Align::centre);
  }

 private:
  void grey(double tone) const { cairo_set_source_rgb(cairo_, tone, tone, tone); }
  double at(double value) const {
    const double span = chart_.top > chart_.bottom ? chart_.top - chart_.bottom : 1;
    return box_.top + box_.height - (value - chart_.bottom) / span * box_.height;
  }
  /// The middle of a step.
  double x(std::size_t step, std::size_t steps, double filled) const {
    return box_.left + (static_cast<double>(step) + 0.5) / static_cast<double>(steps) * box_.width * filled;
  }
  void line(double x1, double y1, double x2, double y2, double width, double tone) const {
    grey(tone);
    cairo_set_line_width(cairo_, width);
    cairo_move_to(cairo_, x1, y1);
    cairo_line_to(cairo_, x2, y2);
    cairo_stroke(cairo_);
  }
  void trace(const std::vector<float>& values, double filled, double width) const {
    cairo_set_line_width(cairo_, width);
    cairo_set_line_cap(cairo_, CAIRO_LINE_CAP_ROUND);
    bool pen_down = false;
    for (std::size_t i = 0; i < values.size(); i++) {
      if (std::isnan(values[i])) {
        pen_down = false;
        continue;
      }
      const double px = x(i, values.size(), filled), py = at(double{values[i]});
      if (pen_down) cairo_line_to(cairo_, px, py);
      else cairo_move_to(cairo_, px, py), cairo_line_to(cairo_, px, py);
      pen_down = true;
    }
    cairo_stroke(cairo_);
  }
  void hatch(double from, double to) const {
    cairo_save(cairo_);
    cairo_rectangle(cairo_, from, box_.top, to - from, box_.height);
    cairo_clip(cairo_);
    grey(0.75);
    cairo_set_line_width(cairo_, 0.4);
    for (double start = from - box_.height; start < to; start += 5) {
      cairo_move_to(cairo_, start, box_.top + box_.height);
      cairo_line_to(cairo_, start + box_.height, box_.top);
    }
    cairo_stroke(cairo_);
    cairo_restore(cairo_);
  }

  cairo_t* cairo_;
  const Chart& chart_;
  Box box_;
};

}  // namespace

void draw_chart(cairo_t* cairo, const Chart& chart, double left, double top, double width, double height) {
  cairo_save(cairo);
  cairo_set_source_rgb(cairo, 0, 0, 0);
  write(cairo, chart.title, left, top, "DejaVu Sans Bold 8", Align::left, width * 0.66);
  cairo_set_source_rgb(cairo, 0.3, 0.3, 0.3);
  write(cairo, chart.note, left + width, top + 1.5, "DejaVu Sans 6.5", Align::right, width * 0.34);
  const Drawing drawing(cairo, chart, {left + kAxis, top + kTitle, width - kAxis, height - kTitle - kFoot});
  drawing.band();
  drawing.gaps();
  drawing.axes();
  drawing.limits();
  drawing.lines();
  drawing.nothing();
  cairo_restore(cairo);
}

}  // namespace qala::paper

#include "paper/sheet.h"

#include <algorithm>

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

namespace qala::paper {

namespace {

constexpr double kFoot = 22;  ///< what the foot takes above the margin

cairo_status_t append(void* closure, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

const char* font_of(Face face) {
  switch (face) {
    case Face::title: return "DejaVu Sans Bold 16";
    case Face::heading: return "DejaVu Sans Bold 11";
    case Face::label: return "DejaVu Sans 7";
    case Face::body: return "DejaVu Sans 8";
    case Face::foot: return "DejaVu Sans 7";
  }
  return "DejaVu Sans 8";
}

double points(int pango_units) { return static_cast<double>(pango_units) / PANGO_SCALE; }

/// A layout that ends with the scope.
class Layout {
 public:
  explicit Layout(cairo_t* cairo) : layout_(pango_cairo_create_layout(cairo)) {}
  ~Layout() { g_object_unref(layout_); }
  Layout(const Layout&) = delete;
  Layout& operator=(const Layout&) = delete;
  PangoLayout* get() const { return layout_; }
  double height() const {
    int height = 0;
    pango_layout_get_size(layout_, nullptr, &height);
    return points(height);
  }

 private:
  PangoLayout* layout_;
};

}  // namespace

Sheets::Sheets(std::string& out, const std::string& title, std::string foot, int of)
    : foot_(std::move(foot)),
      of_(of),
      surface_(cairo_pdf_surface_create_for_stream(append, &out, kPaperWidth, kPaperHeight)),
      cairo_(cairo_create(surface_)) {
  cairo_pdf_surface_set_metadata(surface_, CAIRO_PDF_METADATA_TITLE, title.c_str());
  cairo_pdf_surface_set_metadata(surface_, CAIRO_PDF_METADATA_CREATOR, "Qala");
}

Sheets::~Sheets() {
  cairo_destroy(cairo_);
  cairo_surface_destroy(surface_);
}

double Sheets::left_over() const { return kPaperHeight - kMargin - kFoot - at_; }

void Sheets::set(PangoLayout* layout, const Cell& cell) const {
  PangoFontDescription* font = pango_font_description_from_string(font_of(cell.face));
  pango_layout_set_font_description(layout, font);
  pango_font_description_free(font);
  pango_layout_set_width(layout, static_cast<int>(cell.width * PANGO_SCALE));
  pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_alignment(layout, cell.right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
  pango_layout_set_text(layout, cell.text.data(), static_cast<int>(cell.text.size()));
}

double Sheets::height_of(const Cell& cell) const {
  const Layout layout(cairo_);
  set(layout.get(), cell);
  return layout.height();
}

void Sheets::text(const std::string& text, Face face, double left, double width) {
  write_lines({.text = text, .face = face, .left = left, .width = width});
}

void Sheets::write_lines(const Cell& cell) {
  const Layout layout(cairo_);
  set(layout.get(), cell);
  PangoLayoutIter* line = pango_layout_get_iter(layout.get());
  do {
    PangoRectangle box;
    pango_layout_iter_get_line_extents(line, nullptr, &box);
    const double height = points(box.height);
    keep_together(height);
    const double baseline = points(pango_layout_iter_get_baseline(line) - box.y);
    cairo_move_to(cairo_, kMargin + cell.left + points(box.x), at_ + baseline);
    pango_cairo_show_layout_line(cairo_, pango_layout_iter_get_line_readonly(line));
    at_ += height;
  } while (pango_layout_iter_next_line(line));
  pango_layout_iter_free(line);
}

bool Sheets::fits(const std::vector<Cell>& cells) const {
  return std::ranges::all_of(cells, [&](const Cell& cell) { return height_of(cell) + 6 <= left_over(); });
}

void Sheets::row(const std::vector<Cell>& cells) {
  double height = 0;
  for (const Cell& cell : cells) height = std::max(height, height_of(cell));
  keep_together(height + 6);
  if (height + 6 > left_over()) {  // higher than a page: one cell below the other, over the pages
    for (const Cell& cell : cells) write_lines(cell);
    return;
  }
  at_ += 3;
  for (const Cell& cell : cells) {
    const Layout layout(cairo_);
    set(layout.get(), cell);
    cairo_move_to(cairo_, kMargin + cell.left, at_);
    pango_cairo_show_layout(cairo_, layout.get());
  }
  at_ += height + 3;
}

void Sheets::chart(const Chart& chart, double left, double width, double height) {
  draw_chart(cairo_, chart, kMargin + left, at_, width, height);
}

void Sheets::rule(double left, double width, double thickness) {
  cairo_set_line_width(cairo_, thickness);
  cairo_move_to(cairo_, kMargin + left, at_);
  cairo_rel_line_to(cairo_, width, 0);
  cairo_stroke(cairo_);
}

void Sheets::space(double height) { at_ += height; }

void Sheets::keep_together(double height) {
  if (height > left_over() && at_ > kMargin) next_page();
}

void Sheets::foot() {
  const double before = at_;
  at_ = kPaperHeight - kMargin - kFoot + 8;
  rule(0, kWidth, 0.25);
  at_ += 3;
  const std::string number = std::to_string(page_) + (of_ > 0 ? "/" + std::to_string(of_) : "");
  for (const Cell& cell : {Cell{.text = foot_, .face = Face::foot, .left = 0, .width = kWidth - 60},
                           Cell{.text = number, .face = Face::foot, .left = kWidth - 60, .width = 60, .right = true}}) {
    const Layout layout(cairo_);
    set(layout.get(), cell);
    pango_layout_set_height(layout.get(), -1);
    pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
    cairo_move_to(cairo_, kMargin + cell.left, at_);
    pango_cairo_show_layout(cairo_, layout.get());
  }
  at_ = before;
}

void Sheets::next_page() {
  foot();
  cairo_show_page(cairo_);
  page_++;
  at_ = kMargin;
}

Result<> Sheets::finish() {
  foot();
  cairo_show_page(cairo_);
  cairo_surface_finish(surface_);
  const auto status = cairo_surface_status(surface_);
  if (status != CAIRO_STATUS_SUCCESS)
    return fail(ErrorKind::internal, std::string("writing a PDF: ") + cairo_status_to_string(status));
  return {};
}

}  // namespace qala::paper

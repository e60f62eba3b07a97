// Public warnings in force, above all else.
#include "residents/parts.h"

namespace qala::residents {

namespace {

/// With all their words; further ones with headline and time.
constexpr std::size_t kMostWhole = 5;

/// Lines stay lines.
void write_lines(Html& html, std::string_view text) {
  for (;;) {
    const auto end = text.find('\n');
    html.text(text.substr(0, end));
    if (end == std::string_view::npos) return;
    html.raw("<br>");
    text.remove_prefix(end + 1);
  }
}

std::string_view look_of(warnings::Severity severity) {
  if (severity <= warnings::Severity::severe) return "alert warn";
  return severity == warnings::Severity::moderate ? "alert warn high" : "alert warn low";
}

void write_times(Draft draft, const warnings::Content& content) {
  Html& html = draft.html;
  html.raw("<small>");
  if (content.onset && *content.onset > draft.time.now()) {
    html.text(fill(draft.word(Word::warning_from), {draft.when(content.onset->ns)})).raw(". ");
  }
  html.text(fill(draft.word(Word::warning_until), {draft.when(content.expires.ns)})).raw("</small>");
}

void write_warning(Draft draft, const warnings::Content& content, bool whole) {
  Html& html = draft.html;
  // English may be left out; Kazakh is always there.
  const auto own = static_cast<std::size_t>(draft.language);
  const auto shown = content.texts[own].empty() ? std::size_t{0} : own;
  const warnings::Text& text = content.texts[shown];
  html.raw("<section class=\"")
      .raw(look_of(content.severity))
      .raw("\" lang=\"")
      .raw(warnings::kLanguages[shown])
      .raw("\">");
  write_icon(html, content.severity <= warnings::Severity::severe ? kSquare : kTriangle);
  html.raw("<h2>").text(draft.word(nth(Word::warning_extreme, static_cast<std::size_t>(content.severity)))).raw(": ");
  html.text(text.headline).raw("</h2>");
  if (whole) {
    html.raw("<p>");
    write_lines(html, text.description);
    html.raw("</p>");
    if (!text.instruction.empty()) {
      html.raw("<p><b>").text(draft.word(Word::warning_do)).raw("</b>");
      write_lines(html, text.instruction);
      html.raw("</p>");
    }
  }
  html.raw("<p class=\"age\">").text(pick(content.area.name, draft.language)).raw("</p>");
  write_times(draft, content);
  html.raw("</section>\n");
}

}  // namespace

void write_warnings(Draft draft, const Picture& picture) {
  for (std::size_t i = 0; i < picture.warnings.size(); i++)
    write_warning(draft, picture.warnings[i].content, i < kMostWhole);
}

}  // namespace qala::residents

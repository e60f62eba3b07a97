#include "warnings/check.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace qala::warnings {

namespace {

Error wrong(std::string_view field, std::string_view what) {
  return fail(ErrorKind::invalid, std::string(field) + ": " + std::string(what));
}

/// Char of XML 1.0, production 2.
bool is_xml(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd) ||
         (c >= 0x10000 && c <= 0x10ffff);
}

Result<std::size_t> length_of(std::string_view text) {
  std::size_t n = 0;
  while (!text.empty()) {
    const auto [code, bytes] = utf8::first(text);
    if (bytes == 0) return fail(ErrorKind::invalid, "is no UTF-8 text");
    if (!is_xml(code))
      return fail(ErrorKind::invalid,
                  fmt::format("has the character U+{:04X}, which no XML can hold: take it out", std::uint32_t{code}));
    text.remove_prefix(bytes);
    n++;
  }
  return n;
}

bool blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\u00a0") == std::string_view::npos; }

Result<> check_text(const std::string& field, std::string_view text, std::size_t most, bool needed, bool one_line) {
  const auto length = length_of(text);
  if (!length) return wrong(field, length.error().message);
  if (*length > most) return wrong(field, fmt::format("has {} characters, {} are the most", *length, most));
  if (needed && blank(text)) return wrong(field, "is empty: people who read this language would be told nothing");
  if (one_line && text.find_first_of("\r\n\t") != std::string_view::npos) return wrong(field, "must be one line");
  return {};
}

Result<> check_texts(const Texts& texts, Type type) {
  for (std::size_t i = 0; i < kLanguages.size(); i++) {
    const Text& text = texts[i];
    const std::string field = "texts." + std::string(kLanguages[i]);
    const bool needed = kLanguages[i] != "en" || !text.empty();
    TRY_VOID(check_text(field + ".headline", text.headline, TextLimits::kHeadline, needed, true));
    TRY_VOID(check_text(field + ".description", text.description, TextLimits::kDescription, needed, false));
    // What was to be done needs no words once the danger is over.
    TRY_VOID(check_text(field + ".instruction", text.instruction, TextLimits::kInstruction,
                        needed && type != Type::cancel, false));
  }
  return {};
}

Result<> check_area(const Area& area, const Envelope& town) {
  TRY_VOID(check_text("area.name.kk", area.name.kk, TextLimits::kArea, true, true));
  TRY_VOID(check_text("area.name.ru", area.name.ru, TextLimits::kArea, true, true));
  TRY_VOID(check_text("area.name.en", area.name.en, TextLimits::kArea, false, true));
  if (area.polygons.size() > kMostPolygons) return wrong("area.polygons", "20 polygons are the most");
  for (std::size_t i = 0; i < area.polygons.size(); i++) {
    const auto field = fmt::format("area.polygons[{}]", i);
    const auto ring = parse_polygon(area.polygons[i]);
    if (!ring) return wrong(field, ring.error().message);
    if (town.empty()) continue;
    for (std::size_t k = 0; k < ring->size(); k++) {
      if (!town.holds((*ring)[k]))
        return wrong(field, fmt::format("point {} lies outside of the town: latitude {} to {}, longitude {} to {}",
                                        k + 1, town.south, town.north, town.west, town.east));
    }
  }
  return {};
}

Result<> check_times(const Content& content, Type type, Instant now) {
  if (type == Type::cancel) return {};  // how long it is shown is no matter of the operator's
  const std::int64_t left = content.expires.ns - now.ns;
  if (left <= 0) return wrong("expires", "lies in the past: say until when it holds");
  if (left > kLongest && !content.longer)
    return wrong("expires", "is more than 48 hours away: shorten it and update it later, or say \"longer\": true");
  if (left > kLongestEver) return wrong("expires", "is more than 30 days away");
  if (content.onset && *content.onset >= content.expires) return wrong("onset", "must be before it expires");
  return {};
}

}  // namespace

Result<> check_characters(std::string_view text) {
  TRY([[maybe_unused]] const auto length, length_of(text));
  return {};
}

Result<> check(const Content& content, Type type, Instant now, const Envelope& town) {
  TRY_VOID(check_texts(content.texts, type));
  // Whom a cancellation reaches is settled by what it takes back, wherever the town ends by now.
  if (type != Type::cancel) TRY_VOID(check_area(content.area, town));
  return check_times(content, type, now);
}

bool is_severe(Severity severity) { return severity <= Severity::severe; }

}  // namespace qala::warnings

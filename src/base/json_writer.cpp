#include "base/json_writer.h"

#include <charconv>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "base/utf8.h"

namespace qala {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

}  // namespace

void append_decimal(std::string& out, std::int64_t mantissa, int scale) {
  char buffer[24];
  const std::uint64_t size =
      mantissa < 0 ? 0 - static_cast<std::uint64_t>(mantissa) : static_cast<std::uint64_t>(mantissa);
  if (mantissa < 0) out += '-';
  const std::string_view digits(buffer, std::to_chars(buffer, buffer + sizeof buffer, size).ptr);
  if (scale <= 0) {
    out += digits;
    if (mantissa != 0) out.append(static_cast<std::size_t>(-scale), '0');
    return;
  }
  const auto after = static_cast<std::size_t>(scale);  // digits behind the point
  if (digits.size() <= after) {
    out += "0.";
    out.append(after - digits.size(), '0');
    out += digits;
    return;
  }
  out += digits.substr(0, digits.size() - after);
  out += '.';
  out += digits.substr(digits.size() - after);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); i++) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') continue;
    if (const std::size_t bytes = c < 0x80 ? 0 : utf8::first(text.substr(i)).bytes; bytes > 0) {
      i += bytes - 1;
      continue;
    }
    out.append(text, from, i - from);
    from = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (c >= 0x80) out += kReplacement;
        else fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    }
  }
  out.append(text, from, std::string_view::npos);
  out += '"';
}

void JsonWriter::comma() {
  if (!first_) out_ += ',';
  first_ = false;
}

JsonWriter& JsonWriter::open(char bracket) {
  comma();
  out_ += bracket;
  closers_ += bracket == '{' ? '}' : ']';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end() {
  out_ += closers_.back();
  closers_.pop_back();
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  comma();
  append_json_string(out_, name);
  out_ += ':';
  first_ = true;  // the value that follows takes no comma
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  comma();
  append_json_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::measured(double value) {
  if (value == 0 && std::signbit(value)) return number(value);
  double power = 1;
  for (int scale = 0; scale < 4; scale++, power *= 10) {
    const double mantissa = std::nearbyint(value * power);
    // Division is correctly rounded: what gives the value back reads back as it. Large and odd ones go the long way.
    if (!(std::fabs(mantissa) < 1e15)) break;
    if (mantissa / power == value) return decimal(static_cast<std::int64_t>(mantissa), scale);
  }
  return number(value);
}

JsonWriter& JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  comma();
  fmt::format_to(std::back_inserter(out_), "{}", value);
  return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
  comma();
  append_decimal(out_, value, 0);
  return *this;
}

JsonWriter& JsonWriter::decimal(std::int64_t mantissa, int scale) {
  comma();
  append_decimal(out_, mantissa, scale);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }
JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::raw(std::string_view json) {
  comma();
  out_ += json;
  return *this;
}

}  // namespace qala

#include "api/metrics_text.h"

#include <cmath>
#include <iterator>

#include <fmt/format.h>

namespace qala::api {

namespace {

/// Backslash and line feed are escaped everywhere, quotes in labels only.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') out += "\\\\";
    else if (c == '\n') out += "\\n";
    else if (c == '"' && quotes) out += "\\\"";
    else out += c;
  }
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) out += "NaN";
  else if (std::isinf(value)) out += value > 0 ? "+Inf" : "-Inf";
  else fmt::format_to(std::back_inserter(out), "{}", value);
  out += '\n';
}

}  // namespace

MetricsText& MetricsText::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  fmt::format_to(std::back_inserter(out_), "# HELP {} ", name);
  append_escaped(out_, help, false);
  fmt::format_to(std::back_inserter(out_), "\n# TYPE {} {}\n", name, type);
  return *this;
}

MetricsText& MetricsText::value(double value) {
  out_ += name_;
  out_ += ' ';
  append_number(out_, value);
  return *this;
}

MetricsText& MetricsText::value(std::string_view label, std::string_view label_value, double value) {
  fmt::format_to(std::back_inserter(out_), "{}{{{}=\"", name_, label);
  append_escaped(out_, label_value, true);
  out_ += "\"} ";
  append_number(out_, value);
  return *this;
}

}  // namespace qala::api

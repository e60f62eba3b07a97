#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace qala::api {

/// Writes the text format that Prometheus scrapes (version 0.0.4):
///   # HELP name what it is
///   # TYPE name counter|gauge
///   name value            or   name{label="value"} value
/// Names follow its conventions: base units, counters end in _total. A family is begun once; its samples follow.
class MetricsText {
 public:
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

  explicit MetricsText(std::string& out) : out_(out) {}

  MetricsText& counter(std::string_view name, std::string_view help) { return family(name, "counter", help); }
  MetricsText& gauge(std::string_view name, std::string_view help) { return family(name, "gauge", help); }
  /// A sample of the family begun last.
  MetricsText& value(double value);
  MetricsText& value(std::string_view label, std::string_view label_value, double value);

 private:
  MetricsText& family(std::string_view name, std::string_view type, std::string_view help);

  std::string& out_;
  std::string name_;
};

}  // namespace qala::api

#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace qala::log {

/// One named value of a log line. `{"camera", 17}`
struct Field {
  template <class T>
  Field(std::string_view name_in, const T& value_in) : name(name_in), value(fmt::format("{}", value_in)) {}
  std::string_view name;
  std::string value;
};
using Fields = std::initializer_list<Field>;

/// One line, one event, fields not prose; no names, faces, tokens. To stderr.
/// error = someone must act; warn = degraded; info = state changed; debug = off in service.
void error(std::string_view event, Fields fields = {});
void warn(std::string_view event, Fields fields = {});
void info(std::string_view event, Fields fields = {});
void debug(std::string_view event, Fields fields = {});

/// "error", "warn", "info" or "debug"; false if it is none of these.
bool set_level(std::string_view level);

}  // namespace qala::log

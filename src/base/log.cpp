#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace qala::log {

namespace {

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("qala", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *instance;
}

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"=\n\r\t") != std::string_view::npos;
}

void append_value(std::string& line, std::string_view value) {
  if (!needs_quotes(value)) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') line += '\\';
    line += (c == '\n' || c == '\r') ? ' ' : c;
  }
  line += '"';
}

void write(spdlog::level::level_enum level, std::string_view event, Fields fields) {
  if (!logger().should_log(level)) return;
  std::string line(event);
  for (const auto& field : fields) {
    line += ' ';
    line += field.name;
    line += '=';
    append_value(line, field.value);
  }
  logger().log(level, "{}", line);
}

}  // namespace

void error(std::string_view event, Fields fields) { write(spdlog::level::err, event, fields); }
void warn(std::string_view event, Fields fields) { write(spdlog::level::warn, event, fields); }
void info(std::string_view event, Fields fields) { write(spdlog::level::info, event, fields); }
void debug(std::string_view event, Fields fields) { write(spdlog::level::debug, event, fields); }

bool set_level(std::string_view level) {
  if (level == "error") logger().set_level(spdlog::level::err);
  else if (level == "warn") logger().set_level(spdlog::level::warn);
  else if (level == "info") logger().set_level(spdlog::level::info);
  else if (level == "debug") logger().set_level(spdlog::level::debug);
  else return false;
  return true;
}

}  // namespace qala::log

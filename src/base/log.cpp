#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <mutex>

#include "base/told.h"

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

struct Kept {
  std::mutex mutex;
  std::vector<Told> events;
};
Kept& kept() {
  static Kept instance;
  return instance;
}

void keep(bool is_error, std::string_view event, std::string_view fields) {
  static constexpr std::size_t kEvents = 40, kBytes = 300;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  auto& all = kept();
  const std::lock_guard lock(all.mutex);
  auto found = std::ranges::find(all.events, event, &Told::event);
  if (found == all.events.end()) {
    if (all.events.size() >= kEvents) all.events.erase(std::ranges::min_element(all.events, {}, &Told::last));
    found = all.events.insert(all.events.end(), Told{.event = std::string(event), .last = {}, .fields = {}});
  }
  found->is_error = is_error;
  found->count++;
  found->last = {std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()};
  found->fields = fields.substr(0, kBytes);
}

void write(spdlog::level::level_enum level, std::string_view event, Fields fields) {
  const bool shown = logger().should_log(level);
  if (!shown && level < spdlog::level::warn) return;
  std::string line(event);
  for (const auto& field : fields) {
    line += ' ';
    line += field.name;
    line += '=';
    append_value(line, field.value);
  }
  if (level >= spdlog::level::warn)
    keep(level == spdlog::level::err, event, std::string_view(line).substr(std::min(line.size(), event.size() + 1)));
  if (shown) logger().log(level, "{}", line);
}

}  // namespace

std::vector<Told> told() {
  auto& all = kept();
  std::unique_lock lock(all.mutex);
  auto out = all.events;
  lock.unlock();
  std::ranges::sort(out, std::ranges::greater(), &Told::last);
  return out;
}

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

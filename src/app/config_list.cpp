#include "app/config_list.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

namespace qala::app {

const ListEntry::Field* ListEntry::find(std::string_view name) {
  known_.emplace_back(name);
  const auto found = fields_.find(name);
  return found == fields_.end() ? nullptr : &found->second;
}

Error ListEntry::wrong(std::string_view name, std::string_view what) const {
  const auto found = fields_.find(name);
  const Field& at = found == fields_.end() ? at_ : found->second;
  return fail(ErrorKind::invalid, fmt::format("{}:{}:{}: {}.{}: {}", path_, at.line, at.column, list_, name, what));
}

Result<> ListEntry::text(std::string_view name, std::string& out, bool needed) {
  const Field* field = find(name);
  if (field && !field->is_text) return wrong(name, "text in quotes is expected");
  if (field) out = field->text;
  if (needed && out.empty()) return wrong(name, "is missing");
  return {};
}

Result<> ListEntry::texts(std::string_view name, std::vector<std::string>& out) {
  const Field* field = find(name);
  if (!field) return {};
  if (!field->is_texts) return wrong(name, "a list of texts is expected");
  out = field->texts;
  return {};
}

Result<> ListEntry::file(std::string_view name, std::string& out) {
  std::string given;
  TRY_VOID(text(name, given));
  if (given.empty()) return {};
  const std::filesystem::path path(given);
  out = (path.is_absolute() ? path : std::filesystem::path(path_).parent_path() / path).string();
  std::error_code ec;
  if (!std::filesystem::is_regular_file(out, ec)) return wrong(name, "there is no file " + out);
  return {};
}

Result<> ListEntry::integer(std::string_view name, std::int64_t& out, std::int64_t low, std::int64_t high) {
  const Field* field = find(name);
  if (!field) return {};
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(field->text.data(), field->text.data() + field->text.size(), value);
  const bool fine = field->is_integer && ec == std::errc() && value >= low && value <= high;
  if (!fine) return wrong(name, fmt::format("a whole number from {} to {} is expected", low, high));
  out = value;
  return {};
}

Result<> ListEntry::no_others() const {
  for (const auto& [name, field] : fields_) {
    if (std::ranges::find(known_, name) == known_.end()) return wrong(name, "unknown key: see qala.example.toml");
  }
  return {};
}

Result<> add_modbus(ListEntry& entry, Config& into) {
  modbus::DeviceSetup device;
  std::string address, map;
  std::int64_t unit = device.unit;
  TRY_VOID(entry.text("name", device.name, true));
  TRY_VOID(entry.text("address", address, true));
  TRY_VOID(entry.integer("unit", unit, 0, 255));
  TRY_VOID(entry.text("map", map, true));
  TRY_VOID(entry.text("thing", device.thing, true));
  TRY_VOID(entry.integer("timeout_ms", device.timeout_ms, 50, 60'000));
  TRY_VOID(entry.no_others());
  const auto at = parse_host_port(address);
  if (!at || at->port == 0) return entry.wrong("address", "HOST:PORT is expected; the port of Modbus is 502");
  device.host = at->host;
  device.port = at->port;
  device.unit = static_cast<std::uint8_t>(unit);
  const auto same = [&](const auto& other) { return other.name == device.name; };
  if (std::ranges::any_of(into.modbus, same)) return entry.wrong("name", "\"" + device.name + "\" is there twice");
  for (const auto& other : into.modbus) {
    if (other.thing == device.thing)
      return entry.wrong("thing", "\"" + device.thing + "\" is that of \"" + other.name + "\" already");
  }
  const std::filesystem::path file(map);
  const auto whole = file.is_absolute() ? file : std::filesystem::path(entry.path()).parent_path() / file;
  for (const auto& other : into.modbus) {
    if (other.map->file == whole.string()) device.map = other.map;
  }
  if (!device.map) {
    auto read = modbus::read_map(whole.string());
    if (!read && read.error().kind == ErrorKind::invalid) return std::move(read.error());
    if (!read) return entry.wrong("map", read.error().message);
    device.map = std::move(*read);
  }
  into.modbus.push_back(std::move(device));
  return {};
}

}  // namespace qala::app

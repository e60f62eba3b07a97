#include "codec/cayenne.h"

#include <charconv>
#include <cmath>
#include <span>

#include <fmt/core.h>
#include <simdjson.h>

#include "base/hex.h"
#include "base/json_writer.h"

namespace qala::codec {

namespace {

/// One number of a value: `size` bytes, big endian; its unit is `step` x 10^-scale.
struct Part {
  std::string_view name;  ///< empty: the value is this number itself
  int size = 0;
  bool is_signed = false;
  int step = 1, scale = 0;
};

struct Value {
  std::uint8_t type = 0;
  std::string_view name;
  Part parts[3];
};

constexpr Value kValues[] = {
    {0, "digital_in", {{"", 1}}},
    {1, "digital_out", {{"", 1}}},
    {2, "analog_in", {{"", 2, true, 1, 2}}},
    {3, "analog_out", {{"", 2, true, 1, 2}}},
    {100, "generic", {{"", 4}}},
    {101, "luminosity", {{"", 2}}},
    {102, "presence", {{"", 1}}},
    {103, "temperature", {{"", 2, true, 1, 1}}},
    {104, "relative_humidity", {{"", 1, false, 5, 1}}},
    {113, "accelerometer", {{"x", 2, true, 1, 3}, {"y", 2, true, 1, 3}, {"z", 2, true, 1, 3}}},
    {115, "barometric_pressure", {{"", 2, false, 1, 1}}},
    {116, "voltage", {{"", 2, false, 1, 2}}},
    {117, "current", {{"", 2, false, 1, 3}}},
    {118, "frequency", {{"", 4}}},
    {120, "percentage", {{"", 1}}},
    {121, "altitude", {{"", 2, true}}},
    {125, "concentration", {{"", 2}}},
    {128, "power", {{"", 2}}},
    {130, "distance", {{"", 4, false, 1, 3}}},
    {131, "energy", {{"", 4, false, 1, 3}}},
    {132, "direction", {{"", 2}}},
    {133, "unix_time", {{"", 4}}},
    {134, "gyrometer", {{"x", 2, true, 1, 2}, {"y", 2, true, 1, 2}, {"z", 2, true, 1, 2}}},
    {135, "colour", {{"r", 1}, {"g", 1}, {"b", 1}}},
    {136, "gps", {{"latitude", 3, true, 1, 4}, {"longitude", 3, true, 1, 4}, {"altitude", 3, true, 1, 2}}},
    {142, "switch", {{"", 1}}},
};

const Value* value_of(std::uint8_t type) {
  for (const Value& kind : kValues) {
    if (kind.type == type) return &kind;
  }
  return nullptr;
}

std::size_t size_of(const Value& kind) {
  int size = 0;
  for (const Part& part : kind.parts) size += part.size;
  return static_cast<std::size_t>(size);
}

std::int64_t number_at(std::string_view bytes, const Part& part) {
  std::int64_t value = 0;
  for (int i = 0; i < part.size; i++)
    value = value << 8 | static_cast<std::uint8_t>(bytes[static_cast<std::size_t>(i)]);
  const std::int64_t half = std::int64_t{1} << (8 * part.size - 1);
  return part.is_signed && value >= half ? value - 2 * half : value;
}

void write_value(JsonWriter& json, const Value& kind, std::string_view bytes) {
  const bool whole = kind.parts[0].name.empty();
  if (!whole) json.object();
  for (const Part& part : kind.parts) {
    if (part.size == 0) break;
    if (!whole) json.key(part.name);
    json.number(static_cast<double>(number_at(bytes, part) * part.step) / std::pow(10, part.scale));
    bytes.remove_prefix(static_cast<std::size_t>(part.size));
  }
  if (!whole) json.end();
}

Answer failed(std::string message) { return {Outcome::failed, std::move(message)}; }

// ---- the way back

namespace dom = simdjson::dom;

bool append_number(std::string& out, const Part& part, double value) {
  const double raw = std::round(value * std::pow(10, part.scale) / part.step);
  const double most = std::pow(2, 8 * part.size - (part.is_signed ? 1 : 0));
  if (!(raw < most && raw >= (part.is_signed ? -most : 0))) return false;
  const auto bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(raw));
  for (int i = part.size - 1; i >= 0; i--) out.push_back(static_cast<char>(bits >> (8 * i)));
  return true;
}

Result<double> number_of(dom::element value, std::string_view name) {
  double number = 0;
  bool flag = false;
  if (!value.get_double().get(number)) return number;
  if (!value.get_bool().get(flag)) return flag ? 1.0 : 0.0;
  return fail(ErrorKind::invalid, fmt::format("{} is not a number", name));
}

bool is_channel(std::string_view digits, std::uint8_t& channel) {
  const char* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, channel);
  return read.ec == std::errc() && read.ptr == end;
}

Result<> append_value(std::string& out, std::string_view name, dom::element value) {
  const std::size_t end = name.rfind('_');
  std::uint8_t channel = 0;
  const Value* kind = nullptr;
  if (end != std::string_view::npos && is_channel(name.substr(end + 1), channel)) {
    for (const Value& one : kValues) {
      if (one.name == name.substr(0, end)) kind = &one;
    }
  }
  if (!kind) return fail(ErrorKind::invalid, fmt::format("{} is no name of Cayenne LPP, such as digital_out_1", name));
  out.push_back(static_cast<char>(channel));
  out.push_back(static_cast<char>(kind->type));
  const auto too_large = fail(ErrorKind::invalid, fmt::format("{} does not fit its {} bytes", name, size_of(*kind)));
  if (kind->parts[0].name.empty()) {
    TRY(const double number, number_of(value, name));
    if (!append_number(out, kind->parts[0], number)) return too_large;
    return {};
  }
  dom::object object;
  if (value.get_object().get(object)) return fail(ErrorKind::invalid, fmt::format("{} is not an object", name));
  for (const Part& part : kind->parts) {
    dom::element one;
    if (object[part.name].get(one)) {
      return fail(ErrorKind::invalid, fmt::format("{} has no {}", name, part.name));
    }
    TRY(const double number, number_of(one, name));
    if (!append_number(out, part, number)) return too_large;
  }
  return {};
}

}  // namespace

Answer decode_cayenne(std::string_view bytes) {
  std::string out, warning;
  JsonWriter json(out);
  json.object().key("data").object();
  std::size_t at = 0;
  while (at < bytes.size() && warning.empty()) {
    const std::string_view rest = bytes.substr(at);
    const Value* kind = rest.size() > 1 ? value_of(static_cast<std::uint8_t>(rest[1])) : nullptr;
    if (rest.size() < 2 || (kind && rest.size() < 2 + size_of(*kind))) {
      warning = fmt::format("the payload ends within a value, at byte {}", at + 1);
    } else if (!kind) {
      warning = fmt::format("unknown type {:#04x} at byte {}: what follows cannot be read",
                            static_cast<std::uint8_t>(rest[1]), at + 2);
    } else {
      json.key(fmt::format("{}_{}", kind->name, static_cast<std::uint8_t>(rest[0])));
      write_value(json, *kind, rest.substr(2));
      at += 2 + size_of(*kind);
    }
  }
  if (!warning.empty() && at == 0) return failed(std::move(warning));
  json.end();
  if (!warning.empty()) json.key("warnings").array().string(warning).end();
  json.end();
  return {Outcome::answered, std::move(out)};
}

namespace {

Answer encode(dom::object data, std::optional<std::uint8_t> port) {
  std::string bytes;
  for (const auto field : data) {
    if (const auto done = append_value(bytes, field.key, field.value); !done) return failed(done.error().message);
  }
  std::string out;
  JsonWriter json(out);
  json.object().field("bytes", to_hex(bytes));
  if (port) json.field("fPort", *port);
  json.end();
  return {Outcome::answered, std::move(out)};
}

}  // namespace

Answer encode_cayenne(std::string_view data, std::optional<std::uint8_t> port) {
  dom::parser parser;
  dom::object object;
  if (parser.parse(data.data(), data.size()).get_object().get(object)) return failed("the data is not an object");
  return encode(object, port);
}

Answer run_cayenne(const Run& run) {
  if (run.routine == Routine::decode_uplink && run.bytes) return decode_cayenne(*run.bytes);
  if (run.routine != Routine::encode_downlink) {
    return failed(run.bytes ? fmt::format("Cayenne LPP has no {}", name_of(run.routine)) : "there are no bytes");
  }
  dom::parser parser;
  dom::object data;
  if (parser.parse(run.input)["data"].get_object().get(data)) return failed("there is no data");
  return encode(data, run.port);
}

}  // namespace qala::codec

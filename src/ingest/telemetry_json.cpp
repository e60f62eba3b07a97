#include "ingest/telemetry_json.h"

#include <cstring>

#include <simdjson.h>

#include "ingest/number.h"

namespace qala::ingest {

namespace {

namespace sj = simdjson::ondemand;

constexpr std::size_t kMaxKey = 256;
constexpr std::size_t kMaxText = 16 * 1024;

/// simdjson needs some bytes behind the text; its parser is worth keeping. One of each per thread.
struct Scratch {
  sj::parser parser;
  std::string padded;
  std::string text;
};

Scratch& scratch() {
  thread_local Scratch instance;
  return instance;
}

Error not_json(simdjson::error_code code) {
  return fail(ErrorKind::invalid,
              std::string("the payload is not the JSON expected: ") + simdjson::error_message(code));
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::strchr(" \t\r\n", text.back())) text.remove_suffix(1);
  return text;
}

class Parser {
 public:
  Parser(const EachValue& each, const EachProblem& problem) : each_(each), problem_(problem) {}

  /// An object of values, {"ts":..,"values":{..}}, or an array of either.
  simdjson::error_code device(sj::value value) {
    sj::json_type type{};
    if (auto code = value.type().get(type)) return code;
    if (type == sj::json_type::array) {
      sj::array items;
      if (auto code = value.get_array().get(items)) return code;
      for (auto item : items) {
        sj::value one;
        if (auto code = item.get(one)) return code;
        if (auto code = record(one)) return code;
      }
      return simdjson::SUCCESS;
    }
    return record(value);
  }

  simdjson::error_code gateway(sj::object devices) {
    for (auto field : devices) {
      std::string_view name;
      if (auto code = field.unescaped_key().get(name)) return code;
      if (name.empty() || name.size() > kMaxKey) {
        problem_("oversized", "a device's name is empty or longer than 256 bytes");
        continue;
      }
      device_ = std::string(name);
      sj::value value;
      if (auto code = field.value().get(value)) return code;
      if (auto code = device(value)) return code;
    }
    return simdjson::SUCCESS;
  }

 private:
  /// Two passes over the members: the first finds out which of the two shapes it is, the second hands the values on.
  simdjson::error_code record(sj::value value) {
    sj::object object;
    if (auto code = value.get_object().get(object)) return code;
    Shape shape;
    for (auto field : object) {
      if (auto code = look(field, shape)) return code;
    }
    if (auto code = object.reset().error()) return code;
    if (!shape.stamped) return members(object, std::nullopt);
    for (auto field : object) {
      std::string_view key;
      if (auto code = field.unescaped_key().get(key)) return code;
      if (key != "values") continue;
      sj::object values;
      if (auto code = field.value().get_object().get(values)) return code;
      if (auto code = members(values, shape.time)) return code;
    }
    return simdjson::SUCCESS;
  }

  struct Shape {
    bool stamped = false;  ///< has an object called "values"
    std::optional<std::int64_t> time;
  };

  simdjson::error_code look(simdjson::simdjson_result<sj::field> field, Shape& shape) {
    // Not unescaped: simdjson has room for every string of the text once, and the second pass takes it.
    sj::raw_json_string key;
    if (auto code = field.key().get(key)) return code;
    const bool is_values = key.is_equal("values");
    const bool is_time = key.is_equal("ts");
    sj::value value;
    if (auto code = field.value().get(value)) return code;
    sj::json_type type{};
    if (auto code = value.type().get(type)) return code;
    if (is_values && type == sj::json_type::object) shape.stamped = true;
    std::int64_t ms = 0;
    if (is_time && type == sj::json_type::number && value.get_int64().get(ms) == simdjson::SUCCESS &&
        ms < 9'000'000'000'000 && ms > -9'000'000'000'000) {
      shape.time = ms * 1'000'000;
    }
    return simdjson::SUCCESS;
  }

  simdjson::error_code members(sj::object& object, std::optional<std::int64_t> time) {
    for (auto field : object) {
      std::string_view key;
      if (auto code = field.unescaped_key().get(key)) return code;
      sj::value value;
      if (auto code = field.value().get(value)) return code;
      if (auto code = member(key, value, time)) return code;
    }
    return simdjson::SUCCESS;
  }

  simdjson::error_code member(std::string_view key, sj::value value, std::optional<std::int64_t> time) {
    TelemetryValue out{.device = device_, .key = key, .time_ns = time, .text = {}};
    sj::json_type type{};
    if (auto code = value.type().get(type)) return code;
    if (key.empty() || key.size() > kMaxKey) {
      problem_("oversized", "a key is empty or longer than 256 bytes");
      return simdjson::SUCCESS;
    }
    switch (type) {
      case sj::json_type::null: return simdjson::SUCCESS;
      case sj::json_type::boolean: {
        bool truth = false;
        if (auto code = value.get_bool().get(truth)) return code;
        out.type = readings::ValueType::boolean;
        out.bits = truth;
        break;
      }
      case sj::json_type::number: {
        Number number;
        if (!parse_number(trim(value.raw_json_token()), number)) return simdjson::NUMBER_ERROR;
        double check = 0;  // moves the parser on, and refuses what JSON does not call a number
        if (auto code = value.get_double().get(check)) return code;
        out.type = number.type;
        out.scale = number.scale;
        out.bits = number.bits;
        break;
      }
      case sj::json_type::string:
        if (auto code = value.get_string().get(out.text)) return code;
        out.type = readings::ValueType::text;
        break;
      case sj::json_type::array:
      case sj::json_type::object:
        if (auto code = simdjson::to_json_string(value).get(out.text)) return code;
        out.type = readings::ValueType::json;
        break;
    }
    if (out.text.size() > kMaxText) {
      problem_("oversized", "the value of \"" + std::string(key) + "\" is longer than 16 KiB");
      return simdjson::SUCCESS;
    }
    each_(out);
    return simdjson::SUCCESS;
  }

  const EachValue& each_;
  const EachProblem& problem_;
  std::string device_;
};

template <class Read>
Result<> with_document(std::string_view json, Read read) {
  auto& s = scratch();
  s.padded.assign(json);
  s.padded.reserve(json.size() + simdjson::SIMDJSON_PADDING);
  sj::document document;
  if (auto code = s.parser.iterate(s.padded.data(), json.size(), s.padded.capacity()).get(document)) {
    return not_json(code);
  }
  if (auto code = read(document)) return not_json(code);
  const char* rest = nullptr;
  if (document.current_location().get(rest) == simdjson::SUCCESS) {
    return fail(ErrorKind::invalid, "the payload goes on after its JSON value");
  }
  return {};
}

}  // namespace

Result<> parse_device_telemetry(std::string_view json, const EachValue& each, const EachProblem& problem) {
  return with_document(json, [&](sj::document& document) {
    sj::value value;
    if (auto code = document.get_value().get(value)) return code;
    return Parser(each, problem).device(value);
  });
}

Result<> parse_gateway_telemetry(std::string_view json, const EachValue& each, const EachProblem& problem) {
  return with_document(json, [&](sj::document& document) {
    sj::object devices;
    if (auto code = document.get_object().get(devices)) return code;
    return Parser(each, problem).gateway(devices);
  });
}

Result<std::string> parse_gateway_device(std::string_view json) {
  std::string name;
  TRY_VOID(with_document(json, [&](sj::document& document) {
    sj::object object;
    if (auto code = document.get_object().get(object)) return code;
    for (auto field : object) {
      std::string_view key;
      if (auto code = field.unescaped_key().get(key)) return code;
      if (key != "device") continue;
      std::string_view text;
      if (auto code = field.value().get_string().get(text)) return code;
      name = text;
    }
    return simdjson::SUCCESS;
  }));
  if (name.empty()) return fail(ErrorKind::invalid, "the payload names no \"device\"");
  return name;
}

}  // namespace qala::ingest

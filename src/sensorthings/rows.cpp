#include "sensorthings/rows.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "base/json_writer.h"
#include "ingest/number.h"

namespace qala::sensorthings {

using readings::ValueType;

namespace {

constexpr std::string_view kEnvelope = R"({"@qala":)";

void open_envelope(std::string_view text, Row& row) {
  registry::JsonProblem problem;
  const Json tree = registry::parse_json(text, problem);
  const Json* ours = tree.find("@qala");
  if (!problem.what.empty() || !ours) return;
  if (const Json* shift = ours->find("shift")) row.from -= std::atoll(shift->text.c_str());
  if (const Json* foi = ours->find("foi")) row.feature = static_cast<std::uint32_t>(std::atoll(foi->text.c_str()));
  if (const Json* quality = ours->find("quality")) row.quality = json_text(*quality);
  if (const Json* valid = ours->find("valid")) {
    if (const auto time = parse_time(valid->text)) {
      row.valid_from = time->from;
      row.valid_to = time->to;
    }
  }
  if (const Json* parameters = tree.find("parameters")) row.parameters = json_text(*parameters);
}

std::string envelope(const Row& row, std::int64_t shift) {
  const bool plain = shift == 0 && row.feature == 0 && row.quality.empty() && !row.valid_from &&
                     !row.parameters.starts_with(kEnvelope);
  if (plain) return row.parameters;
  std::string out;
  JsonWriter json(out);
  json.object().key("@qala").object();
  if (shift != 0) json.field("shift", shift);
  if (row.feature != 0) json.field("foi", row.feature);
  if (row.valid_from) json.field("valid", time_text(*row.valid_from, row.valid_to));
  if (!row.quality.empty()) json.key("quality").raw(row.quality);
  json.end();
  if (!row.parameters.empty()) json.key("parameters").raw(row.parameters);
  json.end();
  return out;
}

}  // namespace

Json json_object() {
  Json out;
  out.kind = Json::Kind::object;
  return out;
}

Json json_string(std::string text) {
  Json out;
  out.kind = Json::Kind::string;
  out.text = std::move(text);
  return out;
}

std::string json_text(const Json& json) {
  std::string out;
  JsonWriter writer(out);
  registry::write_json(writer, json);
  return out;
}

Row row_of(const readings::Range& range, std::size_t i, const Book& book) {
  const auto& from = range.batch.rows[i];
  Row row;
  row.datastream = from.datastream;
  row.key = row.from = from.time;
  row.type = from.type;
  row.scale = from.scale;
  row.bits = from.bits;
  if (from.type == ValueType::text || from.type == ValueType::json) row.text = range.batch.text_of(from.bits);
  if (i < range.ids.size()) row.id = range.ids[i].value;
  const auto extra = std::ranges::lower_bound(range.batch.extras, i, {}, &readings::Extra::row);
  if (extra != range.batch.extras.end() && extra->row == i) {
    if (extra->interval_end != 0) row.to = extra->interval_end;
    if (extra->result_time != 0) row.result_time = extra->result_time;
    if (extra->parameters.length != 0) {
      const auto text = range.batch.text_of(extra->parameters.bits());
      if (text.starts_with(kEnvelope)) open_envelope(text, row);
      else row.parameters = text;
    }
  }
  if (book.any_moved()) {
    if (const auto id = book.moved_to(row.datastream.value, row.key); id != 0) row.id = id;
  }
  return row;
}

void pack(const Row& row, std::int64_t shift, readings::Batch& batch) {
  readings::Observation out;
  out.datastream = row.datastream;
  out.type = row.type;
  out.scale = row.scale;
  out.time = row.from + shift;
  out.bits = row.bits;
  const auto keep = [&](const std::string& text) {
    const readings::TextRef ref{.offset = batch.text.size(), .length = static_cast<std::uint32_t>(text.size())};
    batch.text += text;
    return ref;
  };
  if (row.type == ValueType::text || row.type == ValueType::json) out.bits = keep(row.text).bits();
  readings::Extra extra;
  extra.row = static_cast<std::uint32_t>(batch.rows.size());
  extra.interval_end = row.to.value_or(0);
  extra.result_time = row.result_time.value_or(0);
  if (const auto text = envelope(row, shift); !text.empty()) extra.parameters = keep(text);
  if (extra.interval_end != 0 || extra.result_time != 0 || extra.parameters.length != 0) batch.extras.push_back(extra);
  batch.rows.push_back(out);
}

void append_result(std::string& out, const Row& row) {
  switch (row.type) {
    case ValueType::decimal: append_decimal(out, row.bits, row.scale); break;
    case ValueType::real: JsonWriter(out).number(std::bit_cast<double>(row.bits)); break;
    case ValueType::integer: out += std::to_string(row.bits); break;
    case ValueType::boolean: out += row.bits ? "true" : "false"; break;
    case ValueType::text: append_json_string(out, row.text); break;
    case ValueType::json: out += row.text; break;
  }
}

Value result_value(const Row& row) {
  switch (row.type) {
    case ValueType::decimal: {
      static constexpr long double kPowers[] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L, 1e9L,
                                                1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L};
      const auto mantissa = static_cast<long double>(row.bits);
      if (row.scale >= 0 && row.scale <= 18) return Value::of(mantissa / kPowers[row.scale]);
      return Value::of(mantissa * std::pow(10.0L, static_cast<long double>(-row.scale)));
    }
    case ValueType::integer: return Value::of(static_cast<long double>(row.bits));
    case ValueType::boolean: return Value::boolean(row.bits != 0);
    case ValueType::text: return Value::string(row.text);
    default: break;
  }
  std::string text;
  append_result(text, row);
  if (row.type == ValueType::real) return Value::of(std::strtold(text.c_str(), nullptr));
  registry::JsonProblem problem;
  return value_of(registry::parse_json(text, problem));
}

void set_result(const Json& result, Row& row) {
  row.text.clear();
  row.scale = 0;
  switch (result.kind) {
    case Json::Kind::boolean:
      row.type = ValueType::boolean;
      row.bits = result.text == "true";
      return;
    case Json::Kind::string:
      row.type = ValueType::text;
      row.text = result.text;
      return;
    case Json::Kind::number: {
      ingest::Number number;
      const auto digits = std::ranges::count_if(result.text, [](char c) { return c >= '0' && c <= '9'; });
      if (!ingest::parse_number(result.text, number) || (number.type == ValueType::real && digits > 17)) break;
      row.type = number.type;
      row.scale = number.scale;
      row.bits = number.bits;
      return;
    }
    default: break;
  }
  row.type = ValueType::json;
  row.text = json_text(result);
}

}  // namespace qala::sensorthings

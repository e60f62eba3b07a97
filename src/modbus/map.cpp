#include "modbus/map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "base/file.h"
#include "base/toml.h"
#include "ingest/number.h"
#include "registry/catalogue.h"

namespace qala::modbus {

namespace {

constexpr std::array<std::string_view, 9> kTypes = {"int16",  "uint16",  "int32",   "uint32", "int64",
                                                    "uint64", "float32", "float64", "bit"};
constexpr std::array<std::string_view, 4> kOrders = {"ABCD", "CDAB", "BADC", "DCBA"};
constexpr std::size_t kMostValues = 2000;

/// Takes the values of one table; the first mistake stays.
class Reader {
 public:
  Reader(const toml::table& table, const std::string& file) : table_(table), file_(file) {}

  void text(std::string_view name, std::string& out) {
    const auto* node = take(name);
    if (!node) return;
    if (const auto value = node->value_exact<std::string>()) out = *value;
    else wrong(*node, name, "text in quotes is expected");
  }
  template <class Number>
  void integer(std::string_view name, Number& out, std::int64_t low, std::int64_t high) {
    const auto* node = take(name);
    if (!node) return;
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < low || *value > high)
      return wrong(*node, name, fmt::format("a whole number from {} to {} is expected", low, high));
    out = static_cast<Number>(*value);
  }
  void number(std::string_view name, std::optional<double>& out) {
    const auto* node = take(name);
    if (!node) return;
    if (node->is_number() && std::isfinite(*node->value<double>())) out = *node->value<double>();
    else wrong(*node, name, "a number is expected");
  }
  void factor(std::string_view name, Factor& out) {
    const auto* node = take(name);
    if (!node) return;
    const auto parsed = node->is_number() ? ingest::number_of(*node->value<double>()) : std::nullopt;
    if (!parsed || parsed->type != readings::ValueType::decimal)
      return wrong(*node, name, "a number such as 0.1 is expected");
    out = {parsed->bits, parsed->scale};
  }
  template <std::size_t size, class Enum>
  void word(std::string_view name, const std::array<std::string_view, size>& words, Enum& out) {
    const auto* node = take(name);
    if (!node) return;
    const auto value = node->value_exact<std::string>();
    const auto at = value ? std::ranges::find(words, *value) : words.end();
    if (at == words.end()) return wrong(*node, name, fmt::format("one of {} is expected", fmt::join(words, ", ")));
    out = static_cast<Enum>(at - words.begin());
  }
  void no_others() {
    for (const auto& [key, node] : table_) {
      if (!known_.contains(key.str()))
        wrong(key.source(), std::string(key.str()), "nothing of this name is known here");
    }
  }
  bool has(std::string_view name) const { return table_.contains(name); }
  const toml::node* take(std::string_view name) {
    known_.emplace(name);
    return table_.get(name);
  }
  void wrong(const toml::node& node, std::string_view name, std::string_view what) { wrong(node.source(), name, what); }
  void wrong(const toml::source_region& where, std::string_view name, std::string_view what) {
    if (!error_.empty()) return;
    error_ = fmt::format("{}:{}:{}: {}: {}", file_, static_cast<unsigned>(where.begin.line),
                         static_cast<unsigned>(where.begin.column), name, what);
  }
  /// At the name itself if it is there, else at the table.
  void wrong(std::string_view name, std::string_view what) {
    const auto* node = table_.get(name);
    wrong(node ? node->source() : table_.source(), name, what);
  }
  Result<> done() const {
    if (error_.empty()) return {};
    return fail(ErrorKind::invalid, error_);
  }

 private:
  const toml::table& table_;
  const std::string& file_;
  std::set<std::string, std::less<>> known_;
  std::string error_;
};

const registry::ObservedProperty* property_of(std::string_view key) {
  const auto all = registry::catalogue();
  const auto found = std::ranges::find(all, key, &registry::ObservedProperty::key);
  return found == all.end() ? nullptr : &*found;
}

/// What the fields say together.
void check(Reader& reader, const DeviceMap& map, const Register& one) {
  if (one.key.empty()) reader.wrong("key", "is missing: what the datastream is called, \"supply_temperature\"");
  if (!reader.has("address")) reader.wrong("address", "is missing");
  if (one.number < map.address_base)
    reader.wrong("address", fmt::format("registers begin at {}, as address_base says", map.address_base));
  if (one.number - map.address_base + one.count() > 65'536) reader.wrong("address", "behind the last register, 65535");
  const bool bits = reads_bits(one.function);
  if (bits && one.type != Type::bit)
    reader.wrong("type", fmt::format("function {} reads bits: type must be \"bit\"", static_cast<int>(one.function)));
  if (reader.has("bit") && (one.type != Type::bit || bits))
    reader.wrong("bit", "names one of a register's 16 bits: type must be \"bit\" and function 3 or 4");
  if (one.min && one.max && *one.min > *one.max) reader.wrong("min", "is above max");
  if (one.deadband < 0) reader.wrong("deadband", "must not be below 0");
  if (one.count() > map.largest) reader.wrong("type", "does not fit into the largest request");
  const auto* property = property_of(one.property);
  if (property && !one.unit.empty() && one.unit != property->unit)
    reader.wrong("unit", fmt::format("{} is kept in \"{}\": choose scale so that the value has that unit", one.property,
                                     property->unit));
}

Result<Register> read_register(const toml::table& table, const DeviceMap& map, const Register& defaults) {
  Reader reader(table, map.file);
  Register out = defaults;
  reader.text("key", out.key);
  reader.text("name", out.name);
  reader.text("property", out.property);
  reader.text("unit", out.unit);
  int function = static_cast<int>(out.function);
  reader.integer("function", function, 1, 4);
  out.function = static_cast<Function>(function);
  if (reads_bits(out.function)) out.type = Type::bit;
  reader.integer("address", out.number, 0, 65'536);
  reader.word("type", kTypes, out.type);
  reader.integer("bit", out.bit, 0, 15);
  reader.word("order", kOrders, out.order);
  reader.factor("scale", out.scale);
  reader.factor("offset", out.offset);
  reader.number("min", out.min);
  reader.number("max", out.max);
  std::int64_t absent = 0;
  reader.integer("absent", absent, INT64_MIN, INT64_MAX);
  if (reader.has("absent")) out.absent = absent;
  std::optional<double> deadband;
  reader.number("deadband", deadband);
  out.deadband = deadband.value_or(0);
  reader.integer("every_s", out.every_s, 1, 86'400);
  reader.integer("at_least_s", out.at_least_s, 1, 86'400);
  if (out.at_least_s == 0) out.at_least_s = deadband ? std::max<std::int64_t>(out.every_s, 600) : out.every_s;
  reader.no_others();
  check(reader, map, out);
  TRY_VOID(reader.done());
  out.address = static_cast<std::uint16_t>(out.number - map.address_base);
  return out;
}

Result<> read_registers(const toml::table& document, Reader& reader, DeviceMap& map, const Register& defaults) {
  const auto* list = reader.take("register");
  const auto* array = list ? list->as_array() : nullptr;
  if (!array || array->empty()) {
    reader.wrong(document, "[[register]]", "at least one is expected");
    return reader.done();
  }
  if (array->size() > kMostValues) {
    reader.wrong(*array, "[[register]]", fmt::format("{} are the most", kMostValues));
    return reader.done();
  }
  std::set<std::string, std::less<>> keys;
  for (const auto& node : *array) {
    const auto* table = node.as_table();
    if (!table) {
      reader.wrong(node, "register", "tables [[register]] are expected");
      return reader.done();
    }
    TRY(auto one, read_register(*table, map, defaults));
    if (!keys.insert(one.key).second) reader.wrong(*table->get("key"), "key", "\"" + one.key + "\" is there twice");
    map.registers.push_back(std::move(one));
  }
  return {};
}

}  // namespace

std::string_view name_of(Type type) { return kTypes[static_cast<std::size_t>(type)]; }
std::string_view name_of(Order order) { return kOrders[static_cast<std::size_t>(order)]; }

std::uint16_t words_of(Type type) {
  switch (type) {
    case Type::int16:
    case Type::uint16:
    case Type::bit: return 1;
    case Type::int32:
    case Type::uint32:
    case Type::float32: return 2;
    case Type::int64:
    case Type::uint64:
    case Type::float64: return 4;
  }
  return 1;
}

Result<DeviceMap> parse_map(std::string_view text, const std::string& file) {
  const toml::parse_result parsed = toml::parse(text, file);
  if (!parsed) {
    const auto where = parsed.error().source().begin;
    return fail(ErrorKind::invalid,
                fmt::format("{}:{}:{}: {}", file, static_cast<unsigned>(where.line),
                            static_cast<unsigned>(where.column), std::string(parsed.error().description())));
  }
  DeviceMap map;
  map.file = file;
  Reader reader(parsed.table(), file);
  reader.text("name", map.name);
  reader.text("kind", map.kind);
  if (!map.kind.empty() && !registry::kind_from(map.kind)) reader.wrong("kind", "no such kind of thing");
  reader.integer("address_base", map.address_base, 0, 1);
  if (!reader.has("address_base"))
    reader.wrong(
        "address_base",
        "is missing: 0 if the maker's addresses are those on the wire, 1 if its first register has the number 1");
  reader.integer("largest_request", map.largest, 1, kMostRegisters);
  reader.integer("gap", map.gap, 0, 100);
  Register defaults;
  int function = static_cast<int>(defaults.function);
  reader.integer("function", function, 1, 4);
  defaults.function = static_cast<Function>(function);
  reader.word("order", kOrders, defaults.order);
  reader.integer("every_s", defaults.every_s, 1, 86'400);
  TRY_VOID(read_registers(parsed.table(), reader, map, defaults));
  reader.no_others();
  TRY_VOID(reader.done());
  return map;
}

Result<std::shared_ptr<const DeviceMap>> read_map(const std::string& file) {
  TRY(const auto bytes, read_file(file));
  TRY(auto map, parse_map({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file));
  return std::make_shared<const DeviceMap>(std::move(map));
}

}  // namespace qala::modbus

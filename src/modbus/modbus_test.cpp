// The pure parts: frames, maps, plans, values.
#include <gtest/gtest.h>

#include "modbus/frame.h"
#include "modbus/plan.h"
#include "modbus/value.h"

namespace qala::modbus {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr const char* kSubstation = R"(
name = "Controller"
kind = "heat_substation"
address_base = 1
function = 4
every_s = 30
[[register]]
key = "supply_temperature"
property = "supply_temperature"
address = 1
type = "int16"
scale = 0.1
min = -40
max = 200
absent = -32768
[[register]]
key = "return_temperature"
address = 2
type = "int16"
scale = 0.1
offset = -0.05
[[register]]
key = "heat_energy"
address = 11
type = "uint32"
order = "CDAB"
scale = 0.001
[[register]]
key = "pump_state"
function = 2
address = 4
)";

TEST(Frame, IsAsTheStandardDrawsIt) {
  const auto bytes = encode(1, {.unit = 1, .function = Function::holding_registers, .address = 100, .count = 2});
  EXPECT_EQ(Bytes(bytes.begin(), bytes.end()), (Bytes{0, 1, 0, 0, 0, 6, 1, 3, 0, 100, 0, 2}));
}

TEST(Frame, IsCutFromAStreamByItsLength) {
  const Bytes two = {0, 1, 0, 0, 0, 7, 1, 3, 4, 3, 68, 1, 246, 0, 2, 0, 0, 0, 3, 1, 131, 2};
  for (std::size_t size = 0; size < 13; size++) {
    const auto part = cut(std::span(two).first(size));
    ASSERT_TRUE(part);
    EXPECT_FALSE(*part) << size;
  }
  const auto first = cut(two);
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->size, 13U);
  const auto answer = answer_to({.unit = 1, .function = Function::holding_registers, .count = 2}, **first);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->values, (std::vector<std::uint16_t>{836, 502}));
  const auto second = cut(std::span(two).subspan(13));
  ASSERT_TRUE(second && *second);
  const auto refused = answer_to({.unit = 1, .function = Function::holding_registers, .count = 2}, **second);
  ASSERT_TRUE(refused && refused->exception);
  EXPECT_EQ(words_of(*refused->exception), "illegal data address: the device has no such register (exception 2)");
}

TEST(Frame, OfAnotherProtocolIsNone) {
  EXPECT_FALSE(cut(Bytes{'H', 'T', 'T', 'P', '/', '1', '.', '1'}));
  EXPECT_FALSE(cut(Bytes{0, 1, 0, 0, 1, 0, 1, 3}));  // longer than a frame may be
  EXPECT_FALSE(cut(Bytes{0, 1, 0, 0, 0, 1, 1}));     // too short for a function
}

TEST(Answer, ThatFitsNotTheQuestionIsNone) {
  const auto judge = [](Bytes bytes, Request request) {
    const auto frame = cut(bytes);
    return answer_to(request, **frame).has_value();
  };
  const Request two{.unit = 1, .function = Function::holding_registers, .count = 2};
  EXPECT_TRUE(judge({0, 1, 0, 0, 0, 7, 1, 3, 4, 0, 1, 0, 2}, two));
  EXPECT_FALSE(judge({0, 1, 0, 0, 0, 7, 2, 3, 4, 0, 1, 0, 2}, two)) << "of another unit";
  EXPECT_FALSE(judge({0, 1, 0, 0, 0, 7, 1, 4, 4, 0, 1, 0, 2}, two)) << "of another function";
  EXPECT_FALSE(judge({0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 1}, two)) << "of fewer registers";
}

TEST(Answer, HasTheFirstBitLowest) {
  const Bytes bytes = {0, 2, 0, 0, 0, 5, 1, 1, 2, 0xcd, 0x01};
  const auto answer = answer_to({.unit = 1, .function = Function::coils, .count = 10}, **cut(bytes));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->values, (std::vector<std::uint16_t>{1, 0, 1, 1, 0, 0, 1, 1, 1, 0}));
}

TEST(DeviceMap, IsReadWithTheAddressesOfItsMaker) {
  const auto map = parse_map(kSubstation, "m.toml");
  ASSERT_TRUE(map) << map.error().message;
  ASSERT_EQ(map->registers.size(), 4U);
  EXPECT_EQ(map->registers[0].address, 0) << "the first register, as on the wire";
  EXPECT_EQ(map->registers[0].number, 1);
  EXPECT_EQ(map->registers[2].address, 10);
  EXPECT_EQ(map->registers[2].every_s, 30);
  EXPECT_EQ(map->registers[3].type, Type::bit);
}

TEST(DeviceMap, SaysWhereItsMistakesAre) {
  struct Case {
    const char *text, *said;
  };
  const Case cases[] = {
      {"[[register]]\nkey = \"a\"\naddress = 1\n", "m.toml:1:1: address_base: is missing"},
      {"address_base = 2\n", "m.toml:1:16: address_base: a whole number from 0 to 1"},
      {"address_base = 0\n", "[[register]]: at least one"},
      {"address_base = 1\n[[register]]\nkey = \"a\"\naddress = 0\n", "m.toml:4:11: address: registers begin at 1"},
      {"address_base = 0\n[[register]]\nkey = \"a\"\naddress = 65535\ntype = \"uint32\"\n",
       "m.toml:4:11: address: behind the last"},
      {"address_base = 0\n[[register]]\naddress = 1\n", "key: is missing"},
      {"address_base = 0\n[[register]]\nkey = \"a\"\naddress = 1\ntype = \"real\"\n", "m.toml:5:8: type: one of int16"},
      {"address_base = 0\n[[register]]\nkey = \"a\"\naddress = 1\norder = \"big\"\n", "m.toml:5:9: order: one of ABCD"},
      {"address_base = 0\n[[register]]\nkey = \"a\"\naddress = 1\nfactor = 2\n", "factor: nothing of this name"},
      {"address_base = 0\n[[register]]\nkey = \"a\"\naddress = 1\nbit = 3\n", "m.toml:5:7: bit: names one of"},
      {"address_base = 0\n[[register]]\nkey = \"a\"\naddress = 1\nfunction = 1\ntype = \"int16\"\n",
       "function 1 reads bits"},
      {"address_base = 0\n[[register]]\nkey = \"a\"\naddress = 1\n[[register]]\nkey = \"a\"\naddress = 2\n",
       "m.toml:6:7: key: \"a\" is there twice"},
      {"address_base = 0\n[[register]]\nkey = \"a\"\nproperty = \"heat_energy\"\nunit = \"Gcal\"\naddress = 1\n",
       "m.toml:5:8: unit: heat_energy is kept in \"MWh\""},
      {"address_base = 0\nkind = \"boiler\"\n", "m.toml:2:8: kind: no such kind"},
      {"address_base = \n", "m.toml:1:"},
  };
  for (const auto& test : cases) {
    const auto map = parse_map(test.text, "m.toml");
    ASSERT_FALSE(map) << test.text;
    EXPECT_NE(map.error().message.find(test.said), std::string::npos) << map.error().message << "\nfor\n" << test.text;
  }
}

std::vector<Group> plan_of(const std::string& text) {
  const auto map = parse_map("address_base = 0\n" + text, "m.toml");
  EXPECT_TRUE(map) << map.error().message;
  return map ? plan(*map) : std::vector<Group>();
}

std::string registers(std::initializer_list<int> addresses, const std::string& more = {}) {
  std::string out;
  for (const int address : addresses)
    out +=
        "[[register]]\nkey = \"r" + std::to_string(address) + "\"\naddress = " + std::to_string(address) + "\n" + more;
  return out;
}

TEST(Plan, AsksForNeighboursAtOnce) {
  const auto groups = plan_of(registers({3, 1, 2}));
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].address, 1);
  EXPECT_EQ(groups[0].count, 3);
  EXPECT_EQ(groups[0].registers, (std::vector<std::size_t>{1, 2, 0}));
}

TEST(Plan, ReadsNothingThatNobodyNamed) {
  EXPECT_EQ(plan_of(registers({1, 3})).size(), 2U);
  EXPECT_EQ(plan_of("gap = 1\n" + registers({1, 3})).size(), 1U);
  EXPECT_EQ(plan_of("gap = 1\n" + registers({1, 4})).size(), 2U);
}

TEST(Plan, KeepsToTheLimitsOfTheStandardAndOfTheDevice) {
  std::string many, bits;
  for (int i = 0; i < 300; i++) many += registers({i});
  for (int i = 0; i < 2001; i++) bits += i < 2000 ? registers({i}, "function = 1\n") : "";
  const auto groups = plan_of(many);
  ASSERT_EQ(groups.size(), 3U);
  for (const auto& group : groups) EXPECT_LE(group.count, kMostRegisters);
  EXPECT_EQ(plan_of("largest_request = 10\n" + many).size(), 30U);
  const auto coils = plan_of(bits);
  ASSERT_EQ(coils.size(), 1U);
  EXPECT_EQ(coils[0].count, 2000);
}

TEST(Plan, KeepsWhatIsAskedForAtOtherTimesApart) {
  EXPECT_EQ(plan_of(registers({1, 2}) + registers({3}, "every_s = 5\n")).size(), 2U);
}

TEST(Plan, SeveralBitsOfARegisterAreOneQuestion) {
  const auto groups = plan_of(
      "[[register]]\nkey = \"a\"\naddress = 7\ntype = \"bit\"\nbit = 0\n"
      "[[register]]\nkey = \"b\"\naddress = 7\ntype = \"bit\"\nbit = 9\n");
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].count, 1);
  EXPECT_EQ(groups[0].registers.size(), 2U);
}

std::string value(Register one, std::vector<std::uint16_t> words) {
  const auto out = value_of(one, words);
  if (out.fate == Fate::absent) return "absent";
  if (out.fate == Fate::out_of_range) return "out of range";
  if (out.fate == Fate::not_a_number) return "nan";
  if (out.number.type == readings::ValueType::real) return "real " + std::to_string(out.real);
  return std::to_string(out.number.bits) + "e-" + std::to_string(out.number.scale);
}

TEST(Value, OfWholeNumbersKeepsItsDigits) {
  EXPECT_EQ(value({.type = Type::int16, .scale = {1, 1}}, {836}), "836e-1");
  EXPECT_EQ(value({.type = Type::int16, .scale = {1, 1}}, {0xff9c}), "-100e-1");
  EXPECT_EQ(value({.type = Type::uint16}, {0xff9c}), "65436e-0");
  EXPECT_EQ(value({.type = Type::int16, .scale = {1, 1}, .offset = {-5, 2}}, {836}), "8355e-2");
  EXPECT_EQ(value({.type = Type::int16, .scale = {1, 2}, .offset = {-20, 0}}, {836}), "-1164e-2");
  EXPECT_EQ(value({.type = Type::uint64}, {0xffff, 0xffff, 0xffff, 0xffff}), "real 18446744073709551616.000000");
}

TEST(Value, HasItsBytesInTheOrderOfTheMap) {
  constexpr std::uint32_t kNumber = 0x000a1b2c;
  const auto expected = std::to_string(kNumber) + "e-0";
  EXPECT_EQ(value({.type = Type::uint32, .order = Order::abcd}, {0x000a, 0x1b2c}), expected);
  EXPECT_EQ(value({.type = Type::uint32, .order = Order::cdab}, {0x1b2c, 0x000a}), expected);
  EXPECT_EQ(value({.type = Type::uint32, .order = Order::badc}, {0x0a00, 0x2c1b}), expected);
  EXPECT_EQ(value({.type = Type::uint32, .order = Order::dcba}, {0x2c1b, 0x0a00}), expected);
  EXPECT_EQ(value({.type = Type::int32, .order = Order::cdab}, {0xfffe, 0xffff}), "-2e-0");
  EXPECT_EQ(value({.type = Type::int64, .order = Order::cdab}, {7, 0, 0, 0}), "7e-0");
}

TEST(Value, OfFloatsHasTheDigitsThatWereMeant) {
  EXPECT_EQ(value({.type = Type::float32}, {0x42a7, 0x3333}), "836e-1");  // 83.6, which a float holds as 83.59999847
  EXPECT_EQ(value({.type = Type::float32, .order = Order::cdab}, {0x3333, 0x42a7}), "836e-1");
  EXPECT_EQ(value({.type = Type::float64}, {0x4054, 0xe666, 0x6666, 0x6666}), "836e-1");
  EXPECT_EQ(value({.type = Type::float32}, {0x7fc0, 0}), "nan");
  EXPECT_EQ(value({.type = Type::float32}, {0x7f80, 0}), "nan");
}

TEST(Value, ThatCannotBeIsNone) {
  const Register temperature{.type = Type::int16, .scale = {1, 1}, .min = -40, .max = 200, .absent = -32768};
  EXPECT_EQ(value(temperature, {0x8000}), "absent");
  EXPECT_EQ(value(temperature, {0x7fff}), "out of range");
  EXPECT_EQ(value(temperature, {0x0700}), "1792e-1");
}

TEST(Value, IsOneBitOfARegister) {
  EXPECT_EQ(value({.type = Type::bit, .bit = 9}, {0x0200}), "1e-0");
  EXPECT_EQ(value({.type = Type::bit, .bit = 8}, {0x0200}), "0e-0");
  EXPECT_EQ(value({.function = Function::coils, .type = Type::bit}, {1}), "1e-0");
}

}  // namespace
}  // namespace qala::modbus

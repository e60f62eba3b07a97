#include <gtest/gtest.h>

#include <rapidcheck.h>

#include "ingest/line_protocol.h"

namespace qala::ingest {
namespace {

struct Field {
  std::string name, text;  ///< the value as written
  readings::ValueType type = readings::ValueType::decimal;
  std::int64_t bits = 0;
  std::int8_t scale = 0;
  std::string word;
};

struct Line {
  std::string measurement, thing;
  std::vector<Field> fields;
  std::int64_t time = 0;
};

std::string escape(const std::string& text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.contains(c)) out += '\\';
    out += c;
  }
  return out;
}

/// Names with everything that needs an escape, and letters of two bytes.
rc::Gen<std::string> names() {
  return rc::gen::map(rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(
                          rc::gen::element<std::string>("a", "B", "7", " ", ",", "=", "\\", "\"", "_", ".", "ә", "#"))),
                      [](const std::vector<std::string>& parts) {
                        std::string out = "n";
                        for (const auto& part : parts) out += part;
                        return out;
                      });
}

rc::Gen<Field> fields() {
  return rc::gen::exec([] {
    Field field;
    field.name = *names();
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        field.bits = *rc::gen::inRange<std::int64_t>(-999'999'999'999, 999'999'999'999);
        field.text = std::to_string(field.bits);
        break;
      case 1:
        field.type = readings::ValueType::integer;
        field.bits = *rc::gen::inRange<std::int64_t>(-999'999'999'999, 999'999'999'999);
        field.text = std::to_string(field.bits) + "i";
        break;
      case 2:
        field.type = readings::ValueType::boolean;
        field.bits = *rc::gen::inRange(0, 2);
        field.text = field.bits ? "true" : "F";
        break;
      default:
        field.type = readings::ValueType::text;
        field.word = *names();
        field.text = "\"" + escape(field.word, "\\\"") + "\"";
    }
    return field;
  });
}

std::string write(const Line& line) {
  constexpr std::string_view kSpecial = ", =\\\"";
  std::string out = escape(line.measurement, kSpecial) + ",thing=" + escape(line.thing, kSpecial) + " ";
  for (std::size_t i = 0; i < line.fields.size(); i++) {
    out += (i ? "," : "") + escape(line.fields[i].name, kSpecial) + "=" + line.fields[i].text;
  }
  return out + " " + std::to_string(line.time) + "\n";
}

TEST(LineProtocol, AnyValidLineGivesBackItsNamesAndValues) {
  EXPECT_TRUE(rc::check([] {
    std::vector<Line> lines;
    std::string text;
    const int count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; i++) {
      Line line;
      line.measurement = *names();
      line.thing = *names();
      line.fields = *rc::gen::nonEmpty(rc::gen::container<std::vector<Field>>(fields()));
      line.time = *rc::gen::inRange<std::int64_t>(-1'000'000'000'000, 2'000'000'000'000'000'000);
      text += write(line);
      lines.push_back(std::move(line));
    }
    const SeriesIndex index(7);
    Submission into;
    parse_lines(text, {.now = Instant::from_seconds(1)}, index, into);
    RC_ASSERT(into.rejected == 0U);
    std::size_t at = 0;
    std::uint32_t number = 0;
    for (const auto& line : lines) {
      number++;
      for (const auto& field : line.fields) {
        const auto& row = into.batch.rows.at(at);
        const auto& name = into.names.at(row.datastream.value & ~kUnknownSeries);
        RC_ASSERT(name.thing_key == line.thing);
        RC_ASSERT(name.key == line.measurement + "." + field.name);
        RC_ASSERT(row.type == field.type);
        RC_ASSERT(row.time == line.time);
        if (row.type == readings::ValueType::text) RC_ASSERT(into.batch.text_of(row.bits) == field.word);
        else RC_ASSERT(row.bits == field.bits);
        RC_ASSERT((into.lines.empty() ? at + 1 : into.lines.at(at)) == number);
        at++;
      }
    }
    RC_ASSERT(at == into.batch.rows.size());
  }));
}

TEST(LineProtocol, ALineIsTakenWholeOrNotAtAll) {
  const SeriesIndex index(7);
  Submission into;
  parse_lines("m,thing=a v=1 5\nm,thing=a v=1,w=bad 6\nm,thing=a v=2,w=3 7\n", {.now = {}}, index, into);
  ASSERT_EQ(into.batch.rows.size(), 3U);
  EXPECT_EQ(into.batch.rows[1].time, 7);
  EXPECT_EQ(into.lines, (std::vector<std::uint32_t>{1, 3, 3}));
  ASSERT_EQ(into.problems.size(), 1U);
  EXPECT_EQ(into.problems[0].line, 2U);
}

TEST(LineProtocol, BackslashesInTextAreKeptUnlessTheyEscape) {
  const SeriesIndex index(7);
  Submission into;
  parse_lines(R"(m,thing=a s="C:\dir\, x\"y\\z" 1)", {.now = {}}, index, into);
  ASSERT_EQ(into.batch.rows.size(), 1U);
  EXPECT_EQ(into.batch.text_of(into.batch.rows[0].bits), R"(C:\dir\, x"y\z)");
}

}  // namespace
}  // namespace qala::ingest

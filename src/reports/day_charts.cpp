#include "reports/day_charts.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace qala::reports {

namespace {

int digits_of(double step) {
  for (int digits = 0; digits < 3; digits++) {
    const double scaled = step * std::pow(10, digits);
    if (std::abs(scaled - std::round(scaled)) < 1e-6) return digits;
  }
  return 3;
}

/// Every six hours of the town's clock; on a day of 25 hours one stretch is longer.
std::vector<std::pair<double, std::string>> hours_of(const Day& day, const Voice& voice) {
  std::vector<std::pair<double, std::string>> out;
  const std::int64_t length = day.hours * Instant::kHour;
  std::string before;
  for (int hour = 0; hour < day.hours; hour++) {
    const Instant at{day.start.ns + hour * Instant::kHour};
    const std::string text = voice.clock(at);
    const bool mark = text == "00:00" || text == "06:00" || text == "12:00" || text == "18:00";
    if (mark && text != before)
      out.emplace_back(static_cast<double>(at.ns - day.start.ns) / static_cast<double>(length), text);
    before = text;
  }
  return out;
}

void scale(paper::Chart& chart, bool from_zero, const Voice& voice) {
  double low = std::numeric_limits<double>::max(), high = std::numeric_limits<double>::lowest();
  for (const auto* values : {&chart.line, &chart.before, &chart.low, &chart.high}) {
    for (const float value : *values) {
      if (std::isnan(value)) continue;
      low = std::min(low, double{value}), high = std::max(high, double{value});
    }
  }
  if (low > high) low = 0, high = 1;
  if (from_zero) low = std::min(low, 0.0);
  const double air = (high > low ? high - low : std::max(std::abs(high), 1.0)) * 0.08;
  chart.bottom = from_zero && low >= 0 ? 0 : low - air;
  chart.top = high + air;
  const auto marks = round_marks(chart.bottom, chart.top, 4);
  const int digits = marks.size() > 1 ? digits_of(marks[1] - marks[0]) : 0;
  for (const double mark : marks) chart.up.emplace_back(mark, voice.number(mark, digits));
}

double filled(const Day& day) {
  return static_cast<double>((day.end - day.start).count()) / static_cast<double>(day.hours * Instant::kHour);
}

}  // namespace

Text name_of(Field field) {
  return static_cast<Text>(static_cast<std::size_t>(Text::air) + static_cast<std::size_t>(field));
}

std::vector<double> round_marks(double low, double high, int most) {
  const double raw = (high - low) / most;
  if (!(raw > 0)) return {low};
  const double power = std::pow(10, std::floor(std::log10(raw)));
  double step = power * 10;
  for (const double k : {1.0, 2.0, 2.5, 5.0}) {
    if (k * power >= raw) {
      step = k * power;
      break;
    }
  }
  std::vector<double> out;
  for (double n = std::ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n++) out.push_back(n * step);
  return out;
}

std::vector<paper::Chart> day_charts(const DayFacts& facts, const Voice& voice) {
  std::vector<paper::Chart> out;
  const auto across = hours_of(facts.day, voice);
  for (const FieldDay& field : facts.fields) {
    const auto& question = field.question;
    paper::Chart chart{
        .title = voice.say(name_of(question.field)) +
                 (question.unit.empty() ? "" : ", " + std::string(words::unit(question.unit, voice.paper().language))),
        .line = field.line,
        .before = field.yesterday,
        .low = field.low,
        .high = field.high,
        .across = across,
        .nothing = voice.say(Text::no_data)};
    if (field.usual)
      chart.note = voice.say(Text::usual_range, {voice.number(field.usual->first, question.decimals) + "–" +
                                                 voice.number(field.usual->second, question.decimals)});
    // The line ends in the step that has passed last, not in the middle of the running one.
    chart.filled = static_cast<double>(field.line.size()) * question.question.minutes / (60.0 * facts.day.hours);
    scale(chart, question.from_zero, voice);
    out.push_back(std::move(chart));
  }
  paper::Chart came{.title = voice.say(Text::coverage) + ", %",
                    .line = facts.coverage.hours,
                    .across = across,
                    .nothing = voice.say(Text::no_data)};
  came.filled = std::max(filled(facts.day), 0.001);
  came.top = 105;
  for (const double mark : {0.0, 50.0, 100.0}) came.up.emplace_back(mark, voice.number(mark, 0));
  out.push_back(std::move(came));
  return out;
}

}  // namespace qala::reports

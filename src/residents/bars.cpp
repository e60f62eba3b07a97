// The hours of a day as bars, drawn by the server: no script, no picture to fetch.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "residents/parts.h"

namespace qala::residents {

namespace {

constexpr double kWidth = 296, kFloor = 78, kHeight = 60;
constexpr int kHours = 24;

const readings::Bucket& highest_of(const std::vector<readings::Bucket>& hours) {
  return *std::ranges::max_element(hours, {}, [](const readings::Bucket& hour) { return hour.mean(); });
}

std::string in_words(const Draft& draft, const std::vector<readings::Bucket>& hours) {
  const auto& most = highest_of(hours);
  const auto& least = *std::ranges::min_element(hours, {}, [](const readings::Bucket& hour) { return hour.mean(); });
  return fill(draft.word(Word::bars_in_words),
              {particles(least.mean(), draft.language), particles(most.mean(), draft.language),
               draft.time.clock({most.start})});
}

void write_axis(Draft draft, std::int64_t first) {
  draft.html.raw(fmt::format("<path class=\"a\" d=\"M0 {0}H{1}\"/>", kFloor + .5, kWidth));
  for (const int hour : {0, 6, 12, 18}) {
    const double x = hour * kWidth / kHours;
    draft.html.raw(fmt::format("<text x=\"{:.1f}\" y=\"93\"{}>", x, hour == 0 ? "" : " text-anchor=\"middle\""));
    draft.html.text(draft.time.clock({first + hour * Instant::kHour})).raw("</text>");
  }
  draft.html.raw(fmt::format("<text class=\"m\" x=\"{}\" y=\"93\" text-anchor=\"end\">", kWidth));
  draft.html.text(draft.word(Word::bars_now)).raw("</text>");
}

}  // namespace

void write_bars(Draft draft, const Air& air) {
  Html& html = draft.html;
  if (air.day.empty()) {
    html.raw("<p class=\"age\">").text(draft.word(Word::no_bars)).raw("</p>");
    return;
  }
  const auto hour = draft.time.zone().bucket_start(draft.time.now(), CalendarUnit::hour);
  const std::int64_t first = hour.ns - (kHours - 1) * Instant::kHour;
  const auto& most = highest_of(air.day);
  const double top = std::max(kBandEnds[1], most.mean()), step = kWidth / kHours;
  html.raw("<figure><svg viewBox=\"0 0 296 98\" width=\"296\" height=\"98\" role=\"img\" aria-label=\"");
  html.text(in_words(draft, air.day)).raw("\">");
  for (const auto& bucket : air.day) {
    const auto slot = static_cast<double>((bucket.start - first) / Instant::kHour);
    const double mean = std::max(0.0, bucket.mean()), height = std::max(1.0, mean / top * kHeight);
    html.raw(fmt::format("<rect class=\"b{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"1\"/>",
                         band_of(mean) + 1, slot * step + .8, kFloor - height, step - 1.6, height));
  }
  const double x = (static_cast<double>((most.start - first) / Instant::kHour) + .5) * step;
  const double y = kFloor - std::max(1.0, most.mean() / top * kHeight) - 4;
  html.raw(fmt::format("<text class=\"m\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">",
                       std::clamp(x, 14.0, 282.0), y));
  html.text(particles(most.mean(), draft.language)).raw("</text>");
  write_axis(draft, first);
  html.raw("</svg><figcaption>").text(draft.word(Word::last_24_hours));
  if (std::isfinite(air.day_mean)) {
    html.raw("<br>").text(fill(draft.word(Word::day_mean), {particles(air.day_mean, draft.language)}));
  }
  html.raw("</figcaption></figure>");
}

}  // namespace qala::residents

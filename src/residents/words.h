#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "words/format.h"
#include "words/language.h"

namespace qala::residents {

using words::ago;
using words::code_of;
using words::fill;
using words::kLanguages;
using words::Language;
using words::language_from;
using words::LocalTime;
using words::number;
using words::pick;
using words::preferred_language;

/// Every text of the page. `{}` in a text is filled by fill().
enum class Word : std::uint8_t {
  title,
  languages,
  air_now,
  stations,
  band_1,
  band_2,
  band_3,
  band_4,
  band_5,
  band_6,
  label_1,
  label_2,
  label_3,
  label_4,
  label_5,
  label_6,
  advice_1,
  advice_2,
  advice_3,
  advice_4,
  advice_5,
  advice_6,
  scale,
  highest,
  micrograms,
  over_single_limit,
  day_mean,
  last_24_hours,
  bars_now,
  bars_in_words,
  no_bars,
  no_data,
  no_data_since,
  no_data_yet,
  doubtful,
  all_silent,
  no_stations,
  out_of_order,
  heat,
  light,
  water,
  stop,
  bin,
  air,
  weather,
  no_faults,
  unknown,
  heat_weak,
  heat_fades,
  light_gone,
  water_weak,
  water_leaks,
  stop_cold,
  bin_full,
  fault,
  known,
  reporting,
  and_more,
  nothing_watched,
  as_of,
  reload,
  no_cookies,
  bands_question,
  bands_answer,
  warning_extreme,
  warning_severe,
  warning_moderate,
  warning_minor,
  warning_unknown,
  warning_do,
  warning_from,
  warning_until,
};
constexpr std::size_t kWords = static_cast<std::size_t>(Word::warning_until) + 1;

struct WordRow {
  Word word;
  const char *kk, *ru, *en;
};
std::span<const WordRow> all_words();
std::string_view text(Word word, Language language);
/// The n-th of a run of words: nth(Word::band_1, 3) is Word::band_4.
constexpr Word nth(Word first, std::size_t n) { return static_cast<Word>(static_cast<std::size_t>(first) + n); }

}  // namespace qala::residents

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "base/zone.h"
#include "words/language.h"

namespace qala::words {

/// "−1 234,5" (kk, ru: no-break space and comma; minus U+2212) or "−1,234.5" (en).
std::string number(double value, int decimals, Language language);

/// "28 мин бұрын", "5 сағ 38 мин бұрын", "3 күн бұрын"; less than a minute (or ahead of our clock): just now.
std::string ago(Duration age, Language language);

/// A unit's symbol as the language writes it: "µg/m³" is "мкг/м³" in Kazakh and Russian. Unknown ones stay.
std::string_view unit(std::string_view symbol, Language language);

/// How long: "28 мин", "5 сағ 38 мин", "3 күн"; less than a minute is "0 мин".
std::string span(Duration length, Language language);

/// Which of three forms a Russian noun has beside a number: 1 фонарь, 3 фонаря, 25 фонарей.
enum class Plural : std::uint8_t { one, few, many };
Plural russian_plural(std::uint64_t n);

/// Instants as people of the town read them: "19:26", "кеше 19:26", "15 қараша 19:26" (with the year if it is another).
class LocalTime {
 public:
  LocalTime(const Zone& zone, Instant now) : zone_(zone), now_(now) {}

  std::string clock(Instant at) const;  ///< "19:26"
  std::string weekday(Language language) const;  ///< of now: "сенбі"
  std::string when(Instant at, Language language) const;
  /// For paper, which is read on another day: "17.01.2026 19:26", "17 Jan 2026 19:26".
  std::string full(Instant at, Language language) const;
  /// "19:26-дан бері", "с 19:26", "since 19:26".
  std::string since(Instant at, Language language) const;
  Instant now() const { return now_; }
  const Zone& zone() const { return zone_; }

 private:
  std::string day_before(Instant at, Language language) const;

  const Zone& zone_;
  Instant now_;
};

/// The Kazakh ablative of a number as it is read aloud: "дан" for 26 (жиырма алты), "нан" for 10 (он), "тен" for 45.
std::string_view ablative_of(unsigned n);

}  // namespace qala::words

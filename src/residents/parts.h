#pragma once

#include "residents/counted.h"
#include "residents/html.h"
#include "residents/picture.h"

namespace qala::residents {

/// One page being written: where to, in which language, at what time.
struct Draft {
  Html& html;
  Language language;
  const LocalTime& time;

  std::string_view word(Word which) const { return text(which, language); }
  std::string number(double value, int decimals) const { return residents::number(value, decimals, language); }
  /// `<time datetime="2026-01-17T14:40:00Z">words</time>`
  void moment(std::int64_t at, std::string_view words);
  std::string when(std::int64_t at) const { return time.when({at}, language); }
  std::string since(std::int64_t at) const { return time.since({at}, language); }
  std::string age(std::int64_t at) const { return ago(Duration(time.now().ns - at), language); }
};

/// What the particles are shown as: whole from 100 on, else with one decimal.
std::string particles(double value, Language language);

std::string_view style_sheet();
std::string_view icon_of(Service service);
void write_icon(Html& html, std::string_view shape);
// A square for what is critical, a triangle for what is high: colour never speaks alone.
constexpr std::string_view kSquare =
    R"(<rect x="2" y="2" width="20" height="20" rx="3" fill="none"/><path d="M12 7v6M12 16.9v.2"/>)";
constexpr std::string_view kTriangle = R"(<path d="M12 2.5 22.5 21h-21ZM12 9v5.5M12 17.6v.2"/>)";

// Parts of the page in their order.
void write_warnings(Draft draft, const Picture& picture);
void write_notices(Draft draft, const Picture& picture);
void write_air(Draft draft, const Air& air);
void write_bars(Draft draft, const Air& air);
void write_stations(Draft draft, const Air& air);
void write_services(Draft draft, const Picture& picture);

// Words for one fault.
std::string words_of(const Fault& fault, Language language);  ///< "Жылу әлсіз"
std::string place_of(const Fault& fault, Language language);  ///< "Мектеп көшесі, Орталық"
/// "38 шам, 19:26-дан бері, кезекші біледі"
std::string details_of(const Fault& fault, Draft draft);

/// The whole document.
std::string write_page(const Picture& picture, const registry::LocalText& town, const Zone& zone, Language language);

}  // namespace qala::residents

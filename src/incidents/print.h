#pragma once

#include <functional>
#include <string>

#include "base/zone.h"
#include "incidents/shift_book.h"
#include "words/language.h"

namespace qala::incidents {

/// How the book's numbers become names. Any thread.
struct Names {
  std::function<std::string(ThingId)> thing = {};             ///< "ЖП-3 · Орталық"
  std::function<std::string(std::string_view)> rule = {};     ///< in the language of the paper
  std::string town = {};
};

struct Paper {
  words::Language language = words::Language::kk;
  const Zone& zone;
  Instant now = {};
  Names names = {};
};

/// A shift on paper: who, from when to when, both signatures, what was written down and everything that was open when
/// it changed hands. `book`: as ShiftBook::book() gives it; empty: it still runs, and the paper says so.
Result<std::string> shift_pdf(const Shift& shift, const std::vector<Entry>& entries, const std::string& book,
                              const Paper& paper);

}  // namespace qala::incidents

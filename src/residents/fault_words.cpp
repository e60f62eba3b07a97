#include "residents/parts.h"

namespace qala::residents {

namespace {

/// The first letter of a sentence. Cyrillic and Latin, as far as our own words need it.
std::string capitalized(std::string text) {
  if (text.empty()) return text;
  const auto first = static_cast<unsigned char>(text[0]);
  if (first >= 'a' && first <= 'z') {
    text[0] = static_cast<char>(first - 32);
  } else if (first == 0xd0 && text.size() > 1) {
    // а to п: U+0430 to U+043F, 32 below them are the capitals.
    const auto second = static_cast<unsigned char>(text[1]);
    if (second >= 0xb0 && second <= 0xbf) text[1] = static_cast<char>(second - 0x20);
  }
  return text;
}

std::string joined(std::initializer_list<std::string_view> pieces) {
  std::string out;
  for (const auto piece : pieces) {
    if (piece.empty()) continue;
    if (!out.empty()) out += ", ";
    out += piece;
  }
  return out;
}

}  // namespace

std::string words_of(const Fault& fault, Language language) {
  switch (fault.trouble) {
    case Trouble::heat_weak: return std::string(text(Word::heat_weak, language));
    case Trouble::heat_fades: return std::string(text(Word::heat_fades, language));
    case Trouble::light_gone: return std::string(text(Word::light_gone, language));
    case Trouble::lamps_dark: return capitalized(counted(Counted::lamps_dark, fault.things, language));
    case Trouble::water_weak: return std::string(text(Word::water_weak, language));
    case Trouble::water_leaks: return std::string(text(Word::water_leaks, language));
    case Trouble::stop_cold: return std::string(text(Word::stop_cold, language));
    case Trouble::bin_full: return std::string(text(Word::bin_full, language));
    case Trouble::by_rule: break;
  }
  const std::string& rule = pick(fault.rule, language);
  return rule.empty() ? std::string(text(Word::fault, language)) : rule;
}

std::string place_of(const Fault& fault, Language language) {
  const bool named = fault.trouble == Trouble::stop_cold || fault.trouble == Trouble::by_rule ||
                     (fault.street.empty() && pick(fault.zone, language).empty());
  return joined({named ? std::string_view(fault.name) : std::string_view(), fault.street, pick(fault.zone, language)});
}

std::string details_of(const Fault& fault, Draft draft) {
  std::string things;
  if (fault.trouble == Trouble::light_gone && fault.things > 1) {
    things = counted(Counted::lamps, fault.things, draft.language);
  } else if (fault.trouble == Trouble::bin_full && fault.things > 1) {
    things = counted(Counted::bins, fault.things, draft.language);
  }
  return joined({things, draft.since(fault.since), fault.known ? draft.word(Word::known) : std::string_view()});
}

}  // namespace qala::residents

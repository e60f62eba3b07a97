#include "words/language.h"

#include <cstdlib>

#include "base/assert.h"

namespace qala::words {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view take_until(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  const auto piece = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  return trimmed(piece);
}

/// "q=0.8" in thousandths; what is no weight counts as none, so that nonsense is not preferred.
int weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    auto one = take_until(parameters, ';');
    if (!one.starts_with("q=") && !one.starts_with("Q=")) continue;
    one.remove_prefix(2);
    if (one.empty() || one.size() > 5 || one.find_first_not_of("0123456789.") != std::string_view::npos) return 0;
    return static_cast<int>(std::strtod(std::string(one).c_str(), nullptr) * 1000);
  }
  return 1000;
}

}  // namespace

std::string_view code_of(Language language) {
  return language == Language::kk ? "kk" : language == Language::ru ? "ru" : "en";
}

std::optional<Language> language_from(std::string_view code) {
  for (const Language language : kLanguages) {
    if (code.size() == 2 && (code[0] | 0x20) == code_of(language)[0] && (code[1] | 0x20) == code_of(language)[1])
      return language;
  }
  return std::nullopt;
}

Language preferred_language(std::string_view header) {
  Language best = Language::kk;
  int best_weight = 0;
  while (!header.empty()) {
    auto item = take_until(header, ',');
    auto tag = take_until(item, ';');
    const auto language = language_from(tag.substr(0, tag.find('-')));
    if (const int weight = weight_of(item); language && weight > best_weight) best = *language, best_weight = weight;
  }
  return best;
}

std::string fill(std::string_view text, std::initializer_list<std::string_view> values) {
  std::string out;
  const auto* value = values.begin();
  for (;;) {
    const auto gap = text.find("{}");
    out += text.substr(0, gap);
    if (gap == std::string_view::npos) return out;
    QALA_ASSERT(value != values.end(), "every gap of a text is filled");
    out += *value++;
    text.remove_prefix(gap + 2);
  }
}

const std::string& pick(const registry::LocalText& text, Language language) {
  const std::string& wanted = language == Language::kk ? text.kk : language == Language::ru ? text.ru : text.en;
  if (!wanted.empty()) return wanted;
  return !text.kk.empty() ? text.kk : !text.ru.empty() ? text.ru : text.en;
}

}  // namespace qala::words

#include "words/fold.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/utf8.h"

namespace qala::words {

namespace {

struct Letter {
  char32_t letter;
  const char* folded;
};

/// Lower-case letters by code point; an empty text drops the letter.
constexpr std::array kLetters{
    Letter{U'\'', ""},  Letter{U'`', ""},   Letter{U'j', "zh"},  Letter{U'q', "k"},  Letter{U'w', "v"},
    Letter{U'x', "ks"}, Letter{U'y', "i"},  Letter{U'á', "a"},   Letter{U'ä', "a"},  Letter{U'ç', "ch"},
    Letter{U'ñ', "n"},  Letter{U'ó', "o"},  Letter{U'ö', "o"},   Letter{U'ú', "u"},  Letter{U'ü', "u"},
    Letter{U'ğ', "g"},  Letter{U'ı', "i"},  Letter{U'ń', "n"},   Letter{U'ş', "sh"}, Letter{U'ǵ', "g"},
    Letter{U'ʹ', ""},   Letter{U'ʼ', ""},   Letter{U'а', "a"},   Letter{U'б', "b"},  Letter{U'в', "v"},
    Letter{U'г', "g"},  Letter{U'д', "d"},  Letter{U'е', "e"},   Letter{U'ж', "zh"}, Letter{U'з', "z"},
    Letter{U'и', "i"},  Letter{U'й', "i"},  Letter{U'к', "k"},   Letter{U'л', "l"},  Letter{U'м', "m"},
    Letter{U'н', "n"},  Letter{U'о', "o"},  Letter{U'п', "p"},   Letter{U'р', "r"},  Letter{U'с', "s"},
    Letter{U'т', "t"},  Letter{U'у', "u"},  Letter{U'ф', "f"},   Letter{U'х', "h"},  Letter{U'ц', "ts"},
    Letter{U'ч', "ch"}, Letter{U'ш', "sh"}, Letter{U'щ', "sch"}, Letter{U'ъ', ""},   Letter{U'ы', "i"},
    Letter{U'ь', ""},   Letter{U'э', "e"},  Letter{U'ю', "iu"},  Letter{U'я', "ia"}, Letter{U'ё', "e"},
    Letter{U'і', "i"},  Letter{U'ғ', "g"},  Letter{U'қ', "k"},   Letter{U'ң', "n"},  Letter{U'ү', "u"},
    Letter{U'ұ', "u"},  Letter{U'һ', "h"},  Letter{U'ә', "a"},   Letter{U'ө', "o"},  Letter{U'’', ""}};
static_assert(std::ranges::is_sorted(kLetters, {}, &Letter::letter));

char32_t lower(char32_t c) {
  if (c >= U'A' && c <= U'Z') return c + 32;
  if (c >= U'À' && c <= U'Þ') return c + 32;
  if (c >= U'А' && c <= U'Я') return c + 32;
  if (c >= U'Ѐ' && c <= U'Џ') return c + 80;
  if (c == U'İ') return U'i';
  if (c == U'Ǵ') return U'ǵ';
  const bool pairs =
      (c >= U'Ā' && c <= U'ķ') || (c >= U'Ŋ' && c <= U'ŷ') || (c >= U'Ҋ' && c <= U'ҿ') || (c >= U'Ӑ' && c <= U'ӿ');
  if (pairs && c % 2 == 0) return c + 1;
  if (c == U'Ń') return U'ń';
  return c;
}

/// The next code point; what is no UTF-8 is one replacement character a byte.
char32_t take(std::string_view& text) {
  const auto [code, bytes] = utf8::first(text);
  text.remove_prefix(std::max<std::size_t>(1, bytes));
  return bytes == 0 ? U'\uFFFD' : code;
}

bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool plain(char32_t c) { return (c >= U'a' && c <= U'z') || is_digit(c); }
bool combining(char32_t c) { return c >= 0x300 && c <= 0x36f; }

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), by);
    at += by.size();
  }
}

/// A sound is one letter, so that one wrong letter is one difference: none of j, w, q, x is left after fold().
std::string sounds(std::string_view word) {
  std::string out(word);
  replace_all(out, "zh", "j");
  replace_all(out, "sh", "w");
  replace_all(out, "ch", "q");
  replace_all(out, "ts", "x");
  return out;
}

bool letters_only(std::string_view word) {
  return std::ranges::all_of(word, [](char c) { return c >= 'a' && c <= 'z'; });
}

/// Does `word` begin with `typed`, but for one typing error? Both as sounds.
bool begins_nearly(std::string_view word, std::string_view typed) {
  std::size_t at = 0;
  while (at < word.size() && at < typed.size() && word[at] == typed[at]) at++;
  const std::string_view w = word.substr(at), t = typed.substr(at);
  if (t.size() <= 1) return true;
  if (w.empty()) return false;
  const auto rest = [](std::string_view text, std::size_t from) { return text.substr(std::min(from, text.size())); };
  if (rest(w, 1).starts_with(rest(t, 1)) || w.starts_with(rest(t, 1)) || rest(w, 1).starts_with(t)) return true;
  return w.size() > 1 && w[0] == t[1] && w[1] == t[0] && rest(w, 2).starts_with(rest(t, 2));
}

template <class Each>
bool any_word(std::string_view text, const Each& each) {
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find(' ', from), text.size());
    if (end > from && each(text.substr(from, end - from))) return true;
    from = end + 1;
  }
  return false;
}

bool word_found(std::string_view text, std::string_view typed) {
  if (any_word(text, [&](std::string_view word) { return word.starts_with(typed); })) return true;
  if (typed.size() > 2 && text.find(typed) != std::string_view::npos) return true;
  constexpr std::size_t kLeast = 5;
  if (typed.size() < kLeast || !letters_only(typed)) return false;
  const std::string sound = sounds(typed);
  if (sound.size() < kLeast) return false;
  return any_word(
      text, [&](std::string_view word) { return word.size() + 1 >= kLeast && begins_nearly(sounds(word), sound); });
}

}  // namespace

std::string fold(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 8);
  bool blank = false;
  const auto put = [&](std::string_view letters) {
    if (blank && !out.empty()) out += ' ';
    blank = false;
    out += letters;
  };
  while (!text.empty()) {
    const char32_t c = lower(take(text));
    const auto* known = std::ranges::lower_bound(kLetters, c, {}, &Letter::letter);
    if (known != kLetters.end() && known->letter == c) {
      if (*known->folded) put(known->folded);
    } else if (plain(c)) {
      const char letter = static_cast<char>(c);
      put({&letter, 1});
    } else if (c == U'.' && !blank && !out.empty() && is_digit(static_cast<unsigned char>(out.back())) &&
               !text.empty() && is_digit(static_cast<unsigned char>(text.front()))) {
      put(".");
    } else if (!combining(c)) {
      blank = true;
    }
  }
  replace_all(out, "kh", "h");
  replace_all(out, "gh", "g");
  replace_all(out, "shch", "sch");
  return out;
}

bool found_in(std::string_view text, std::string_view needle) {
  return !any_word(needle, [&](std::string_view typed) { return !word_found(text, typed); });
}

}  // namespace qala::words

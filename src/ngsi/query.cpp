// Query  = All *( "|" All )                 All  = Part *( ";" Part )
// Part   = "(" Query ")" / Path [ Operator Values ]
// Path   = Name *( "." Name ) [ "[" Name *( "." Name ) "]" ]
// Values = Value [ ".." Value ] *( "," … )  of == and !=; one Value of < <= > >=; a pattern of ~= and !~=
// Value  = number / "true" / "false" / date / date and time / URI / a text in double quotes
#include "ngsi/query.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/time.h"

namespace qala::ngsi {

namespace {

constexpr int kDeepest = 16;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Sign {
  std::string_view text;
  Compare compare;
};
// Longer ones first.
constexpr Sign kSigns[] = {{"!~=", Compare::unlike},    {"==", Compare::equal},         {"!=", Compare::unequal},
                           {"<=", Compare::less_equal}, {">=", Compare::greater_equal}, {"~=", Compare::like},
                           {"<", Compare::less},        {">", Compare::greater}};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<Query> read() {
    if (text_.size() > kLongestQuery) return bad(0, "is longer than 4,000 bytes: ask in several requests");
    TRY(auto out, any(0));
    if (at_ < text_.size())
      return bad(at_, "something follows that does not belong to it: terms are joined by ; (and) or | (or)");
    return out;
  }

 private:
  static Error bad(std::size_t at, std::string_view what) {
    return fail(ErrorKind::invalid, "q at " + std::to_string(at + 1) + ": " + std::string(what));
  }
  void blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') at_++;
  }
  bool peek(char c) {
    blanks();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool take(std::string_view sign) {
    blanks();
    if (!text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    return true;
  }

  Result<Query> any(int depth) { return joined(depth, Query::Kind::any); }
  Result<Query> joined(int depth, Query::Kind kind) {
    const bool is_any = kind == Query::Kind::any;
    Query out{.kind = kind};
    do {
      TRY(auto next, is_any ? joined(depth, Query::Kind::all) : part(depth));
      out.parts.push_back(std::move(next));
    } while (take(is_any ? "|" : ";"));
    if (out.parts.size() == 1) {
      Query only = std::move(out.parts[0]);
      return only;
    }
    return out;
  }

  Result<Query> part(int depth) {
    if (depth > kDeepest) return bad(at_, "brackets are deeper than 16");
    if (take("(")) {
      const auto opened = at_;
      TRY(auto out, any(depth + 1));
      if (!take(")")) return bad(opened - 1, "this bracket is not closed");
      return out;
    }
    if (++terms_ > kMostTerms) return bad(at_, "more than 100 terms: ask in several requests");
    Query out{.kind = Query::Kind::term};
    TRY_VOID(path(out.term));
    blanks();
    const auto signed_at = at_;
    for (const auto& [sign, compare] : kSigns) {
      if (!take(sign)) continue;
      out.term.compare = compare;
      TRY_VOID(compare == Compare::like || compare == Compare::unlike ? pattern(out.term) : values(out.term));
      return out;
    }
    if (take("=")) return bad(signed_at, "\"=\" is no comparison: write ==");
    return out;
  }

  Result<std::string> name() {
    blanks();
    const auto from = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || text_[at_] == '_' || (at_ > from && is_digit(text_[at_]))))
      at_++;
    if (at_ == from) return bad(from, "the name of an attribute is expected, as in pm25>35");
    return std::string(text_.substr(from, at_ - from));
  }

  Result<> path(Term& out) {
    TRY(out.attribute, name());
    while (take(".")) {
      TRY(auto next, name());
      out.beneath.push_back(std::move(next));
    }
    if (!peek('[')) return {};
    const auto opened = at_++;
    do {
      TRY(auto next, name());
      out.inside.push_back(std::move(next));
    } while (take("."));
    if (!take("]")) return bad(opened, "this square bracket is not closed");
    return {};
  }

  Result<> values(Term& out) {
    const bool many = out.compare == Compare::equal || out.compare == Compare::unequal;
    do {
      const auto from = at_;
      if (out.choices.size() >= kMostTerms) return bad(at_, "more than 100 values: ask in several requests");
      Choice& choice = out.choices.emplace_back();
      TRY(choice.from, value());
      if (take("..")) {
        if (!many) return bad(at_ - 2, "a range goes with == and != only");
        TRY(auto to, value());
        if (to.kind != choice.from.kind || to.kind == Operand::Kind::boolean)
          return bad(from, "a range has two numbers, two times or two texts");
        choice.to.push_back(std::move(to));
      }
      if (peek(',') && !many) return bad(at_, "a list goes with == and != only");
    } while (take(","));
    return {};
  }

  Result<Operand> value() {
    blanks();
    Operand out;
    if (peek('"')) {
      TRY(out.text, quoted(false));
      return out;
    }
    const auto from = at_;
    while (at_ < text_.size() && std::string_view(";|),\"").find(text_[at_]) == std::string_view::npos &&
           !text_.substr(at_).starts_with(".."))
      at_++;
    auto word = text_.substr(from, at_ - from);
    while (word.ends_with(' ')) word.remove_suffix(1);
    if (word.empty()) return bad(from, "a value is expected");
    return plain(from, word);
  }

  /// A value without quotes.
  static Result<Operand> plain(std::size_t from, std::string_view word) {
    Operand out;
    if (word == "true" || word == "false") {
      out.kind = Operand::Kind::boolean;
      out.flag = word == "true";
      return out;
    }
    if (const auto at = parse_iso(word)) {
      out.kind = Operand::Kind::time;
      out.time = at->ns;
      return out;
    }
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out.number);
    if (error == std::errc() && end == word.data() + word.size() && std::isfinite(out.number)) {
      out.kind = Operand::Kind::number;
      return out;
    }
    if (word.contains(' ') && word.contains(':'))
      return bad(from, "no time is written so: yyyy-mm-ddThh:mm:ssZ; in an address the sign + is written %2B");
    if (is_digit(word[0]) || word[0] == '-')
      return bad(from, "\"" + std::string(word) + "\" is neither a number nor a time (yyyy-mm-ddThh:mm:ssZ)");
    if (is_letter(word[0]) && word.contains(':') && !word.contains(' ')) {
      out.text = word;
      return out;
    }
    return bad(from, "a text wants quotes: \"" + std::string(word) + "\"");
  }

  /// `as_it_is`: of a pattern, whose backslashes are its own.
  Result<std::string> quoted(bool as_it_is) {
    const auto opened = at_++;
    std::string out;
    for (; at_ < text_.size(); at_++) {
      if (text_[at_] == '"') return at_++, out;
      if (text_[at_] == '\\') {
        if (++at_ >= text_.size()) break;
        const char c = text_[at_];
        if (c != '"' && as_it_is) out += '\\';
        else if (c != '"' && c != '\\' && c != '/') return bad(at_ - 1, R"(a backslash stands before " and \ only)");
      }
      out += text_[at_];
    }
    return bad(opened, "this quotation mark is not closed");
  }

  Result<> pattern(Term& out) {
    blanks();
    std::size_t from = at_;
    std::string text;
    if (peek('"')) {
      from++;
      TRY(text, quoted(true));
    } else {
      int open = 0;
      bool square = false;
      for (; at_ < text_.size(); at_++) {
        const char c = text_[at_];
        if (c == '\\' && at_ + 1 < text_.size()) {
          at_++;
          continue;
        }
        if (square || c == '[') square = c != ']';
        else if (open == 0 && (c == ';' || c == '|' || c == ')')) break;
        else open += c == '(' ? 1 : c == ')' ? -1 : 0;
      }
      text = text_.substr(from, at_ - from);
    }
    if (text.empty()) return bad(from, "a pattern is expected");
    if (++patterns_ > kMostPatterns)
      return bad(from, "more than 5 patterns: join them with | in one, or ask in several requests");
    auto pattern = Pattern::parse(text);
    if (!pattern) return bad(from, "the pattern at " + pattern.error().message);
    out.pattern.push_back(std::move(*pattern));
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t terms_ = 0, patterns_ = 0;
};

}  // namespace

Result<Query> parse_query(std::string_view text) { return Reader(text).read(); }

}  // namespace qala::ngsi

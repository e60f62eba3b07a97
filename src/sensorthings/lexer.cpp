#include "sensorthings/lexer.h"

#include <charconv>
#include <cstdlib>

namespace qala::sensorthings {

Error at_position(std::size_t at, std::string_view what) {
  return fail(ErrorKind::invalid, "position " + std::to_string(at + 1) + ": " + std::string(what));
}

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool continues_word(char c) { return starts_word(c) || is_digit(c) || c == '.' || c == '-'; }

class Cutter {
 public:
  explicit Cutter(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    for (;;) {
      while (at_ < text_.size() &&
             (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
        at_++;
      if (at_ >= text_.size()) break;
      if (out_.size() >= kMaxTokens) return at_position(at_, "this is too long");
      Token token;
      token.at = at_;
      TRY_VOID(next(token));
      token.end = at_;
      out_.push_back(std::move(token));
    }
    out_.push_back({.kind = Token::Kind::end, .at = text_.size(), .end = text_.size()});
    return std::move(out_);
  }

 private:
  Result<> next(Token& token) {
    const char c = text_[at_];
    if (c == '\'') return quoted(token);
    if (is_digit(c) || (c == '-' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) return number_or_time(token);
    if (starts_word(c)) return word(token);
    if (std::string_view("(),;:/=[]-").find(c) == std::string_view::npos)
      return at_position(at_, std::string("what is '") + c + "' doing here?");
    token.kind = Token::Kind::sign;
    token.text = c;
    at_++;
    return {};
  }

  /// The text between quotes, a quote itself doubled.
  Result<std::string> string() {
    const std::size_t from = at_++;
    std::string out;
    for (; at_ < text_.size(); at_++) {
      if (text_[at_] != '\'') {
        out += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '\'') {
        out += '\'';
        at_++;
      } else {
        at_++;
        return out;
      }
    }
    return at_position(from, "this text has no closing quote");
  }

  Result<> quoted(Token& token) {
    TRY(auto text, string());
    token.kind = Token::Kind::literal;
    token.quoted = true;
    token.value = Value::string(std::move(text));
    return {};
  }

  /// How far an instant reaches from `from`: "2024-01-01T00:00:00.000+01:00".
  std::size_t instant_end(std::size_t from) const {
    std::size_t end = from;
    while (end < text_.size() && (is_digit(text_[end]) || text_[end] == '-' || text_[end] == ':' || text_[end] == '.' ||
                                  text_[end] == 'T' || text_[end] == 't'))
      end++;
    if (end < text_.size() && (text_[end] == 'Z' || text_[end] == 'z')) return end + 1;
    // A '+' that came as a blank: only before an offset, and only behind a time.
    if (end + 2 < text_.size() && (text_[end] == '+' || text_[end] == ' ') && is_digit(text_[end + 1]) &&
        is_digit(text_[end + 2]) && text_.substr(from, end - from).find('T') != std::string_view::npos) {
      std::size_t offset = end + 3;
      if (offset < text_.size() && text_[offset] == ':') offset++;
      while (offset < text_.size() && offset < end + 6 && is_digit(text_[offset])) offset++;
      return offset;
    }
    return end;
  }

  bool take_time(Token& token) {
    const std::size_t from = at_;
    const std::size_t end = instant_end(from);
    // An interval: a slash and another time or a duration follow at once.
    if (end + 1 < text_.size() && text_[end] == '/') {
      std::size_t rest = end + 1;
      if (text_[rest] == 'P') {
        while (rest < text_.size() &&
               (is_digit(text_[rest]) || std::string_view("PYMWDTHS.").find(text_[rest]) != std::string_view::npos))
          rest++;
      } else {
        rest = instant_end(rest);
      }
      if (auto time = parse_time(text_.substr(from, rest - from))) return give(token, std::move(*time), rest);
    }
    const auto text = text_.substr(from, end - from);
    if (auto time = parse_time(text)) return give(token, std::move(*time), end);
    if (const auto date = parse_date(text)) return give(token, Value::simple(Value::Type::date, *date), end);
    if (const auto clock = parse_time_of_day(text))
      return give(token, Value::simple(Value::Type::time_of_day, *clock), end);
    return false;
  }

  bool give(Token& token, Value value, std::size_t end) {
    token.kind = Token::Kind::literal;
    token.value = std::move(value);
    at_ = end;
    return true;
  }

  Result<> number_or_time(Token& token) {
    const std::size_t from = at_;
    if (text_[at_] != '-' && take_time(token)) return {};
    std::size_t end = at_ + (text_[at_] == '-');
    while (end < text_.size() && is_digit(text_[end])) end++;
    if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) {
      end++;
      while (end < text_.size() && is_digit(text_[end])) end++;
    }
    if (end < text_.size() && (text_[end] | 32) == 'e') {
      std::size_t exponent = end + 1;
      if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) exponent++;
      if (exponent < text_.size() && is_digit(text_[exponent])) {
        while (exponent < text_.size() && is_digit(text_[exponent])) exponent++;
        end = exponent;
      }
    }
    if (end < text_.size() && (continues_word(text_[end]) || text_[end] == ':'))
      return at_position(from, "this is neither a number nor a time");
    give(token, Value::of(std::strtold(std::string(text_.substr(from, end - from)).c_str(), nullptr)), end);
    return {};
  }

  Result<> word(Token& token) {
    const std::size_t from = at_;
    while (at_ < text_.size() && continues_word(text_[at_])) at_++;
    token.text = text_.substr(from, at_ - from);
    token.kind = Token::Kind::word;
    if (at_ < text_.size() && text_[at_] == '\'') return typed(token, from);
    if (token.text == "true" || token.text == "false") {
      token.kind = Token::Kind::literal;
      token.value = Value::boolean(token.text == "true");
    } else if (token.text == "null") {
      token.kind = Token::Kind::literal;
    } else if (token.text.size() > 1 && token.text[0] == 'P') {
      if (const auto ns = parse_duration(token.text)) {
        token.kind = Token::Kind::literal;
        token.value = Value::simple(Value::Type::duration, *ns);
      }
    }
    return {};
  }

  /// duration'PT1H', geography'POINT (1 2)'
  Result<> typed(Token& token, std::size_t from) {
    const std::string kind = token.text;
    TRY(const auto text, string());
    token.kind = Token::Kind::literal;
    if (kind == "duration") {
      const auto ns = parse_duration(text);
      if (!ns) return at_position(from, "this is no duration such as duration'PT1H30M'");
      token.value = Value::simple(Value::Type::duration, *ns);
      return {};
    }
    if (kind == "geography" || kind == "geometry") {
      auto shape = geometry_of_wkt(text);
      if (!shape) return at_position(from, "this is no shape such as geography'POINT (76.9 43.2)'");
      token.value.type = Value::Type::geometry;
      token.value.shape = std::make_shared<const Geometry>(std::move(*shape));
      return {};
    }
    if (kind == "datetime" || kind == "datetimeoffset" || kind == "time" || kind == "date") {
      if (auto time = parse_time(text)) return token.value = std::move(*time), Result<>();
      if (const auto date = parse_date(text)) return token.value = Value::simple(Value::Type::date, *date), Result<>();
      if (const auto clock = parse_time_of_day(text))
        return token.value = Value::simple(Value::Type::time_of_day, *clock), Result<>();
      return at_position(from, "this is no time such as 2024-01-01T00:00:00Z");
    }
    return at_position(from, "literals of the type \"" + kind + "\" are unknown");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> out_;
};

}  // namespace

Result<std::vector<Token>> cut(std::string_view text) { return Cutter(text).run(); }

}  // namespace qala::sensorthings

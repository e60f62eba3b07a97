#include "registry/json_tree.h"

#include <algorithm>

#include "base/utf8.h"

namespace qala::registry {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  Parser(std::string_view text, JsonProblem& problem) : text_(text), problem_(problem) {}

  JsonValue run() {
    JsonValue root;
    if (value(root, 0)) {
      skip_blanks();
      if (at_ < text_.size()) fail("there is more after the end");
    }
    return root;
  }

 private:
  static constexpr int kDeepest = 64;

  bool fail(const char* what) {
    const std::string_view before = text_.substr(0, at_);
    const auto start = before.rfind('\n');
    problem_ = {.line = line_, .column = at_ - (start == std::string_view::npos ? 0 : start + 1) + 1, .what = what};
    return false;
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_blanks() {
    for (; at_ < text_.size(); at_++) {
      const char c = text_[at_];
      if (c == '\n') line_++;
      else if (c != ' ' && c != '\t' && c != '\r') return;
    }
  }

  bool take(char expected) {
    skip_blanks();
    if (peek() != expected) return false;
    at_++;
    return true;
  }

  bool value(JsonValue& out, int depth) {
    skip_blanks();
    out.line = line_;
    if (depth > kDeepest) return fail("is nested too deeply");
    switch (peek()) {
      case '{': return object(out, depth);
      case '[': return array(out, depth);
      case '"': out.kind = JsonValue::Kind::string; return string(out.text);
      case 't': return word(out, "true", JsonValue::Kind::boolean);
      case 'f': return word(out, "false", JsonValue::Kind::boolean);
      case 'n': return word(out, "null", JsonValue::Kind::null);
      default: return number(out);
    }
  }

  bool word(JsonValue& out, std::string_view expected, JsonValue::Kind kind) {
    if (!text_.substr(at_).starts_with(expected)) return fail("is no JSON value");
    at_ += expected.size();
    out.kind = kind;
    if (kind == JsonValue::Kind::boolean) out.text = expected;
    return true;
  }

  bool digits() {
    if (!is_digit(peek())) return fail("is no JSON value");
    while (is_digit(peek())) at_++;
    return true;
  }

  bool number(JsonValue& out) {
    const std::size_t begin = at_;
    if (peek() == '-') at_++;
    if (peek() == '0') at_++;
    else if (!digits()) return false;
    if (peek() == '.') {
      at_++;
      if (!digits()) return false;
    }
    if (peek() == 'e' || peek() == 'E') {
      at_++;
      if (peek() == '+' || peek() == '-') at_++;
      if (!digits()) return false;
    }
    out.kind = JsonValue::Kind::number;
    out.text = text_.substr(begin, at_ - begin);
    return true;
  }

  bool array(JsonValue& out, int depth) {
    out.kind = JsonValue::Kind::array;
    at_++;
    if (take(']')) return true;
    do {
      if (!value(out.items.emplace_back(), depth + 1)) return false;
    } while (take(','));
    return take(']') || fail("needs , or ]");
  }

  bool object(JsonValue& out, int depth) {
    out.kind = JsonValue::Kind::object;
    at_++;
    if (take('}')) return true;
    do {
      skip_blanks();
      if (peek() != '"') return fail("needs a name in quotes");
      auto& [name, member] = out.members.emplace_back();
      if (!string(name)) return false;
      if (!take(':')) return fail("needs :");
      if (!value(member, depth + 1)) return false;
    } while (take(','));
    return take('}') || fail("needs , or }");
  }

  bool string(std::string& out) {
    for (at_++; at_ < text_.size(); at_++) {
      const char c = text_[at_];
      if (c == '"') {
        at_++;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return fail("has a control character in a text");
      if (c != '\\') out += c;
      else if (!escape(out)) return false;
    }
    return fail("ends inside a text");
  }

  /// at_ stands on the backslash, and afterwards on the last character of the escape.
  bool escape(std::string& out) {
    at_++;
    switch (peek()) {
      case '"': out += '"'; return true;
      case '\\': out += '\\'; return true;
      case '/': out += '/'; return true;
      case 'b': out += '\b'; return true;
      case 'f': out += '\f'; return true;
      case 'n': out += '\n'; return true;
      case 'r': out += '\r'; return true;
      case 't': out += '\t'; return true;
      case 'u': return unicode(out);
      default: return fail("has an unknown escape");
    }
  }

  bool unicode(std::string& out) {
    std::uint32_t code = 0, low = 0;
    if (!four_digits(code)) return false;
    if (code >= 0xdc00 && code <= 0xdfff) return fail("has half a character");
    if (code >= 0xd800 && code <= 0xdbff) {
      if (!text_.substr(at_ + 1).starts_with("\\u")) return fail("has half a character");
      at_ += 2;
      if (!four_digits(low)) return false;
      if (low < 0xdc00 || low > 0xdfff) return fail("has half a character");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    utf8::append(out, code);
    return true;
  }

  /// at_ stands on the u, and afterwards on the last digit.
  bool four_digits(std::uint32_t& code) {
    for (int n = 0; n < 4; n++) {
      at_++;
      const char c = peek();
      const int digit = is_digit(c)            ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return fail("has an unknown escape");
      code = code * 16 + static_cast<std::uint32_t>(digit);
    }
    return true;
  }

  std::string_view text_;
  JsonProblem& problem_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
  for (auto at = members.rbegin(); at != members.rend(); ++at)
    if (at->name == name) return &at->value;
  return nullptr;
}

JsonValue parse_json(std::string_view text, JsonProblem& problem) {
  if (!utf8::is_valid(text)) {
    problem = {.line = 1, .column = 1, .what = "is not valid UTF-8"};
    return {};
  }
  return Parser(text, problem).run();
}

void write_json(JsonWriter& out, const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::null: out.null(); return;
    case JsonValue::Kind::boolean:
    case JsonValue::Kind::number: out.raw(value.text); return;
    case JsonValue::Kind::string: out.string(value.text); return;
    case JsonValue::Kind::array:
      out.array();
      for (const auto& item : value.items) write_json(out, item);
      out.end();
      return;
    case JsonValue::Kind::object:
      out.object();
      for (const auto& [name, member] : value.members) {
        out.key(name);
        write_json(out, member);
      }
      out.end();
      return;
  }
}

}  // namespace qala::registry

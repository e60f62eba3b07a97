// Thompson's construction: the pattern becomes a program of few kinds of steps, and a text is walked once with all
// steps that it may be at.
#include "ngsi/pattern.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/utf8.h"

namespace qala::ngsi {

namespace {

constexpr char32_t kLast = 0x10ffff;
constexpr int kDeepest = 20;

/// The letter at `at`, which moves behind it. A byte that is no UTF-8 stands for itself.
char32_t next_letter(std::string_view text, std::size_t& at) {
  const auto [letter, bytes] = utf8::first(text.substr(at));
  if (bytes == 0) return static_cast<unsigned char>(text[at++]);
  at += bytes;
  return letter;
}

}  // namespace

bool Pattern::Letters::has(char32_t letter) const {
  const bool in = std::ranges::any_of(spans, [&](const Span& s) { return letter >= s.first && letter <= s.second; });
  return in != but;
}

class PatternReader {
 public:
  PatternReader(std::string_view text, Pattern& out) : text_(text), out_(out) {}

  Result<> read() {
    TRY_VOID(choice(0));
    if (at_ < text_.size()) return bad("there is no bracket that this one closes");
    return add({.what = Pattern::Do::done});
  }

 private:
  using Do = Pattern::Do;
  using Step = Pattern::Step;

  Error bad(std::string_view what) const {
    return fail(ErrorKind::invalid, std::to_string(at_ + 1) + ": " + std::string(what));
  }
  std::uint32_t here() const { return static_cast<std::uint32_t>(out_.steps_.size()); }
  bool peek(char c) const { return at_ < text_.size() && text_[at_] == c; }

  Result<> add(Step step) {
    if (out_.steps_.size() >= Pattern::kMostSteps) return bad("the pattern is too large");
    out_.steps_.push_back(step);
    return {};
  }
  /// Makes room at `at` for one step; jumps behind it move along.
  Result<> insert(std::uint32_t at, Step step) {
    if (out_.steps_.size() >= Pattern::kMostSteps) return bad("the pattern is too large");
    for (auto s = out_.steps_.begin() + at; s != out_.steps_.end(); ++s) {
      if (s->what != Do::both && s->what != Do::jump) continue;
      s->a += s->a >= at;
      s->b += s->b >= at;
    }
    out_.steps_.insert(out_.steps_.begin() + at, step);
    return {};
  }

  Result<> choice(int depth) {
    if (depth > kDeepest) return bad("brackets are too deep");
    const std::uint32_t from = here();
    TRY_VOID(sequence(depth));
    if (!peek('|')) return {};
    at_++;
    TRY_VOID(insert(from, {.what = Do::both, .a = from + 1}));
    const std::uint32_t jump = here();
    TRY_VOID(add({.what = Do::jump}));
    out_.steps_[from].b = here();
    TRY_VOID(choice(depth + 1));
    out_.steps_[jump].a = here();
    return {};
  }

  Result<> sequence(int depth) {
    while (at_ < text_.size() && text_[at_] != '|' && text_[at_] != ')') {
      const std::uint32_t from = here();
      TRY_VOID(one(depth));
      TRY_VOID(repeated(from));
    }
    return {};
  }

  Result<> one(int depth) {
    const char c = text_[at_];
    if (c == '*' || c == '+' || c == '?' || c == '{') return bad("there is nothing to repeat");
    if (c == '^' || c == '$') {
      at_++;
      return add({.what = c == '^' ? Do::begin : Do::end});
    }
    if (c == '(') {
      at_++;
      TRY_VOID(choice(depth + 1));
      if (!peek(')')) return bad("a bracket is not closed");
      at_++;
      return {};
    }
    Pattern::Letters set;
    if (c == '[') {
      TRY(set, letters());
    } else if (c == '.') {
      at_++;
      set.spans.emplace_back(0, kLast);
    } else {
      TRY(set, letter());
    }
    out_.sets_.push_back(std::move(set));
    return add({.what = Do::take, .a = static_cast<std::uint32_t>(out_.sets_.size() - 1)});
  }

  /// One letter, or what a backslash stands for.
  Result<Pattern::Letters> letter() {
    Pattern::Letters set;
    if (text_[at_] != '\\') {
      const char32_t one = next_letter(text_, at_);
      set.spans.emplace_back(one, one);
      return set;
    }
    if (++at_ >= text_.size()) return bad("a backslash stands before nothing");
    const char32_t one = next_letter(text_, at_);
    if (one == 'd') set.spans = {{'0', '9'}};
    else if (one == 'w') set.spans = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
    else if (one == 's') set.spans = {{'\t', '\r'}, {' ', ' '}};
    else set.spans = {{one, one}};
    return set;
  }

  /// What stands in square brackets.
  Result<Pattern::Letters> letters() {
    Pattern::Letters set;
    at_++;
    if (peek('^')) set.but = true, at_++;
    for (bool first = true; !peek(']') || first; first = false) {
      if (at_ >= text_.size()) return bad("a square bracket is not closed");
      TRY(auto part, letter());
      if (peek('-') && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        at_++;
        TRY(const auto last, letter());
        if (part.spans.size() != 1 || last.spans.size() != 1 || last.spans[0].first < part.spans[0].first)
          return bad("a range of letters goes from the lower to the higher");
        part.spans[0].second = last.spans[0].second;
      }
      set.spans.insert(set.spans.end(), part.spans.begin(), part.spans.end());
    }
    at_++;
    return set;
  }

  std::optional<std::size_t> number() {
    std::size_t out = 0;
    const auto from = at_;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; at_++)
      out = std::min<std::size_t>(out * 10 + static_cast<std::size_t>(text_[at_] - '0'), 1'000'000);
    if (at_ == from) return std::nullopt;
    return out;
  }

  /// What follows the steps from `from` on: * + ? {m} {m,} {m,n}, or nothing.
  Result<> repeated(std::uint32_t from) {
    if (at_ >= text_.size()) return {};
    std::size_t least = 1;
    std::optional<std::size_t> most = 1;
    switch (text_[at_]) {
      case '*': least = 0, most.reset(); break;
      case '+': most.reset(); break;
      case '?': least = 0; break;
      case '{': {
        at_++;
        const auto low = number();
        if (!low) return bad("a number is expected in {}");
        least = *low;
        most = least;
        if (peek(',')) at_++, most = number();
        if (!peek('}')) return bad("{} is not closed");
        if (most && *most < least) return bad("{m,n}: n is at least m");
        if (std::max(least, most.value_or(0)) > Pattern::kMostRepeats) return bad("more than 100 times is too often");
        break;
      }
      default: return {};
    }
    at_++;
    if (at_ < text_.size() && std::string_view("*+?{").find(text_[at_]) != std::string_view::npos)
      return bad("what is repeated is not repeated again");
    return repeat(from, least, most);
  }

  Result<> repeat(std::uint32_t from, std::size_t least, std::optional<std::size_t> most) {
    const std::vector<Step> body(out_.steps_.begin() + from, out_.steps_.end());
    out_.steps_.resize(from);
    const auto copy = [&]() -> Result<> {
      const std::uint32_t moved = here() - from;
      for (Step step : body) {
        if (step.what == Do::both || step.what == Do::jump) step.a += moved, step.b += moved;
        TRY_VOID(add(step));
      }
      return {};
    };
    for (std::size_t i = 0; i < least; i++) TRY_VOID(copy());
    if (!most) {  // both(in, out) body jump
      const std::uint32_t loop = here();
      TRY_VOID(add({.what = Do::both, .a = loop + 1}));
      TRY_VOID(copy());
      TRY_VOID(add({.what = Do::jump, .a = loop}));
      out_.steps_[loop].b = here();
      return {};
    }
    std::vector<std::uint32_t> ends;
    for (std::size_t i = least; i < *most; i++) {
      ends.push_back(here());
      TRY_VOID(add({.what = Do::both, .a = here() + 1}));
      TRY_VOID(copy());
    }
    for (const std::uint32_t at : ends) out_.steps_[at].b = here();
    return {};
  }

  std::string_view text_;
  Pattern& out_;
  std::size_t at_ = 0;
};

Result<Pattern> Pattern::parse(std::string_view text) {
  Pattern out;
  TRY_VOID(PatternReader(text, out).read());
  return out;
}

/// Adds to `now` what can be reached from `step` without taking a letter.
void Pattern::reach(std::uint32_t step, bool at_begin, bool at_end, std::vector<std::uint32_t>& now,
                    std::vector<bool>& seen) const {
  std::vector<std::uint32_t> open{step};
  while (!open.empty()) {
    const std::uint32_t at = open.back();
    open.pop_back();
    if (seen[at]) continue;
    seen[at] = true;
    const Step& here = steps_[at];
    switch (here.what) {
      case Do::take:
      case Do::done: now.push_back(at); break;
      case Do::both: open.push_back(here.b); [[fallthrough]];
      case Do::jump: open.push_back(here.a); break;
      case Do::begin:
        if (at_begin) open.push_back(at + 1);
        break;
      case Do::end:
        if (at_end) open.push_back(at + 1);
        break;
    }
  }
}

bool Pattern::found_in(std::string_view text) const {
  std::vector<std::uint32_t> now, next;
  std::vector<bool> seen(steps_.size());
  for (std::size_t at = 0;;) {
    reach(0, at == 0, at == text.size(), now, seen);  // it may begin anywhere
    if (std::ranges::any_of(now, [&](std::uint32_t s) { return steps_[s].what == Do::done; })) return true;
    if (at >= text.size()) return false;
    const char32_t letter = next_letter(text, at);
    next.clear();
    seen.assign(steps_.size(), false);
    for (const std::uint32_t s : now)
      if (sets_[steps_[s].a].has(letter)) reach(s + 1, false, at == text.size(), next, seen);
    now.swap(next);
  }
}

}  // namespace qala::ngsi

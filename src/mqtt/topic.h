#pragma once

#include <string_view>

namespace qala::mqtt {

/// Well-formed UTF-8 (no surrogates, no overlong forms) without U+0000, as MQTT's text must be.
bool valid_utf8(std::string_view text);
/// At least one byte, no wildcard, at most 200 levels. UTF-8 is checked where text is read.
bool valid_topic_name(std::string_view topic);
/// `+` and `#` only as whole levels, `#` only last; for `$share/NAME/FILTER` NAME is not empty and has no wildcard.
bool valid_topic_filter(std::string_view filter);
/// Whether a (not shared) filter covers a topic; wildcards in front do not cover topics that begin with `$`.
bool topic_matches(std::string_view filter, std::string_view topic);

/// `$share/NAME/FILTER` taken apart; `group` is empty for an ordinary filter.
struct SharedFilter {
  std::string_view group;
  std::string_view filter;
};
SharedFilter split_shared(std::string_view filter);

/// Takes the first level off `rest`; false when there is none. "a//b" has the levels "a", "" and "b".
class Levels {
 public:
  explicit Levels(std::string_view topic) : rest_(topic) {}
  bool next(std::string_view& level) {
    if (done_) return false;
    const auto slash = rest_.find('/');
    level = rest_.substr(0, slash);
    if (slash == std::string_view::npos) done_ = true;
    else rest_.remove_prefix(slash + 1);
    return true;
  }
  bool last() const { return done_; }

 private:
  std::string_view rest_;
  bool done_ = false;
};

}  // namespace qala::mqtt

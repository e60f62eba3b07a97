#pragma once

#include <cstddef>
#include <string_view>

#include "words/language.h"

namespace qala::notify {

/// Every text of a notification; `{}` is filled by words::fill().
enum class Say : std::size_t {
  critical,
  high,
  medium,
  low,
  info,
  raised,           ///< severity, what, where
  raised_again,
  escalated,
  cleared,
  exercise,         ///< before a subject that is not meant
  at_raised,        ///< lines of the body
  at_raised_again,
  at_escalated,
  at_cleared,
  value_above,
  value_below,
  value_only,
  covers,
  count,
  unanswered,
  answered,
  assignee,
  clock,
  digest,           ///< subject: how many
  digest_head,
  more,
  left_out,
  open_now,
  why,
  test_subject,
  test_body,
};
constexpr std::size_t kSays = static_cast<std::size_t>(Say::test_body) + 1;

std::string_view text(Say what, words::Language language);

}  // namespace qala::notify

#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "words/language.h"

namespace qala::incidents {

/// Every text of a printed shift; `{}` is filled by words::fill().
enum class Print : std::size_t {
  title,
  who,
  from_to,
  still_runs,
  note,
  written,
  at,
  by,
  text,
  open,
  nothing_open,
  unacknowledged,
  acknowledged,
  shelved,
  out_of_service,
  silent,
  explained,
  not_heeded,
  problems,
  priority,
  what,
  where,
  value,
  since,
  handled,
  severity_1,
  severity_2,
  severity_3,
  severity_4,
  severity_5,
  handed_over,
  not_signed,
  accepted,
  nobody_accepted,
  printed,
  exercise,
};
constexpr std::size_t kPrints = static_cast<std::size_t>(Print::exercise) + 1;

std::string_view text(Print what, words::Language language);

}  // namespace qala::incidents

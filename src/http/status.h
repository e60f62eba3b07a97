#pragma once

#include <string_view>

namespace qala::http {

/// "Not Found" for 404; "Status" for a number nobody here sends.
std::string_view reason_of(unsigned status);

/// A request turned away before any handler saw it. `code` is stable, `message` English; both static text.
struct Refusal {
  unsigned status = 400;
  std::string_view code;
  std::string_view message;
};

}  // namespace qala::http

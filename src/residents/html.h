#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/markup.h"

namespace qala::residents {

/// Builds one document. raw() takes only text of this room's own source; whatever comes from the town goes through
/// text(), which escapes.
class Html {
 public:
  Html& raw(std::string_view markup) {
    out_ += markup;
    return *this;
  }
  Html& text(std::string_view words) {
    out_ += escape_markup(words);
    return *this;
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace qala::residents

#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/markup.h"

namespace qala::warnings {

/// Writes elements that hold text. `Xml().open("alert").element("sender", "a&b").close("alert")`.
class Xml {
 public:
  Xml() : out_("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") {}
  Xml& raw(std::string_view markup) {
    out_ += markup;
    return *this;
  }
  Xml& open(std::string_view name) { return raw("<").raw(name).raw(">\n"); }
  Xml& close(std::string_view name) { return raw("</").raw(name).raw(">\n"); }
  Xml& element(std::string_view name, std::string_view text) {
    return raw("<").raw(name).raw(">").raw(escape_markup(text)).raw("</").raw(name).raw(">\n");
  }
  /// Left out if there is no text.
  Xml& optional(std::string_view name, std::string_view text) { return text.empty() ? *this : element(name, text); }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace qala::warnings

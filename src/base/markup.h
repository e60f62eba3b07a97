#pragma once

#include <string>
#include <string_view>

namespace qala {

/// Text as it may stand between tags of XML and HTML and inside a quoted attribute. Control characters but tab and line
/// feed are left out: XML cannot hold them, and a carriage return would come back as a line's end of its own.
std::string escape_markup(std::string_view text);

}  // namespace qala

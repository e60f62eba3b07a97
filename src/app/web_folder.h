#pragma once

#include <string>

namespace qala::app {

/// The built screens: web/dist beside the program's build folder, or ../share/qala/web of an installed one; empty if
/// there are none.
std::string find_web_folder();

}  // namespace qala::app

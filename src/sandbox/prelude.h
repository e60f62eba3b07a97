#pragma once

#include <string_view>

namespace qala::sandbox {

/// JavaScript that is run first in every realm: what V8 has and mozjs 102 lacks, `console`, `Buffer` and what else
/// scripts written for Node touch. Its value is an object of the host's tools:
///   furnish(text)  makes what the script names; once, before harden() and before the script
///   renew()        empty `module` and `exports`, for each call
///   wild(text)     whether the script gets a realm of its own for each call
///   harden()       freezes everything built in
///   sweep()        takes away what a call left at the global object; false: cannot
///   downlink(result, bare, port)  an encoder's answer with its bytes in hex
std::string_view prelude();

}  // namespace qala::sandbox

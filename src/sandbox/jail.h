#pragma once

#include <string>

#include "base/result.h"

namespace qala::sandbox {

/// Shuts this process in, for ever: at most 160 MB of data, 8 open files, no core, no new privileges, and a list of
/// system calls, all that an interpreter needs: memory, reading its input, writing to its answer and its error output.
/// To open a file is refused; anything else (a socket, a process, a thread, executable memory) ends the process.
/// With AddressSanitizer, which itself takes terabytes of address space, memory is bounded by the parent alone.
Result<> enter_jail();

/// Ends the process when its parent is gone, however that went.
Result<> die_with_parent();

/// Tries what must not be possible, each in a process of its own that entered the jail; prints one line each.
/// False: something was possible.
bool try_jail();

}  // namespace qala::sandbox

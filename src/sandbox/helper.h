#pragma once

namespace qala::sandbox {

/// Gives the JavaScript engine one thread of ours for what it does beside the script (sweeping garbage), in place of
/// its own ones, and returns once that thread waits for work. The engine does not wait for its own: one that comes to
/// life after enter_jail() still has to register with the kernel (rseq), which is not allowed by then, and ends the
/// program. Between JS_Init and JS_NewContext, once in the life of a process; the thread ends with it.
void start_helper();

}  // namespace qala::sandbox

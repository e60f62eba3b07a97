#pragma once

namespace qala::app {

/// Runs one command and returns the process's exit code: 0 fine, 1 it failed (said on stderr), 2 wrong use.
int run_command_line(int argc, char** argv);

}  // namespace qala::app

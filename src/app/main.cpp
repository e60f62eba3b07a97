#include <malloc.h>

#include "app/command_line.h"

int main(int argc, char** argv) {
  mallopt(M_ARENA_MAX, 2);              // few threads: more arenas only keep freed memory
  mallopt(M_MMAP_THRESHOLD, 1 << 20);   // large request bodies go back to the system at once
  mallopt(M_TRIM_THRESHOLD, 4 << 20);
  return qala::app::run_command_line(argc, argv);
}

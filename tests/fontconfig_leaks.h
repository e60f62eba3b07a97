#pragma once

// For tests that make PDFs, included once per program. Fontconfig keeps its patterns until the process ends, 33 KB
// however many pages are set; the leak checker takes some of them for lost. Nothing else is forgiven.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig.so\n"; }

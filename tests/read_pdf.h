#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

#include "fontconfig_leaks.h"
#include "temporary_folder.h"

namespace qala::tests {

/// What a program of poppler-utils says of a PDF: `pdftotext -layout FILE -` for `("pdftotext -layout", " -")`.
inline std::string read_pdf(const std::string& pdf, const std::string& program, const std::string& after = " -") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("a.pdf"), std::ios::binary) << pdf;
  FILE* pipe = ::popen((program + " " + folder.file("a.pdf") + after).c_str(), "r");
  std::string out;
  std::array<char, 4096> buffer;
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) out.append(buffer.data(), n);
  EXPECT_EQ(::pclose(pipe), 0) << program << " is of the package poppler-utils";
  return out;
}

}  // namespace qala::tests

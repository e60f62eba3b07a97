// Gives every fuzzer each file of its corpus once. A crash names the file; a fuzzer without a corpus is a failure.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

struct Fuzzer {
  const char* name;
  int (*run)(const std::uint8_t* data, std::size_t size);
};
#include "fuzzers.h"

namespace {

/// Also cut short at several places: torn bytes are what a parser sees most.
void run_file(const Fuzzer& fuzzer, const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::printf("%s: %s (%zu bytes)\n", fuzzer.name, path.filename().c_str(), bytes.size());
  std::fflush(stdout);
  for (const std::size_t size : {bytes.size(), bytes.size() / 2, bytes.size() / 3, bytes.size() - bytes.size() / 8}) {
    // A copy of exactly that size, so that the sanitizer sees the first byte read beyond it.
    const std::vector<std::uint8_t> exact(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    fuzzer.run(exact.data(), exact.size());
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: fuzz_corpus FOLDER\n", stderr);
    return 2;
  }
  int without = 0;
  for (const Fuzzer& fuzzer : kFuzzers) {
    const auto folder = std::filesystem::path(arguments[1]) / fuzzer.name;
    std::size_t files = 0;
    if (std::filesystem::is_directory(folder)) {
      for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        run_file(fuzzer, entry.path());
        files++;
      }
    }
    if (files == 0) {
      std::printf("%s: no corpus in %s\n", fuzzer.name, folder.c_str());
      without++;
    }
  }
  return without == 0 ? 0 : 1;
}

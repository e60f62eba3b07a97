#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "footage/marks.h"

namespace qala::footage {

/// A fragment in a footage file, as the index knows it.
struct Fragment {
  std::uint64_t offset = 0;  ///< of its mark in the file; the fragment itself is kMarkBytes behind it
  std::uint32_t bytes = 0;   ///< without the mark
  std::int64_t at_ms = 0;
  std::uint32_t duration_ms = 0;
  bool key = false;
  bool motion = false;

  std::int64_t end_ms() const { return at_ms + duration_ms; }
  std::uint64_t end() const { return offset + kMarkBytes + bytes; }
  friend bool operator==(const Fragment&, const Fragment&) = default;
};

/// Fills `out` from `offset` on, or fails. What is read may be anything: torn, foreign, hostile.
using ReadAt = std::function<Result<>(std::uint64_t offset, std::span<std::byte> out)>;
ReadAt reader_of(const File& file);

/// `corrupt`: not a footage file, or its beginning is torn. `init`: its init segment, if wanted.
Result<FileMark> read_file_mark(const ReadAt& read, std::uint64_t size, std::string* init = nullptr);

enum class Verify {
  marks,  ///< the marks alone: what is needed to find fragments in files that were closed in order
  tail,   ///< and the bytes of the newest fragments: what a power cut can have torn
  all,
};

struct Walked {
  std::vector<Fragment> fragments = {};  ///< whole ones, in the order of the file
  std::uint64_t end = 0;            ///< behind the last of them
  std::uint32_t sequence = 0;       ///< of the last of them
  std::uint64_t damaged = 0;        ///< stretches before `end` that hold no whole fragment
};
/// Goes from mark to mark through [from, size). Where no whole fragment is, looks for the next one. `after`: sequence
/// of the fragment before `from`; numbers only grow. Errors only if reading fails.
Result<Walked> walk(const ReadAt& read, std::uint64_t from, std::uint64_t size, Verify verify, std::uint32_t after = 0);

/// The bytes of one fragment without its mark. `corrupt`: they are not what was written.
Result<std::string> read_fragment_bytes(const ReadAt& read, const Fragment& fragment);

}  // namespace qala::footage

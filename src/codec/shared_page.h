#pragma once

#include "base/result.h"
#include "codec/wire.h"

namespace qala::codec {

/// The page of memory that qala and its child share. Owned here; the child gets the file.
class SharedPage {
 public:
  static Result<SharedPage> make();
  SharedPage(SharedPage&& other) noexcept;
  SharedPage& operator=(SharedPage&& other) noexcept;
  ~SharedPage();

  int file() const { return file_; }
  Progress& progress() { return *progress_; }

 private:
  SharedPage(int file, Progress* progress) : file_(file), progress_(progress) {}
  int file_;
  Progress* progress_;
};

/// What a process has used so far of the processor's time and of memory; nothing when it is gone.
struct Spent {
  std::int64_t cpu_ns = 0;
  std::uint64_t resident = 0;  ///< bytes
};
std::optional<Spent> spent_by(int pid);

}  // namespace qala::codec

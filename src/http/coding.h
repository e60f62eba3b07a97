#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct z_stream_s;

namespace qala::http {

/// Unpacks gzip piece by piece, so that a caller can let others run in between. One object, one body, one thread.
class Gunzip {
 public:
  explicit Gunzip(std::uint64_t limit);
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;
  /// `full` as soon as more than `limit` bytes would come out, however little went in; `invalid` if it is no gzip.
  Result<> feed(std::string_view packed, std::string& out);
  /// Whether the last member ended where the input did.
  bool complete() const { return complete_; }

 private:
  Result<> inflate_some(std::string& out);

  std::unique_ptr<z_stream_s> stream_;
  std::uint64_t limit_;
  bool complete_ = false;
  bool fresh_ = true;
};

/// Packs piece by piece, level 1.
class Gzip {
 public:
  Gzip();
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  void feed(std::string_view plain, std::string& out);
  void finish(std::string& out);

 private:
  void run(std::string& out, int flush);

  std::unique_ptr<z_stream_s> stream_;
};

Result<std::string> gunzip(std::string_view packed, std::uint64_t limit);
std::string gzip(std::string_view plain);

/// Whether an Accept-Encoding header allows gzip (by name or `*`, not with q=0). Absent: no.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace qala::http

#pragma once

#include "sim/setup.h"

namespace qala::sim {

/// Everybody who speaks HTTP: stops and benches by the device API, each with its own token; cameras and vehicles
/// through their collectors, which write line protocol every few seconds. One thread calls step(). What the server did
/// not acknowledge is worked out and sent again, however long it was gone.
class HttpTown {
 public:
  HttpTown(const Options& options, const Town& town, const Frame& frame, const Access& access, Seconds from);

  /// Sends what is due until `now`. An error: the server did not take it, try again later.
  Result<> step(Seconds now);
  std::uint64_t acknowledged() const { return acknowledged_; }
  std::uint64_t refused() const { return refused_; }

 private:
  Result<> post_devices(Seconds until);
  Result<> post_lines(Seconds until);
  /// True if the server took it or will never take it; false: later.
  Result<> deliver(std::string_view path, std::string_view authorization, std::string_view type, std::string_view body);

  const Town& town_;
  const Access& access_;
  HttpClient http_;
  Life life_;
  Reporter reporter_;
  std::vector<std::uint32_t> devices_, collected_;
  std::vector<Report> reports_;
  Seconds devices_reported_, lines_reported_;
  std::uint64_t acknowledged_ = 0, refused_ = 0;
};

}  // namespace qala::sim

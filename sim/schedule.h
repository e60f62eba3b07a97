#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/life.h"
#include "sim/timeline.h"

namespace qala::sim {

/// A device's turn to report, in the town's time.
struct Turn {
  Seconds at;
  std::uint32_t device;
};

/// The turns of `devices` after `after` up to and including `until`, in order of time. A device reports every interval
/// of its own, or of `at_least` if that is longer; the turns of the longer interval are among those of its own.
std::vector<Turn> turns(const Town& town, std::span<const std::uint32_t> devices, Seconds after, Seconds until,
                        Seconds at_least = 0);

/// One device's report, ready to be written down.
struct Report {
  std::uint32_t device;
  Seconds at;            ///< the town's time
  std::int64_t time_ms;  ///< the stamp, by the device's clock
  Reading reading;
};

/// Turns into reports: asks the life, leaves out the silent and what a gateway lost, puts wrong clocks in.
/// One for each thread.
class Reporter {
 public:
  Reporter(const Town& town, Life& life, Timeline timeline) : town_(town), life_(life), timeline_(timeline) {}
  /// `live`: devices that boot in 1970 do so; history comes from archives, which know the date.
  void report(std::span<const Turn> turns, bool live, std::vector<Report>& out);

 private:
  const Town& town_;
  Life& life_;
  Timeline timeline_;
};

/// `telemetry,thing=AB-4 pm2_5=186.0,temperature=-27.0 1768660800000`, newline at the end; milliseconds.
void append_line(std::string& out, const Town& town, const Report& report);
/// ThingsBoard's device shape: `{"ts":1768660800000,"values":{"pm2_5":186.0}}`, an array of them if there are several.
std::string device_payload(const Town& town, std::span<const Report> reports);
/// ThingsBoard's gateway shape: `{"EM-001":[{"ts":...,"values":{...}}],...}`.
std::string gateway_payload(const Town& town, std::span<const Report> reports);

}  // namespace qala::sim

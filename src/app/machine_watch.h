#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <string>

#include "api/context.h"
#include "app/config.h"
#include "app/disk_forecast.h"
#include "base/clock.h"
#include "base/threads.h"

namespace qala::app {

/// What is looked at now and then, not at every question for the health page: how long the disk lasts, the certificate,
/// this process, the disk of backups, the built screens; and the longest steps of the writer.
class MachineWatch {
 public:
  /// `certificate`: its file; empty: no TLS. `web_folder`: of the built screens; empty: there are none.
  MachineWatch(const Config& config, const Clock& clock, std::string data, std::string web_folder,
               std::string certificate);

  /// Pool, every ten seconds: small reads, and every hour one durable write.
  void look();
  /// Network thread, once a second: the longest step of the writer since the last time.
  void note_step(Worker::Longest step);
  /// Any thread.
  void fill(api::ServiceHealth& into) const;

 private:
  struct Seen {
    std::optional<double> disk_days_left = {};
    DiskSpace backup_disk = {};
    api::CertificateHealth certificate = {};
    ProcessFacts process = {};
    bool web_missing = false;
  };
  api::CertificateHealth look_at_certificate() const;
  void foresee(Seen& seen);
  api::WriterStep longest_of(std::size_t minutes) const;

  const Config& config_;
  const Clock& clock_;
  const std::string data_, web_folder_, certificate_;
  std::mutex looking_;
  DiskForecast forecast_;  ///< under looking_
  mutable std::mutex mutex_;
  Seen seen_;  ///< under mutex_
  std::array<Worker::Longest, 60> longest_{};  ///< by minute; under mutex_
  std::int64_t minute_ = 0;
};

}  // namespace qala::app

#include "app/machine_watch.h"

#include <filesystem>

#include "base/file.h"
#include "base/log.h"
#include "http/certificate.h"

namespace qala::app {

namespace {
constexpr std::size_t kRecentMinutes = 10;
}

MachineWatch::MachineWatch(const Config& config, const Clock& clock, std::string data, std::string web_folder,
                           std::string certificate)
    : config_(config),
      clock_(clock),
      data_(std::move(data)),
      web_folder_(std::move(web_folder)),
      certificate_(std::move(certificate)),
      forecast_(data_ + "/disk-history") {}

api::CertificateHealth MachineWatch::look_at_certificate() const {
  if (certificate_.empty()) return {};
  auto facts = http::certificate_facts(certificate_);
  if (!facts) return {.problem = facts.error().message};
  return {.subject = std::move(facts->subject), .self_signed = facts->self_signed, .end = facts->end};
}

void MachineWatch::foresee(Seen& seen) {
  const auto disk = disk_space(data_);
  if (!disk) return;
  if (forecast_.due(clock_.now())) {
    if (const auto kept = forecast_.sample(clock_.now(), disk->free); !kept)
      log::warn("history of the disk not written", {{"why", kept.error().message}});
  }
  seen.disk_days_left = forecast_.days_left(disk->free);
}

void MachineWatch::look() {
  const std::lock_guard one_at_a_time(looking_);
  Seen seen;
  foresee(seen);
  seen.certificate = look_at_certificate();
  seen.process = process_facts();
  std::error_code ec;
  seen.web_missing = web_folder_.empty() || !std::filesystem::exists(web_folder_ + "/control/index.html", ec);
  if (!config_.backup_folder.empty()) seen.backup_disk = disk_space(config_.backup_folder).value_or(DiskSpace{});
  const std::lock_guard lock(mutex_);
  seen_ = std::move(seen);
}

void MachineWatch::note_step(Worker::Longest step) {
  const std::int64_t minute = clock_.monotonic_ns() / Instant::kMinute;
  const std::lock_guard lock(mutex_);
  auto& slot = longest_[static_cast<std::size_t>(minute) % longest_.size()];
  if (minute != minute_) slot = {};
  minute_ = minute;
  if (step.ns > slot.ns) slot = step;
}

/// Under mutex_.
api::WriterStep MachineWatch::longest_of(std::size_t minutes) const {
  Worker::Longest longest;
  for (std::size_t back = 0; back < minutes && static_cast<std::int64_t>(back) <= minute_; back++) {
    const auto& slot = longest_[(static_cast<std::size_t>(minute_) - back) % longest_.size()];
    if (slot.ns > longest.ns) longest = slot;
  }
  return {.ms = static_cast<double>(longest.ns) / 1e6, .what = longest.what};
}

void MachineWatch::fill(api::ServiceHealth& into) const {
  const std::lock_guard lock(mutex_);
  into.disk_days_left = seen_.disk_days_left;
  into.backup.disk = seen_.backup_disk;
  into.certificate = seen_.certificate;
  into.process = seen_.process;
  into.web_missing = seen_.web_missing;
  into.writer_longest = longest_of(longest_.size());
  into.writer_recent = longest_of(kRecentMinutes);
}

}  // namespace qala::app

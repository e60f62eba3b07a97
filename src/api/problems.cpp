#include <algorithm>

#include <fmt/format.h>

#include "api/health_facts.h"

namespace qala::api {

namespace {
/// A daily one may take its time, or be made good after a failure, before anybody is called.
constexpr std::int64_t kBackupOldAfter = 36 * Instant::kHour;
constexpr double kDiskDays = 14, kDiskDaysLast = 2;
constexpr std::int64_t kCertificateDays = 21;
}  // namespace

bool clock_believable(Instant now) { return now > Instant::from_seconds(1'767'225'600); }  // 2026-01-01

bool is_ready(const HealthFacts& facts) {
  return facts.store.full.empty() && facts.waiting_rows < ingest::Intake::kMaxRows;
}

std::vector<HealthProblem> find_problems(const HealthFacts& facts) {
  std::vector<HealthProblem> out;
  const auto add = [&out](const char* code, int severity, std::string text) {
    out.push_back({code, severity, std::move(text)});
  };
  const auto& disk = facts.disk;
  if (!facts.store.full.empty()) add("store.full", 1, facts.store.full);
  if (facts.store.read_only_damages > 0) {
    add("store.damaged", 2, fmt::format("{} damaged places: run qala check", facts.store.read_only_damages));
  }
  if (disk.total > 0 && disk.free < disk.total / 20) {
    add("disk.low", disk.free < disk.total / 50 ? 1 : 2, "less than 5 % of the disk is free");
  }
  if (const auto days = facts.service.disk_days_left; days && *days < kDiskDays) {
    add("disk.forecast", *days < kDiskDaysLast ? 1 : 2,
        fmt::format("the disk is full in {:.0f} days at this rate", *days));
  }
  if (const auto end = facts.service.certificate_end;
      end && end->ns - facts.now.ns < kCertificateDays * Instant::kDay) {
    add("certificate.ends", *end <= facts.now ? 1 : 2, "the TLS certificate ends at " + to_iso(*end));
  }
  if (!clock_believable(facts.now)) add("clock.doubt", 2, "the clock is not believable: " + to_iso(facts.now));
  if (facts.waiting_rows > ingest::Intake::kMaxRows / 2) add("ingest.backlog", 2, "readings wait to be written");
  const auto& backup = facts.service.backup;
  if (!backup.problem.empty()) add("backup.failed", 2, "the last backup failed: " + backup.problem);
  // The newest that was proven, or since when there should be one.
  const Instant counted_from = backup.last_good.ns != 0 ? backup.last_good : backup.since;
  if (backup.scheduled && facts.now.ns - counted_from.ns > kBackupOldAfter) {
    add("backup.old", 2, "no proven backup since " + to_iso(counted_from));
  }
  std::ranges::sort(out, {}, [](const HealthProblem& problem) { return std::pair(problem.severity, problem.code); });
  return out;
}

}  // namespace qala::api

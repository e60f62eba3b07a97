#include "ingest/probe.h"

#include <algorithm>

namespace qala::ingest {

void Probe::accepted(Transport transport, const Report& report) {
  const std::lock_guard lock(mutex_);
  totals_.by_transport[static_cast<std::size_t>(transport)] += report.accepted;
  totals_.accepted += report.accepted;
  totals_.duplicates += report.duplicates;
  totals_.corrected += report.corrected;
  totals_.late += report.late;
  totals_.unclaimed += report.unclaimed;
}

void Probe::restamped(std::uint64_t n) {
  const std::lock_guard lock(mutex_);
  totals_.restamped += n;
}

void Probe::out_of_range(std::uint64_t n) {
  const std::lock_guard lock(mutex_);
  totals_.out_of_range += n;
}

void Probe::reject(std::string_view reason, std::uint64_t n, std::string_view sample, Instant now) {
  const std::lock_guard lock(mutex_);
  auto found = rejects_.find(reason);
  if (found == rejects_.end())
    found =
        rejects_.emplace(std::string(reason), Reject{.reason = std::string(reason), .last = {}, .sample = {}}).first;
  found->second.count += n;
  found->second.last = now;
  found->second.sample = sample.substr(0, 200);
}

void Probe::committed(std::int64_t commit_ns, std::int64_t rules_ns) {
  const std::lock_guard lock(mutex_);
  totals_.commits++;
  commits_.add(static_cast<double>(commit_ns) / 1e6);
  rules_.add(static_cast<double>(rules_ns) / 1e6);
}

Probe::Totals Probe::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

std::vector<Reject> Probe::rejects() const {
  const std::lock_guard lock(mutex_);
  std::vector<Reject> out;
  for (const auto& [reason, reject] : rejects_) out.push_back(reject);
  return out;
}

Probe::Lag Probe::lag() const {
  std::unique_lock lock(mutex_);
  const RecentTimes commits = commits_, rules = rules_;
  lock.unlock();  // the writer waits for nobody's sorting
  return {commits.percentile(0.5), commits.percentile(0.99), rules.percentile(0.99)};
}

}  // namespace qala::ingest

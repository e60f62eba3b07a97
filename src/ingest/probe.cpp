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
    found = rejects_.emplace(std::string(reason), Reject{.reason = std::string(reason), .last = {}}).first;
  found->second.count += n;
  found->second.last = now;
  auto& samples = found->second.samples;
  auto text = clean_sample(sample);
  const auto same = std::ranges::find(samples, text, &Reject::Sample::text);
  if (same != samples.end()) samples.erase(same);
  else if (samples.size() == Reject::kSamples) samples.pop_back();
  samples.insert(samples.begin(), {.at = now, .text = std::move(text)});
}

void Probe::committed(std::int64_t commit_ns, std::int64_t rules_ns, std::int64_t now_ns) {
  const std::lock_guard lock(mutex_);
  totals_.commits++;
  commits_.add(static_cast<double>(commit_ns) / 1e6, now_ns);
  rules_.add(static_cast<double>(rules_ns) / 1e6, now_ns);
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

Probe::Lag Probe::lag(std::int64_t since_ns) const {
  std::unique_lock lock(mutex_);
  const RecentTimes commits = commits_, rules = rules_;
  lock.unlock();  // the writer waits for nobody's sorting
  return {.commit_p50 = commits.percentile(0.5, since_ns),
          .commit_p99 = commits.percentile(0.99, since_ns),
          .rules_p50 = rules.percentile(0.5, since_ns),
          .rules_p99 = rules.percentile(0.99, since_ns)};
}

}  // namespace qala::ingest

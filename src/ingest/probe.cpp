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
  const auto commit = static_cast<float>(static_cast<double>(commit_ns) / 1e6);
  const auto rules = static_cast<float>(static_cast<double>(rules_ns) / 1e6);
  if (commit_ms_.size() < kWindow) {
    commit_ms_.push_back(commit);
    rules_ms_.push_back(rules);
    return;
  }
  commit_ms_[next_] = commit;
  rules_ms_[next_] = rules;
  next_ = (next_ + 1) % kWindow;
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

namespace {
double percentile(std::vector<float> values, double share) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(values.size() - 1) * share);
  std::ranges::nth_element(values, at);
  return *at;
}
}  // namespace

Probe::Lag Probe::lag() const {
  std::vector<float> commit, rules;
  {
    const std::lock_guard lock(mutex_);
    commit = commit_ms_;
    rules = rules_ms_;
  }
  return {percentile(commit, 0.5), percentile(commit, 0.99), percentile(rules, 0.99)};
}

}  // namespace qala::ingest

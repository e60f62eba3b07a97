#include "ingest/admission.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/log.h"

namespace qala::ingest {

using readings::Observation;
using readings::Outcome;

std::string scope_of(const Source& source) {
  if (source.gateway) return "gateway:" + std::to_string(source.thing.value);
  if (source.provisioning) return "provisioning";
  return "ingest";
}

Admission::Admission(readings::ReadingStore& store, registry::Registry& registry, Unclaimed& unclaimed,
                     ReceiptBook& receipts, SeriesIndex& index, Probe& probe, const Clock& clock,
                     AdmissionOptions options)
    : store_(store),
      registry_(registry),
      unclaimed_(unclaimed),
      receipts_(receipts),
      index_(index),
      probe_(probe),
      clock_(clock),
      options_(options) {
  registry_.add_listener(*this);
  std::vector<registry::Datastream> all;
  registry_.read([&](const registry::Registry::View& view) {
    view.each_thing([&](const registry::Thing& thing) { thing_changed(thing); });
    view.each_datastream([&](const registry::Datastream& d) { all.push_back(d); });
  });
  for (const auto& datastream : all) datastream_changed(datastream);
}

Admission::~Admission() = default;

/// Whom a thing answers to. What the index says holds only as long as this does.
void Admission::thing_changed(const registry::Thing& thing) {
  const std::uint64_t name = hash_bytes(thing.key, thing.gateway.value);
  const auto [known, fresh] = thing_names_.try_emplace(thing.id, name);
  if (!fresh && std::exchange(known->second, name) != name) index_.clear();
}

void Admission::thing_removed(ThingId thing) {
  thing_names_.erase(thing);
  index_.clear();
}

void Admission::datastream_removed(DatastreamId datastream) {
  if (datastream.value < limits_.size()) limits_[datastream.value] = {};
  index_.clear();
}

void Admission::datastream_changed(const registry::Datastream& datastream) {
  Limits limits;
  limits.name = hash_bytes(datastream.key, datastream.thing.value);
  registry_.read([&](const registry::Registry::View& view) {
    const auto* property = view.property(datastream.property);
    if (!property) return;
    limits.low = static_cast<float>(property->plausible_min);
    limits.high = static_cast<float>(property->plausible_max);
  });
  if (limits_.size() <= datastream.id.value) limits_.resize(datastream.id.value + 1 + datastream.id.value / 2);
  const Limits before = std::exchange(limits_[datastream.id.value], limits);
  if (before.name != 0 && before.name != limits.name) index_.clear();
}

void Admission::count_busy(std::size_t rows) {
  probe_.reject("busy", rows, "more readings wait than the writer takes", clock_.now());
}

void Admission::refuse_time(Submission& submission, std::int64_t time, std::size_t at, Instant now) {
  const bool future = time > now.ns;
  submission.reject(submission.line_of(at), future ? "future" : "clock_unset",
                    "time " + to_iso({time}) +
                        (future ? " is ahead of the server's clock, " + to_iso(now) : " is before the year 2000") +
                        ": check the device's clock and the precision parameter");
}

/// What the device says of the order holds though its clock is wrong; and no two readings of a datastream may get the
/// same time, as the store would take one for a duplicate or a correction of the other.
void Admission::restamp(Submission& submission, std::vector<std::size_t>& doubted, Counts& counts) {
  auto& rows = submission.batch.rows;
  std::ranges::sort(doubted, {}, [&](std::size_t at) { return std::pair(rows[at].time, at); });
  std::unordered_map<DatastreamId, std::int64_t> of_this_time;
  std::int64_t stamp = counts.next_stamp, said = 0;
  for (const std::size_t at : doubted) {
    Observation& row = rows[at];
    if (std::exchange(said, row.time) != row.time) {
      stamp = counts.next_stamp;
      of_this_time.clear();
    }
    row.time = stamp + of_this_time[row.datastream]++;
    row.flags |= readings::flag::server_time | readings::flag::clock_doubt;
    counts.next_stamp = std::max(counts.next_stamp, row.time + 1);
  }
  counts.restamped += doubted.size();
}

/// The newest reading of a submission tells how its device's clock stands against ours, if it is a device that sends.
void Admission::note_device_clock(const Submission& submission, Instant now) {
  const auto transport = submission.source.transport;
  if (submission.batch.rows.empty() || transport == Transport::import) return;
  const Observation& last = submission.batch.rows.back();
  if (last.flags & readings::flag::server_time) return;
  const std::uint64_t source =
      submission.source.thing.value != 0 ? submission.source.thing.value : last.datastream.value;
  probe_.device_clock(source, last.time - now.ns, clock_.monotonic_ns());
}

/// Before the names: what waits in the list keeps the time at which it came.
void Admission::judge_times(Submission& submission, Instant now, Counts& counts) {
  auto& rows = submission.batch.rows;
  const std::int64_t newest = now.ns + options_.future_tolerance_ns;
  const bool clock_doubt = now < last_commit_;
  const std::int64_t oldest =
      submission.source.past_welcome ? std::numeric_limits<std::int64_t>::min() : options_.oldest.ns;
  note_device_clock(submission, now);
  std::vector<std::size_t> doubted;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); i++) {
    Observation& row = rows[i];
    if (row.time > newest || row.time < oldest) {
      if (submission.source.refuse_future) {
        submission.number_lines();
        refuse_time(submission, row.time, i, now);
        continue;
      }
      doubted.push_back(kept);
    }
    if (clock_doubt && (row.flags & readings::flag::server_time)) row.flags |= readings::flag::clock_doubt;
    if (kept != i) {
      if (!submission.lines.empty()) submission.lines[kept] = submission.lines[i];
      rows[kept] = row;
    }
    kept++;
  }
  rows.resize(kept);
  if (!submission.lines.empty()) submission.lines.resize(kept);
  restamp(submission, doubted, counts);
}

void Admission::judge_values(Submission& submission, Counts& counts) {
  bool all_known = true;
  for (Observation& row : submission.batch.rows) {
    if (!is_known(row.datastream)) {
      all_known = false;
      continue;
    }
    const Limits& limits = limits_[row.datastream.value];
    if (limits.low >= limits.high) continue;
    const auto value = readings::as_number(row.type, row.scale, row.bits);
    if (value < limits.low || value > limits.high) {
      row.flags |= readings::flag::out_of_range;
      counts.out_of_range++;
    }
  }
  if (!all_known) refuse_removed(submission);
}

/// What waited while its datastream was removed: stored, it would outlive an erasure, and nobody would own it.
void Admission::refuse_removed(Submission& submission) {
  auto& rows = submission.batch.rows;
  submission.number_lines();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); i++) {
    if (!is_known(rows[i].datastream)) {
      submission.reject(submission.line_of(i), "name", "its datastream is no longer in the registry");
      continue;
    }
    if (!submission.lines.empty()) submission.lines[kept] = submission.lines[i];
    rows[kept++] = rows[i];
  }
  rows.resize(kept);
  if (!submission.lines.empty()) submission.lines.resize(kept);
}

ReceiptBook::Seen Admission::seen(const Receipt& receipt, Instant now, Instant since) const {
  const auto here = in_group_.find(receipt.high);
  if (here == in_group_.end()) return receipts_.seen(receipt, now, since);
  return here->second == receipt.low ? ReceiptBook::Seen::same : ReceiptBook::Seen::other_payload;
}

Result<> Admission::drop_if_seen(Submission& submission, Instant now) {
  if (!submission.check_receipts || submission.receipts.empty()) return {};
  for (const auto& receipt : submission.receipts) {
    switch (seen(receipt, now, submission.receipts_since)) {
      case ReceiptBook::Seen::no: return {};
      case ReceiptBook::Seen::other_payload:
        if (submission.source.transport != Transport::http) return {};  // MQTT packet ids come round again
        return fail(ErrorKind::conflict, "this Idempotency-Key was used with another body");
      case ReceiptBook::Seen::same: break;
    }
  }
  submission.resent = static_cast<std::uint32_t>(submission.batch.rows.size());
  submission.batch.clear();
  submission.names.clear();
  submission.lines.clear();
  submission.receipts.clear();
  return {};
}

void Admission::commit(std::span<Submission> group, std::int64_t since_ns) {
  const Instant now = clock_.now();
  std::vector<std::uint32_t> held(group.size());
  std::vector<const Error*> failed(group.size());
  std::vector<Error> errors;
  errors.reserve(group.size());
  std::vector<DatastreamId> resolved;
  std::vector<Receipt> receipts;
  std::vector<const readings::Batch*> batches;
  std::size_t rows = 0;
  Counts counts{.next_stamp = now.ns};
  // The first copy may wait for the same commit: nobody has its receipt yet.
  const bool any_resend = std::ranges::any_of(group, &Submission::check_receipts);
  prepare_streams(group);
  for (std::size_t i = 0; i < group.size(); i++) {
    auto& submission = group[i];
    if (auto fresh = drop_if_seen(submission, now); !fresh) {
      failed[i] = &errors.emplace_back(std::move(fresh.error()));
      submission.batch.clear();
      submission.names.clear();
    }
    judge_times(submission, now, counts);
    if (!submission.names.empty()) {
      auto waiting = place(submission, resolved);
      if (!waiting) {
        failed[i] = &errors.emplace_back(std::move(waiting.error()));
        submission.batch.clear();
      } else {
        held[i] = *waiting;
      }
    }
    judge_values(submission, counts);
    batches.push_back(&submission.batch);
    rows += submission.batch.rows.size();
    if (failed[i]) continue;
    receipts.insert(receipts.end(), submission.receipts.begin(), submission.receipts.end());
    if (!any_resend) continue;
    for (const auto& receipt : submission.receipts) in_group_[receipt.high] = receipt.low;
  }
  in_group_.clear();
  std::span<const Outcome> outcomes;
  std::uint64_t sequence = 0;
  if (rows > 0 || !receipts.empty()) {
    auto appended = store_.append(batches, ReceiptBook::encode(receipts, now));
    if (!appended) {
      const Error& error = errors.emplace_back(std::move(appended.error()));
      log::error("readings not stored", {{"kind", name_of(error.kind)}, {"why", error.message}});
      for (auto& f : failed) f = &error;
      answer(group, {}, held, failed);
      return;
    }
    outcomes = appended->outcomes;
    sequence = appended->sequence;
    for (const auto& receipt : receipts) receipts_.add(receipt, now);
  }
  last_commit_ = std::max(last_commit_, now);
  const std::int64_t committed_ns = clock_.monotonic_ns();
  if (counts.restamped) probe_.restamped(counts.restamped);
  if (counts.out_of_range) probe_.out_of_range(counts.out_of_range);
  answer(group, outcomes, held, failed);
  if (sequence != 0) {
    for (auto* listener : listeners_) listener->committed(sequence, batches, outcomes, now);
  }
  const std::int64_t judged_ns = clock_.monotonic_ns();
  probe_.committed(committed_ns - since_ns, judged_ns - since_ns, judged_ns);
}

void Admission::answer(std::span<Submission> group, std::span<const Outcome> outcomes,
                       const std::vector<std::uint32_t>& held, const std::vector<const Error*>& failed) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < group.size(); i++) {
    auto& submission = group[i];
    if (failed[i]) {
      probe_.reject("not_stored", submission.batch.rows.size(), failed[i]->message, clock_.now());
      at += outcomes.empty() ? 0 : submission.batch.rows.size();
      if (submission.done) submission.done(Result<Report>(*failed[i]));
      continue;
    }
    Report report;
    report.unclaimed = held[i];
    report.rejected = submission.rejected;
    std::uint32_t by_outcome[4] = {};
    for (const Outcome outcome : outcomes.subspan(at, outcomes.empty() ? 0 : submission.batch.rows.size())) {
      by_outcome[static_cast<std::size_t>(outcome)]++;
    }
    at += outcomes.empty() ? 0 : submission.batch.rows.size();
    report.duplicates = by_outcome[static_cast<std::size_t>(Outcome::duplicate)] + submission.resent;
    report.corrected = by_outcome[static_cast<std::size_t>(Outcome::corrected)];
    report.late = by_outcome[static_cast<std::size_t>(Outcome::late)];
    report.accepted = by_outcome[static_cast<std::size_t>(Outcome::stored)] + report.corrected + report.late;
    report.problems = std::move(submission.problems);
    for (const auto& refused : submission.refused) {
      probe_.reject(refused.reason, refused.count, refused.sample, clock_.now());
    }
    probe_.accepted(submission.source.transport, report);
    if (submission.done) submission.done(Result<Report>(std::move(report)));
  }
}

Result<ThingId> Admission::claim(std::uint32_t id, const Claim& claim, const registry::Actor& actor) {
  TRY(auto claimed, unclaimed_.claim(id, claim, registry_, actor));
  Result<> stored;
  if (!claimed.held.batch.rows.empty()) {
    claimed.held.done = [&stored](const Result<Report>& report) {
      if (!report) stored = report.error();
    };
    commit(std::span(&claimed.held, 1), clock_.monotonic_ns());
  }
  TRY_VOID(std::move(stored));
  TRY_VOID(unclaimed_.forget(id));
  index_.clear();  // its names now mean something else
  return claimed.thing;
}

}  // namespace qala::ingest

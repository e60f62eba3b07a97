#include "ingest/admission.h"

#include <algorithm>
#include <map>
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
    : store_(store), registry_(registry), unclaimed_(unclaimed), receipts_(receipts), index_(index), probe_(probe),
      clock_(clock), options_(options) {
  registry_.add_listener(*this);
  std::vector<registry::Datastream> all;
  registry_.read([&](const registry::Registry::View& view) {
    view.each_datastream([&](const registry::Datastream& d) { all.push_back(d); });
  });
  for (const auto& datastream : all) datastream_changed(datastream);
}

Admission::~Admission() = default;

void Admission::thing_changed(const registry::Thing&) {}
void Admission::thing_removed(ThingId) { index_.clear(); }
void Admission::datastream_removed(DatastreamId) { index_.clear(); }

void Admission::datastream_changed(const registry::Datastream& datastream) {
  Limits limits;
  registry_.read([&](const registry::Registry::View& view) {
    const auto* property = view.property(datastream.property);
    if (property) limits = {static_cast<float>(property->plausible_min), static_cast<float>(property->plausible_max)};
  });
  if (limits_.size() <= datastream.id.value) limits_.resize(datastream.id.value + 1 + datastream.id.value / 2);
  limits_[datastream.id.value] = limits;
}

ThingId Admission::thing_of(const Submission& submission, const SeriesName& name) const {
  if (name.thing) return name.thing;
  const Source& source = submission.source;
  if (const ThingId claimed = unclaimed_.claimed_as(scope_of(source), name.thing_key)) return claimed;
  ThingId out;
  if (source.provisioning) return out;
  registry_.read([&](const registry::Registry::View& view) {
    const auto* thing = view.thing(name.thing_key);
    // A gateway speaks only for things that are behind it.
    if (thing && (!source.gateway || thing->gateway == source.thing)) out = thing->id;
  });
  return out;
}

void Admission::resolve(Submission& submission, std::vector<DatastreamId>& into) {
  into.assign(submission.names.size(), DatastreamId());
  for (std::size_t i = 0; i < submission.names.size(); i++) {
    auto& name = submission.names[i];
    name.thing = thing_of(submission, name);
    if (!name.thing) continue;
    registry_.read([&](const registry::Registry::View& view) {
      if (!view.thing(name.thing)) name.thing = ThingId();
      else if (const auto* datastream = view.datastream(name.thing, name.key)) into[i] = datastream->id;
    });
  }
  create_missing(submission, into);
  for (std::size_t i = 0; i < into.size(); i++) {
    if (into[i] && submission.names[i].hash.slot != 0) index_.insert(submission.names[i].hash, into[i]);
  }
}

void Admission::create_missing(Submission& submission, std::vector<DatastreamId>& resolved) {
  std::vector<registry::Thing> things;
  std::map<std::string, std::size_t, std::less<>> thing_at;
  std::vector<std::size_t> missing;
  const bool create_things = (options_.auto_claim || submission.source.may_create) && !submission.source.provisioning;
  for (std::size_t i = 0; i < resolved.size(); i++) {
    auto& name = submission.names[i];
    if (resolved[i]) continue;
    if (!name.thing && (!create_things || name.thing_key.empty())) continue;
    missing.push_back(i);
    if (name.thing || thing_at.contains(name.thing_key)) continue;
    thing_at[name.thing_key] = things.size();
    registry::Thing thing;
    thing.key = thing.name = name.thing_key;
    if (submission.source.gateway) thing.gateway = submission.source.thing;
    things.push_back(std::move(thing));
  }
  if (missing.empty()) return;
  const registry::Actor actor{"token", submission.source.name};
  if (!things.empty()) {
    if (const auto made = registry_.put_many(things, {}, actor); !made) {
      log::warn("things not created", {{"count", things.size()}, {"why", made.error().message}});
      return;
    }
  }
  std::map<std::pair<std::uint32_t, std::string>, std::size_t> stream_at;
  std::vector<registry::Datastream> streams;
  for (const std::size_t i : missing) {
    auto& name = submission.names[i];
    if (!name.thing) name.thing = things[thing_at.find(name.thing_key)->second].id;
    if (!stream_at.try_emplace({name.thing.value, name.key}, streams.size()).second) continue;
    registry::Datastream stream;
    stream.thing = name.thing;
    stream.key = stream.name = name.key;
    registry_.read([&](const registry::Registry::View& view) {
      if (const auto* property = guess_property(view, name.key)) stream.property = property->id;
    });
    streams.push_back(std::move(stream));
  }
  if (const auto made = registry_.put_many({}, streams, actor); !made) {
    log::warn("datastreams not created", {{"count", streams.size()}, {"why", made.error().message}});
    return;
  }
  for (const std::size_t i : missing) {
    resolved[i] = streams[stream_at[{submission.names[i].thing.value, submission.names[i].key}]].id;
  }
}

/// Moves the rows of devices nobody knows into the list; the others get their datastream. Returns how many wait.
Result<std::uint32_t> Admission::hold_unknown(Submission& submission, const std::vector<DatastreamId>& resolved) {
  auto& batch = submission.batch;
  std::map<std::string, std::vector<HeldValue>> waiting;
  std::uint32_t held = 0;
  std::size_t kept = 0;
  const bool has_lines = !submission.lines.empty();
  for (std::size_t i = 0; i < batch.rows.size(); i++) {
    Observation row = batch.rows[i];
    if (row.datastream.value & kUnknownSeries) {
      const std::size_t at = row.datastream.value & ~kUnknownSeries;
      row.datastream = resolved[at];
      if (!row.datastream) {
        const auto& name = submission.names[at];
        const bool textual = row.type >= readings::ValueType::text;
        waiting[name.thing_key].push_back({name.key, row, textual ? batch.text_of(row.bits) : std::string_view()});
        held++;
        continue;
      }
    }
    if (has_lines) submission.lines[kept] = submission.lines[i];
    batch.rows[kept++] = row;
  }
  batch.rows.resize(kept);
  if (has_lines) submission.lines.resize(kept);
  for (const auto& [device, values] : waiting) {
    const ThingId gateway = submission.source.gateway ? submission.source.thing : ThingId();
    TRY_VOID(unclaimed_.hold(scope_of(submission.source), gateway, device, values));
  }
  return held;
}

bool Admission::fix_time(Submission& submission, Observation& row, std::size_t at, Instant now, Counts& counts) {
  const bool future = row.time > now.ns;
  if (submission.source.refuse_future) {
    const std::uint32_t line = submission.lines.empty() ? static_cast<std::uint32_t>(at + 1) : submission.lines[at];
    submission.reject(line, future ? "future" : "clock_unset",
                      "time " + to_iso({row.time}) +
                          (future ? " is ahead of the server's clock, " + to_iso(now) : " is before the year 2000") +
                          ": check the device's clock and the precision parameter");
    return false;
  }
  row.time = now.ns;
  row.flags |= readings::flag::server_time | readings::flag::clock_doubt;
  counts.restamped++;
  return true;
}

void Admission::judge(Submission& submission, Instant now, Counts& counts) {
  auto& rows = submission.batch.rows;
  const std::int64_t newest = now.ns + options_.future_tolerance_ns;
  const bool clock_doubt = now < last_commit_;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); i++) {
    Observation& row = rows[i];
    if ((row.time > newest || row.time < options_.oldest.ns) && !fix_time(submission, row, i, now, counts)) continue;
    if (clock_doubt && (row.flags & readings::flag::server_time)) row.flags |= readings::flag::clock_doubt;
    if (row.datastream.value < limits_.size()) {
      const Limits limits = limits_[row.datastream.value];
      if (limits.low < limits.high) {
        const auto value = readings::as_number(row.type, row.scale, row.bits);
        if (value < limits.low || value > limits.high) {
          row.flags |= readings::flag::out_of_range;
          counts.out_of_range++;
        }
      }
    }
    if (kept != i) {
      if (!submission.lines.empty()) submission.lines[kept] = submission.lines[i];
      rows[kept] = row;
    }
    kept++;
  }
  rows.resize(kept);
}

Result<> Admission::drop_if_seen(Submission& submission, Instant now) {
  if (!submission.check_receipts || submission.receipts.empty()) return {};
  for (const auto& receipt : submission.receipts) {
    switch (receipts_.seen(receipt, now)) {
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
  Counts counts;
  for (std::size_t i = 0; i < group.size(); i++) {
    auto& submission = group[i];
    if (auto fresh = drop_if_seen(submission, now); !fresh) {
      failed[i] = &errors.emplace_back(std::move(fresh.error()));
      submission.batch.clear();
      submission.names.clear();
    }
    if (!submission.names.empty()) {
      resolve(submission, resolved);
      auto waiting = hold_unknown(submission, resolved);
      if (!waiting) {
        failed[i] = &errors.emplace_back(std::move(waiting.error()));
        submission.batch.clear();
      } else {
        held[i] = *waiting;
      }
    }
    judge(submission, now, counts);
    batches.push_back(&submission.batch);
    rows += submission.batch.rows.size();
    if (!failed[i]) receipts.insert(receipts.end(), submission.receipts.begin(), submission.receipts.end());
  }
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
  answer(group, outcomes, held, failed);
  if (counts.restamped) probe_.restamped(counts.restamped);
  if (counts.out_of_range) probe_.out_of_range(counts.out_of_range);
  if (sequence != 0) {
    for (auto* listener : listeners_) listener->committed(sequence, batches, outcomes, now);
  }
  probe_.committed(committed_ns - since_ns, clock_.monotonic_ns() - since_ns);
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
    std::map<std::string_view, std::uint64_t> reasons;
    for (const auto& problem : report.problems) reasons[problem.reason]++;
    for (const auto& [reason, count] : reasons) {
      const auto sample = std::ranges::find(report.problems, reason, &Problem::reason);
      probe_.reject(reason, count, sample->message, clock_.now());
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

// What of a day's facts is read from the store over many datastreams: limits passed, and how much has come.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <unordered_map>

#include "reports/day.h"

namespace qala::reports {

using readings::Bucket;

namespace {

constexpr int kMinutes = 10;

struct Watched {
  DatastreamId stream;
  ThingId thing;
};

bool compares(const alarms::Rule& rule) {
  const bool limit = rule.comparison == alarms::Comparison::above || rule.comparison == alarms::Comparison::below;
  return limit && rule.enabled && rule.when == alarms::When::always && !rule.schedule && rule.any.empty() &&
         rule.all.empty();
}

/// Those a rule looks at whose unit is the rule's.
std::vector<Watched> watched_by(const alarms::Rule& rule, const registry::Registry::View& view) {
  std::vector<Watched> out;
  const auto* property = view.property(rule.property);
  const auto* zone = rule.zone.empty() ? nullptr : view.zone(rule.zone);
  if (!property || (!rule.zone.empty() && !zone)) return out;
  view.each_datastream([&](const registry::Datastream& stream) {
    if (stream.property != property->id) return;
    const auto* thing = view.thing(stream.thing);
    if (!thing || (rule.kind && thing->kind != *rule.kind) || (zone && thing->zone != zone->id)) return;
    const std::string& unit = stream.unit.empty() ? property->unit : stream.unit;
    if (!rule.unit.empty() && rule.unit != unit) return;
    if (!rule.selector.empty() && !alarms::glob_matches(rule.selector, thing->key + "/" + stream.key)) return;
    out.push_back({stream.id, stream.thing});
  });
  return out;
}

Exceeded look(const alarms::Rule& rule, const Day& day, std::span<const Bucket> buckets) {
  const bool above = rule.comparison == alarms::Comparison::above;
  Exceeded out{.rule = rule.key,
               .severity = rule.severity,
               .limit = rule.limit,
               .worst = rule.limit,
               .above = above,
               .unit = rule.unit};
  for (const Bucket& bucket : buckets) {
    const double mean = bucket.mean();
    if (bucket.start < day.start.ns || !(above ? mean > rule.limit : mean < rule.limit)) continue;
    out.over += Duration(kMinutes * Instant::kMinute);
    if (out.worst_at.ns == 0 || (above ? mean > out.worst : mean < out.worst))
      out.worst = mean, out.worst_at = {bucket.start};
  }
  return out;
}

/// What has come of a day's readings, and what was to come.
class Count {
 public:
  Count(const registry::Registry& registry, const Day& day)
      : day_(day),
        hours_(static_cast<std::size_t>((day.end.ns - day.start.ns + Instant::kHour - 1) / Instant::kHour)),
        of_hour_(hours_) {
    registry.read([&](const registry::Registry::View& view) {
      view.each_datastream([&](const registry::Datastream& stream) {
        const auto* thing = view.thing(stream.thing);
        if (!thing || stream.interval_ms <= 0) return;
        streams_.push_back(stream.id);
        owed_.emplace(stream.id, Owed{stream.thing, stream.interval_ms * 1'000'000});
        of_thing_[stream.thing].kind = thing->kind;
      });
    });
  }

  Result<Coverage> made(const readings::ReadingStore& store, const Zone& zone) {
    std::mutex mutex;  // two halves may call at the same time
    TRY_VOID(store.buckets_of_many(streams_, {day_.start.ns, day_.end.ns}, {CalendarUnit::hour, 1}, zone,
                                   [&](std::size_t, DatastreamId stream, std::span<const Bucket> buckets) {
                                     auto row = by_hour(buckets);
                                     const std::lock_guard lock(mutex);
                                     counts_.emplace(stream, std::move(row));
                                   }));
    for (const DatastreamId stream : streams_) add(stream);
    return answer();
  }

 private:
  struct Owed {
    ThingId thing;
    std::int64_t interval_ns;
  };
  struct OfThing {
    registry::Kind kind = registry::Kind::other;
    double share = 0;  ///< of its datastreams, added up
    double streams = 0;
    bool spoke = false;
  };
  struct OfHour {
    double share = 0, streams = 0;
  };

  std::vector<double> by_hour(std::span<const Bucket> buckets) const {
    std::vector<double> row(hours_);
    for (const Bucket& bucket : buckets) {
      const auto hour = (bucket.start - day_.start.ns) / Instant::kHour;
      if (hour >= 0 && static_cast<std::size_t>(hour) < hours_)
        row[static_cast<std::size_t>(hour)] += static_cast<double>(bucket.count);
    }
    return row;
  }
  /// Of an hour, or of what has passed of the running one.
  double length_of(std::size_t hour) const {
    const std::int64_t from = day_.start.ns + static_cast<std::int64_t>(hour) * Instant::kHour;
    return static_cast<double>(std::min(Instant::kHour, day_.end.ns - from));
  }

  void add(DatastreamId stream) {
    const Owed& owed = owed_.at(stream);
    const auto found = counts_.find(stream);
    const std::vector<double> row = found == counts_.end() ? std::vector<double>(hours_) : found->second;
    OfThing& thing = of_thing_[owed.thing];
    thing.streams++;
    thing.spoke = thing.spoke || std::ranges::any_of(row, [](double n) { return n > 0; });
    thing.share += owed.interval_ns > Instant::kHour ? seldom(row, owed.interval_ns) : hourly(row, owed.interval_ns);
  }
  /// Looked at over the day as a whole; says nothing about an hour.
  double seldom(const std::vector<double>& row, std::int64_t interval) const {
    const double wanted =
        std::floor(static_cast<double>((day_.end - day_.start).count()) / static_cast<double>(interval));
    double got = 0;
    for (const double n : row) got += n;
    return wanted < 1 ? 1 : std::min(got, wanted) / wanted;
  }
  double hourly(const std::vector<double>& row, std::int64_t interval) {
    double share = 0, all = 0;
    for (std::size_t hour = 0; hour < hours_; hour++) {
      // Devices' clocks do not start with the hour: it owes the whole intervals that fit into it.
      const double wanted = std::floor(length_of(hour) / static_cast<double>(interval));
      if (wanted < 1) continue;
      const double part = std::min(row[hour], wanted) / wanted;
      share += part * length_of(hour);
      all += length_of(hour);
      of_hour_[hour].share += part;
      of_hour_[hour].streams++;
    }
    return all > 0 ? share / all : 1;
  }

  Coverage answer() const {
    Coverage out;
    std::map<registry::Kind, Coverage::OfKind> kinds;
    double all = 0;
    for (const auto& [id, thing] : of_thing_) {
      const double share = thing.share / thing.streams;
      Coverage::OfKind& kind = kinds[thing.kind];
      kind.kind = thing.kind;
      kind.things++;
      kind.share += share;
      all += share;
      if (!thing.spoke) kind.silent++, out.silent++;
      if (share < kPoor) out.poor.push_back({id, share});
    }
    out.things = of_thing_.size();
    if (out.things > 0) out.share = all / static_cast<double>(out.things);
    for (auto& [name, kind] : kinds) {
      kind.share /= static_cast<double>(kind.things);
      out.kinds.push_back(kind);
    }
    std::ranges::sort(out.kinds, [](const auto& a, const auto& b) {
      return std::tie(b.things, a.kind) < std::tie(a.things, b.kind);
    });
    std::ranges::sort(
        out.poor, [](const auto& a, const auto& b) { return std::tie(a.share, a.thing) < std::tie(b.share, b.thing); });
    for (const OfHour& hour : of_hour_)
      out.hours.push_back(hour.streams > 0 ? static_cast<float>(100 * hour.share / hour.streams)
                                           : std::numeric_limits<float>::quiet_NaN());
    return out;
  }

  static constexpr double kPoor = 0.9;
  const Day& day_;
  const std::size_t hours_;
  std::vector<DatastreamId> streams_;
  std::unordered_map<DatastreamId, Owed> owed_;
  std::unordered_map<DatastreamId, std::vector<double>> counts_;
  std::map<ThingId, OfThing> of_thing_;
  std::vector<OfHour> of_hour_;
};

}  // namespace

Result<std::vector<Exceeded>> exceeded(const readings::ReadingStore& store, const registry::Registry& registry,
                                       const std::vector<alarms::Rule>& rules, const Zone& zone, const Day& day) {
  std::vector<Exceeded> out;
  for (const alarms::Rule& rule : rules) {
    if (!compares(rule)) continue;
    std::vector<Watched> watched;
    registry.read([&](const registry::Registry::View& view) { watched = watched_by(rule, view); });
    if (watched.empty()) continue;
    std::vector<DatastreamId> streams;
    std::unordered_map<DatastreamId, ThingId> things;
    for (const Watched& one : watched) streams.push_back(one.stream), things.emplace(one.stream, one.thing);
    std::mutex mutex;
    TRY_VOID(store.buckets_of_many(streams, {day.start.ns, day.end.ns}, {CalendarUnit::minute, kMinutes}, zone,
                                   [&](std::size_t, DatastreamId stream, std::span<const Bucket> buckets) {
                                     Exceeded found = look(rule, day, buckets);
                                     if (found.over.count() == 0) return;
                                     found.thing = things.at(stream);
                                     const std::lock_guard lock(mutex);
                                     out.push_back(std::move(found));
                                   }));
  }
  std::ranges::sort(out, [](const Exceeded& a, const Exceeded& b) {
    return std::tuple(a.severity, -a.over.count(), a.thing.value, a.rule) <
           std::tuple(b.severity, -b.over.count(), b.thing.value, b.rule);
  });
  return out;
}

Result<Coverage> coverage(const readings::ReadingStore& store, const registry::Registry& registry, const Zone& zone,
                          const Day& day) {
  return Count(registry, day).made(store, zone);
}

}  // namespace qala::reports

#include "footage/library.h"

#include <algorithm>
#include <map>

#include "base/file.h"
#include "footage/cursor.h"
#include "footage/export.h"
#include "footage/finder.h"
#include "footage/holds.h"
#include "footage/spans.h"
#include "media/fragments.h"

namespace qala::footage {

namespace {

constexpr std::int64_t kKeyWithinMs = 10 * 60 * 1'000;
constexpr std::size_t kMostKeyTimes = 5'000;
constexpr std::int64_t kRateDays = 3;
constexpr std::int64_t kDayMs = Instant::kDay / 1'000'000;

std::int64_t ceil_ms(Instant at) { return at.ms() + (at.ns % 1'000'000 != 0 ? 1 : 0); }

class FolderLibrary final : public Library {
 public:
  explicit FolderLibrary(const std::string& folder) : finder_(folder) {}

  Result<std::vector<Span>> spans(StreamId id, Instant from, Instant to) override {
    SpanJoiner joiner(from.ms(), ceil_ms(to));
    TRY(const auto rows, finder_.files(id, from.ms(), ceil_ms(to)));
    for (const auto& row : rows) {
      if (row.marks != Marks::mixed) {
        joiner.add(row.run, row.from_ms, row.to_ms, row.marks == Marks::motion);
        continue;
      }
      TRY(const auto fragments, finder_.fragments(row));
      for (const auto& one : fragments) joiner.add(row.run, one.at_ms, one.end_ms(), one.motion);
    }
    return std::move(joiner).spans();
  }

  Result<std::unique_ptr<Cursor>> cursor(StreamId id, Instant from, Instant to) override {
    return std::make_unique<FileCursor>(finder_, id, from.ms(), ceil_ms(to));
  }

  Result<std::optional<KeyFrame>> key_frame(StreamId id, Instant at) override {
    const std::int64_t ms = at.ms();
    TRY(const auto before, key_fragment(id, ms - kKeyWithinMs, ms + 1, true));
    if (before) return read_key_frame(*before);
    TRY(const auto after, key_fragment(id, ms + 1, ms + kKeyWithinMs, false));
    if (after) return read_key_frame(*after);
    return std::nullopt;
  }

  Result<std::vector<Instant>> key_times(StreamId id, Instant from, Instant to, Duration step) override {
    std::vector<Instant> times;
    std::int64_t next = from.ms();
    TRY(const auto rows, finder_.files(id, from.ms(), ceil_ms(to)));
    for (const auto& row : rows) {
      TRY(const auto fragments, finder_.fragments(row));
      for (const auto& one : fragments) {
        if (!one.key || one.at_ms < next || one.at_ms >= ceil_ms(to)) continue;
        if (times.size() == kMostKeyTimes) return times;
        times.push_back(Instant::from_ms(one.at_ms));
        next = one.at_ms + std::max<std::int64_t>(1, step.count() / 1'000'000);
      }
    }
    return times;
  }

  Result<Covered> export_mp4(StreamId id, Instant from, Instant to, const media::Sink& sink) override {
    TRY(auto exported, Export::prepare(*this, finder_.folder(), id, from, to));
    return std::move(exported).write(sink);
  }

  Result<std::vector<Source>> sources(StreamId id, Instant from, Instant to) override {
    return sources_of(*this, id, from, to);
  }

  Result<Totals> totals(Instant now) override {
    TRY(const auto days, finder_.days());
    Totals totals;
    std::map<StreamId, std::uint64_t> recent;
    const std::int64_t first_day = now.ms() / kDayMs - (kRateDays - 1);
    for (const auto& day : days) {
      if (totals.streams.empty() || totals.streams.back().id != day.stream)
        totals.streams.push_back({.id = day.stream});
      auto& stream = totals.streams.back();
      stream.files += day.files;
      stream.bytes += day.bytes;
      if (day.day >= first_day) recent[day.stream] += day.bytes;
    }
    for (auto& stream : totals.streams) {
      TRY_VOID(add_reach(stream, recent[stream.id], std::max(first_day * kDayMs, std::int64_t{0}), now));
      totals.files += stream.files;
      totals.bytes += stream.bytes;
      totals.bytes_per_day += stream.bytes_per_day;
    }
    if (const auto space = disk_space(finder_.folder())) {
      totals.disk_free = space->free;
      totals.disk_total = space->total;
    }
    if (totals.bytes_per_day > 0) {
      totals.days_until_full = static_cast<double>(totals.disk_free) / totals.bytes_per_day;
      totals.days_in_all = static_cast<double>(totals.disk_free + totals.bytes) / totals.bytes_per_day;
    }
    return totals;
  }

  Result<std::int64_t> hold(const Hold& hold) override { return add_hold(finder_.folder(), hold); }
  Result<> release(std::int64_t id) override { return remove_hold(finder_.folder(), id); }
  Result<std::vector<Hold>> holds() override { return read_holds(finder_.folder()); }

 private:
  struct Key {
    FileRow row;
    Fragment fragment;
  };
  /// The newest or the oldest key frame that begins in [from_ms, to_ms).
  Result<std::optional<Key>> key_fragment(StreamId id, std::int64_t from_ms, std::int64_t to_ms, bool newest) {
    TRY(auto rows, finder_.files(id, from_ms, to_ms));
    if (newest) std::ranges::reverse(rows);
    for (const auto& row : rows) {
      TRY(auto fragments, finder_.fragments(row));
      if (newest) std::ranges::reverse(fragments);
      for (const auto& one : fragments) {
        if (one.key && one.at_ms >= from_ms && one.at_ms < to_ms) return Key{row, one};
      }
    }
    return std::nullopt;
  }

  Result<std::optional<KeyFrame>> read_key_frame(const Key& key) {
    TRY(const auto file, File::open(finder_.folder() + "/" + key.row.path(), File::Mode::read));
    TRY(const auto size, file.size());
    const ReadAt read = reader_of(file);
    std::string init;
    TRY([[maybe_unused]] const auto mark, read_file_mark(read, size, &init).context(key.row.path()));
    TRY(const auto track, media::read_init(init).context(key.row.path()));
    TRY(const auto bytes, read_fragment_bytes(read, key.fragment).context(key.row.path()));
    TRY(auto samples, media::read_fragment(bytes).context(key.row.path()));
    if (samples.empty()) return std::nullopt;
    return KeyFrame{Instant::from_ms(key.fragment.at_ms), track, std::move(samples.front())};
  }

  /// Since when the recent days are recorded, and so what a day costs.
  Result<> add_reach(StreamTotals& stream, std::uint64_t bytes, std::int64_t first_ms, Instant now) {
    TRY(const auto reach, finder_.reach(stream.id));
    if (!reach) return {};
    stream.oldest = Instant::from_ms(reach->from_ms);
    stream.newest = Instant::from_ms(reach->to_ms);
    const std::int64_t since = std::max(first_ms, reach->from_ms);
    const std::int64_t span = now.ms() - since;
    if (span >= 10 * 60 * 1'000) stream.bytes_per_day = static_cast<double>(bytes) * kDayMs / static_cast<double>(span);
    return {};
  }

  Finder finder_;
};

}  // namespace

Result<std::unique_ptr<Library>> Library::open(const std::string& folder) {
  return std::make_unique<FolderLibrary>(folder);
}

}  // namespace qala::footage

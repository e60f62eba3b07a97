// Loads a town into the readings store and prints where the time goes: `store_bench FOLDER [DAYS] [LATE READINGS]`;
// with LATE -1 the folder is taken as it is and only asked.
// 3,000 datastreams, a reading every ten minutes, in time order, commits of 5,000. The folder must be on a disk.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <random>

#include "readings/embedded_store.h"

namespace {

using namespace qala;
using namespace qala::readings;

constexpr std::uint32_t kDatastreams = 3000;
constexpr std::size_t kBatch = 5000;
constexpr std::int64_t kStart = 1'735'689'600'000'000'000;  // 2025-01-01T00:00:00Z
constexpr std::int64_t kStep = 600 * Instant::kSecond;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto s = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
  return s(usage.ru_utime) + s(usage.ru_stime);
}
long memory_mb(const char* what) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(what)) return std::atol(line.c_str() + std::strlen(what)) / 1024;
  }
  return 0;
}
/// Bytes this process sent to the disk.
double written() {
  std::ifstream io("/proc/self/io");
  for (std::string line; std::getline(io, line);) {
    if (line.starts_with("wchar:")) return std::atof(line.c_str() + 6);
  }
  return 0;
}
double folder_bytes(const std::string& folder) {
  double sum = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) sum += static_cast<double>(entry.file_size());
  }
  return sum;
}

/// A slowly wandering value per datastream with a daily course, in tenths.
class Town {
 public:
  Town() : random_(7), state_(kDatastreams) {
    for (std::size_t i = 0; i < state_.size(); i++) state_[i] = normal_(random_);
  }
  Observation next(std::int64_t slot, std::uint32_t i) {
    const double hour = static_cast<double>(slot % 144) / 6;
    const double day = std::sin((hour - 9) * M_PI / 12);
    float& x = state_[i];
    static constexpr float kStep1[] = {0.8f, 0.8f, 0.15f, 0.15f, 0.15f, 0.6f, 0.6f, 0.3f, 0.3f, 5.f};
    const float step = kStep1[i % 10];
    x = (i % 10 >= 7 ? 0.f : 0.97f * x) + step * normal_(random_);
    const double value = 40 + 5 * day + static_cast<double>(x);
    return {.datastream = DatastreamId(i + 1),
            .flags = 0,
            .type = ValueType::decimal,
            .scale = 1,
            .time = kStart + slot * kStep + i / 5 * Instant::kSecond,
            .bits = std::lrint(value * 10)};
  }

 private:
  std::minstd_rand random_;
  std::normal_distribution<float> normal_;
  std::vector<float> state_;
};

template <class Query>
void time_query(const char* name, int rounds, Query query) {
  std::vector<double> times;
  for (int i = 0; i < rounds; i++) {
    const double start = seconds();
    query();
    times.push_back((seconds() - start) * 1e3);
  }
  std::ranges::sort(times);
  std::printf("  %-28s median %8.3f ms   worst %8.3f ms\n", name, times[times.size() / 2], times.back());
}

struct Load {
  double generate = 0, append = 0, cpu = 0, worst = 0;
  std::uint64_t readings = 0;
};

void commit(ReadingStore& store, Batch& batch, Load& load) {
  const double start = seconds(), cpu = cpu_seconds();
  const Batch* const batches[] = {&batch};
  auto done = store.append(batches, {});
  if (!done) {
    std::fprintf(stderr, "%s\n", done.error().message.c_str());
    std::exit(1);
  }
  store.release(done->sequence);
  const double took = seconds() - start;
  load.append += took;
  load.cpu += cpu_seconds() - cpu;
  load.worst = std::max(load.worst, took);
  load.readings += batch.rows.size();
  batch.clear();
}

void report(const char* what, const Load& load) {
  const double n = static_cast<double>(load.readings);
  std::printf(
      "%s: %.2f M readings, %.2f M/s in append, %.0f ns a reading (CPU of all threads %.0f ns), worst commit %.1f ms, "
      "RSS %ld MB, peak %ld MB\n",
      what, n / 1e6, n / load.append / 1e6, load.append / n * 1e9, load.cpu / n * 1e9, load.worst * 1e3,
      memory_mb("VmRSS:"), memory_mb("VmHWM:"));
}

void queries(const ReadingStore& store, const Zone& zone, int days) {
  std::mt19937 random(11);
  std::vector<DatastreamId> all;
  for (std::uint32_t i = 1; i <= kDatastreams; i++) all.push_back(DatastreamId(i));
  const auto any_day = [&](int length) {
    const int day = std::uniform_int_distribution(0, std::max(0, days - length))(random);
    return Window{kStart + day * Instant::kDay, kStart + (day + length) * Instant::kDay};
  };
  const auto any = [&] { return DatastreamId(random() % kDatastreams + 1); };
  const Window last{kStart + (days - 1) * Instant::kDay, kStart + days * Instant::kDay};
  time_query("latest of all", 50, [&] { (void)store.latest_all(); });
  time_query("24 h raw of one", 200, [&] { (void)store.range(any(), any_day(1), 100000); });
  time_query("30 d hourly of one", 200,
             [&] { (void)store.buckets(any(), any_day(30), {CalendarUnit::hour, 1}, zone); });
  time_query("30 daily means of 3,000", 31, [&] {
    (void)store.buckets_of_many(all, any_day(30), {CalendarUnit::day, 1}, zone, [](std::size_t, DatastreamId, auto) {});
  });
  time_query("the same, whole town days", 31, [&] {
    Window window = any_day(30);
    const std::int32_t day = zone.local_day({window.from});
    window = {zone.day_start(day).ns, zone.day_start(day + 30).ns};
    (void)store.buckets_of_many(all, window, {CalendarUnit::day, 1}, zone, [](std::size_t, DatastreamId, auto) {});
  });
  time_query("exceedance, last 24 h", 9, [&] { (void)store.exceedance(all, last, {CalendarUnit::hour, 1}, zone, 55); });
  time_query("exceedance, random day", 9,
             [&] { (void)store.exceedance(all, any_day(1), {CalendarUnit::hour, 1}, zone, 55); });
  time_query("exceedance, all over", 9,
             [&] { (void)store.exceedance(all, any_day(1), {CalendarUnit::hour, 1}, zone, 5); });
  time_query("count of all", 9, [&] { (void)store.count({}, {0, INT64_MAX}); });
  time_query("10,000 with ids", 20, [&] { (void)store.range(any(), {0, INT64_MAX}, 10000, true); });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "store_bench FOLDER [DAYS] [LATE]\n"), 2;
  const std::string folder = argv[1];
  const int days = argc > 2 ? std::atoi(argv[2]) : 60;
  const std::int64_t late = argc > 3 ? std::atoll(argv[3]) : 0;
  const SystemClock clock;
  const auto zone = Zone::find("Asia/Almaty");
  if (late >= 0) std::filesystem::remove_all(folder);
  auto store = open_embedded(folder, *zone, clock);
  if (!store) return std::fprintf(stderr, "%s\n", store.error().message.c_str()), 1;
  if (late < 0) return queries(**store, *zone, days), 0;
  Town town;
  Batch batch;
  Load load;
  const double begun = seconds(), wrote = written();
  for (std::int64_t slot = 0; slot < std::int64_t{days} * 144; slot++) {
    for (std::uint32_t i = 0; i < kDatastreams; i++) {
      batch.rows.push_back(town.next(slot, i));
      if (batch.rows.size() == kBatch) commit(**store, batch, load);
    }
  }
  if (!batch.rows.empty()) commit(**store, batch, load);
  report("in order", load);
  auto health = (*store)->health();
  std::printf("  %llu files, log %.1f MB, wall %.1f s, %.2f B written a reading\n", (unsigned long long)health.files,
              static_cast<double>(health.log_bytes) / 1e6, seconds() - begun,
              (written() - wrote) / static_cast<double>(load.readings));
  double start = seconds();
  if (auto done = (*store)->settle(); !done) std::printf("settle: %s\n", done.error().message.c_str());
  std::printf("settle %.2f s; %.4f B a reading; CPU in all %.1f s\n", seconds() - start,
              folder_bytes(folder) / static_cast<double>(load.readings), cpu_seconds());
  queries(**store, *zone, days);
  if (late != 0) {
    Load lates;
    const double before = written();
    std::mt19937_64 random(3);
    const std::int64_t minutes = 21 * 1440;
    for (std::int64_t n = 0; n < late; n++) {
      const auto minute = static_cast<std::int64_t>(random() % minutes);
      batch.rows.push_back(
          {.datastream = DatastreamId(static_cast<std::uint32_t>(random() % kDatastreams) + 1),
           .flags = 0,
           .type = ValueType::decimal,
           .scale = 1,
           .time = kStart + (days - 22) * Instant::kDay + minute * Instant::kMinute + 30 * Instant::kSecond,
           .bits = 400 + static_cast<std::int64_t>(random() % 50)});
      if (batch.rows.size() == kBatch) commit(**store, batch, lates);
    }
    report("late", lates);
    std::printf("  before settling:\n");
    queries(**store, *zone, days);
    start = seconds();
    (void)(*store)->settle();
    std::printf("settle %.2f s; %.2f B written a late reading\n", seconds() - start,
                (written() - before) / static_cast<double>(lates.readings));
    queries(**store, *zone, days);
  }
  store->reset();
  start = seconds();
  store = open_embedded(folder, *zone, clock);
  std::printf("start %.3f s, RSS %ld MB\n", seconds() - start, memory_mb("VmRSS:"));
  return 0;
}

// How new observations get their place in the store, and their ids.
#include <algorithm>
#include <map>
#include <set>

#include "sensorthings/observation_bounds.h"
#include "sensorthings/rows.h"
#include "sensorthings/writer.h"

namespace qala::sensorthings {

using readings::Window;

namespace {

/// The same observation sent again, not another of the same time.
bool is_same(const Row& a, const Row& b) {
  std::string left, right;
  append_result(left, a);
  append_result(right, b);
  return left == right && a.from == b.from && a.to == b.to && a.result_time == b.result_time &&
         a.parameters == b.parameters && a.quality == b.quality && a.valid_from == b.valid_from &&
         (!a.valid_from || a.valid_to == b.valid_to) && a.feature == b.feature;
}

bool has_details(const Row& row, std::int64_t shift) {
  return shift != 0 || row.to || row.result_time || row.valid_from;
}

}  // namespace

std::vector<Writer::Stored> Writer::store_rows(std::vector<Row> rows, const std::string& source) {
  std::vector<Stored> stored(rows.size());
  std::vector<std::int64_t> keys(rows.size());
  std::vector<std::size_t> left;
  const std::int64_t newest = rooms_.clock.now().ns + rooms_.future_tolerance_ns;
  for (std::size_t i = 0; i < rows.size(); i++) {
    keys[i] = rows[i].from;
    if (rows[i].from > newest) {
      stored[i].problem =
          fail(ErrorKind::invalid, "phenomenonTime " + to_iso({rows[i].from}) + " is ahead of the server's clock");
      continue;
    }
    left.push_back(i);
  }
  // Usually once; again for those whose place turned out to be one where something was erased.
  for (int round = 0; !left.empty() && round < 64; round++) {
    std::map<std::uint32_t, std::int64_t> latest;
    std::set<std::pair<std::uint32_t, std::int64_t>> taken;
    std::vector<std::size_t> going;
    Edits edits;
    for (const std::size_t i : left) {
      Row& row = rows[i];
      const DatastreamId stream = row.datastream;
      const auto [at, fresh] = latest.try_emplace(stream.value, std::numeric_limits<std::int64_t>::min());
      if (fresh) {
        const auto head = rooms_.store.latest({&stream, 1});
        if (!head.empty()) at->second = head[0].time;
      }
      Result<> failed;
      for (; keys[i] < row.from + kMaxShift; keys[i]++) {
        if (taken.contains({stream.value, keys[i]})) continue;
        if (keys[i] > at->second) break;
        auto there = rooms_.store.range(stream, {keys[i], keys[i] + 1}, 1, true);
        if (!there) {
          failed = std::move(there.error());
          break;
        }
        if (there->batch.rows.empty()) break;
        const Row other = row_of(*there, 0, rooms_.book);
        if (!is_same(row, other)) continue;
        stored[i].id = other.id;
        break;
      }
      if (!failed) {
        stored[i].problem = failed.error();
      } else if (stored[i].id == 0) {
        taken.insert({stream.value, keys[i]});
        going.push_back(i);
        if (has_details(row, keys[i] - row.from) && !rooms_.book.is_detailed(stream.value))
          edits.detailed.push_back(stream.value);
        if (row.feature != 0) edits.seen_by.emplace_back(row.feature, stream.value);
      }
    }
    if (going.empty()) break;
    Result<> done = rooms_.book.change(edits);
    if (done) done = append(rows, going, keys, source);
    if (!done) {
      for (const std::size_t i : going) stored[i].problem = done.error();
      return stored;
    }
    for (const std::size_t i : going) rooms_.spans.changed(rows[i].datastream);
    find_ids(rows, going, keys, stored);
    left.clear();
    for (const std::size_t i : going) {
      stored[i].fresh = stored[i].id != 0;
      if (stored[i].fresh) continue;
      keys[i]++;
      left.push_back(i);
    }
  }
  for (std::size_t i = 0; i < rows.size(); i++)
    if (stored[i].id == 0 && stored[i].problem.message.empty())
      stored[i].problem = fail(ErrorKind::conflict, "too many observations of this time were erased");
  return stored;
}

Result<> Writer::append(const std::vector<Row>& rows, const std::vector<std::size_t>& which,
                        const std::vector<std::int64_t>& keys, const std::string& source) {
  ingest::Submission submission;
  submission.source = {
      .transport = ingest::Transport::http, .name = source, .thing = {}, .past_welcome = true, .refuse_future = true};
  // In order of time, as the store likes it best; of one time in the order given.
  std::vector<std::size_t> order = which;
  std::ranges::sort(order,
                    [&](std::size_t a, std::size_t b) { return keys[a] != keys[b] ? keys[a] < keys[b] : a < b; });
  for (const std::size_t i : order) pack(rows[i], keys[i] - rows[i].from, submission.batch);
  Result<> out = fail(ErrorKind::internal, "the commit was not answered");
  submission.done = [&](const Result<ingest::Report>& report) {
    out = Result<>();
    if (!report) out = report.error();
    else if (!report->problems.empty()) out = fail(ErrorKind::invalid, report->problems[0].message);
  };
  rooms_.admission.commit({&submission, 1}, rooms_.clock.monotonic_ns());
  return out;
}

void Writer::find_ids(const std::vector<Row>& rows, const std::vector<std::size_t>& which,
                      const std::vector<std::int64_t>& keys, std::vector<Stored>& stored) {
  std::map<std::uint32_t, std::vector<std::size_t>> by_stream;
  for (const std::size_t i : which) by_stream[rows[i].datastream.value].push_back(i);
  for (auto& [stream, members] : by_stream) {
    std::ranges::sort(members, {}, [&](std::size_t i) { return keys[i]; });
    const DatastreamId id(stream);
    std::map<std::int64_t, std::uint64_t> found;
    // All at once, if little else lies between them.
    const Window span{keys[members.front()], keys[members.back()] + 1};
    if (members.size() > 1) {
      const auto range = rooms_.store.range(id, span, members.size() * 2 + 64, true);
      if (range)
        for (std::size_t k = 0; k < range->batch.rows.size(); k++)
          found[range->batch.rows[k].time] = range->ids[k].value;
    }
    for (const std::size_t i : members) {
      if (const auto at = found.find(keys[i]); at != found.end()) {
        stored[i].id = at->second;
        continue;
      }
      const auto one = rooms_.store.range(id, {keys[i], keys[i] + 1}, 1, true);
      if (one && !one->ids.empty()) stored[i].id = one->ids[0].value;
    }
  }
}

}  // namespace qala::sensorthings

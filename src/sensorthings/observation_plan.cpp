#include <algorithm>
#include <limits>
#include <queue>

#include "sensorthings/observation_bounds.h"
#include "sensorthings/page.h"
#include "sensorthings/rows.h"

namespace qala::sensorthings {

using readings::Window;

namespace {

constexpr std::uint64_t kCollect = 50'000;  ///< so many candidates are read and sorted rather than walked by id

bool is_by(const Order& order, std::string_view property) {
  const Expr& expr = order.by.root;
  if (expr.op != Expr::Op::path || expr.path.variable != 0 || !expr.path.hops.empty()) return false;
  if (property == "id") return expr.path.property == -1;
  return expr.path.property >= 0 &&
         info(Kind::observation).properties[static_cast<std::size_t>(expr.path.property)].name == property;
}

bool is_empty(Window window) { return window.from >= window.to; }

}  // namespace

/// Finds one page of observations. Three ways: walking back or on in time over all datastreams at once (ordered by
/// phenomenonTime: reads a page and no more), walking by id (no order), and reading all candidates while keeping the
/// best (anything else, and small sets).
class ObservationPlan {
 public:
  ObservationPlan(const TownFacts& facts, Evaluator& evaluator, Limits limits, const Collection& from,
                  const Query& query)
      : facts_(facts), evaluator_(evaluator), limits_(limits), from_(from), query_(query) {}

  Result<Page> run() {
    TRY(bounds_, bounds_of(query_, candidates(), facts_, evaluator_));
    TRY(mark_, mark_of(query_));
    Page page;
    if (query_.count.value_or(false)) {
      TRY(page.count, count());
    }
    top_ = std::min(query_.top.value_or(limits_.page), limits_.largest);
    skip_ = mark_ ? 0 : query_.skip.value_or(0);
    if (top_ == 0) return page;
    if (is_newest_one()) return newest_one(std::move(page));
    if (!query_.order.empty() && is_by(query_.order[0], "phenomenonTime")) {
      TRY_VOID(walk_in_time());
    } else {
      const bool by_id = query_.order.empty() || (is_by(query_.order[0], "id") && !query_.order[0].descending);
      // A span of time is read by itself, however many lie in it: by id everything before would be read, too.
      bool few = !by_id || bounds_.in_time;
      if (!few) {
        TRY(few, are_few());
      }
      if (few) TRY_VOID(collect());
      else TRY_VOID(walk_by_id());
    }
    return finish(std::move(page));
  }

 private:
  std::vector<DatastreamId> candidates() const {
    std::vector<DatastreamId> out;
    if (from_.of && from_.of.kind == Kind::datastream) {
      out.emplace_back(static_cast<std::uint32_t>(from_.of.id));
    } else if (from_.of) {
      out = facts_.datastreams_of_feature(static_cast<std::uint32_t>(from_.of.id));
    } else {
      for (const std::uint32_t id : facts_.ids(Kind::datastream)) out.emplace_back(id);
    }
    return out;
  }

  bool is_detailed(DatastreamId stream) const { return facts_.town().book.is_detailed(stream.value); }
  Window window_of(DatastreamId stream) const { return is_detailed(stream) ? bounds_.wide : bounds_.exact; }

  /// Everything about a row that is not settled by where it was looked for.
  Result<bool> fits(const Ref& entity) {
    if (entity.id < bounds_.id_from || entity.id > bounds_.id_to) return false;
    if (from_.of && from_.of.kind == Kind::feature && facts_.feature_of(*entity.row) != from_.of.id) return false;
    if (!query_.filter) return true;
    return evaluator_.holds(*query_.filter, entity);
  }

  bool ids_are_free() const {
    return bounds_.id_from <= 1 && bounds_.id_to == std::numeric_limits<std::uint64_t>::max();
  }

  /// From the index where the filter says nothing but times and datastreams, else row by row.
  Result<std::uint64_t> count() {
    const bool told = bounds_.complete && ids_are_free() && !(from_.of && from_.of.kind == Kind::feature);
    std::uint64_t sum = 0;
    std::vector<DatastreamId> plain;
    for (const DatastreamId stream : bounds_.streams) {
      if (told && (!is_detailed(stream) || !query_.filter || !bounds_.in_time)) {
        plain.push_back(stream);
        continue;
      }
      TRY_VOID(facts_.each_row(stream, window_of(stream), false, [&](Row&& row) -> Result<bool> {
        const auto id = row.id;
        TRY(const bool fit, fits({Kind::observation, id, std::make_shared<const Row>(std::move(row))}));
        sum += fit;
        return true;
      }));
    }
    if (plain.empty() || is_empty(bounds_.exact)) return sum;
    TRY(const auto counted, facts_.town().store.count(plain, bounds_.exact));
    return sum + counted;
  }

  /// Few enough candidates to read and sort them all.
  Result<bool> are_few() {
    std::uint64_t sum = 0;
    for (const DatastreamId& stream : bounds_.streams) {
      if (is_empty(window_of(stream))) continue;
      TRY(const auto counted, facts_.town().store.count({&stream, 1}, window_of(stream)));
      sum += counted;
      if (sum > kCollect) return false;
    }
    return true;
  }

  /// `$orderby=phenomenonTime desc;$top=1` of one datastream: what every screen of a town asks for all of them.
  bool is_newest_one() const {
    return top_ == 1 && skip_ == 0 && !mark_ && !query_.filter && ids_are_free() && query_.order.size() == 1 &&
           query_.order[0].descending && is_by(query_.order[0], "phenomenonTime") && bounds_.streams.size() == 1 &&
           from_.of && from_.of.kind == Kind::datastream && !is_detailed(bounds_.streams[0]);
  }
  Result<Page> newest_one(Page page) {
    const DatastreamId stream = bounds_.streams[0];
    const auto latest = facts_.town().store.latest({&stream, 1});
    if (latest.empty()) return page;
    const std::int64_t time = latest[0].time;
    TRY(const auto range, facts_.town().store.range(stream, {time, time + 1}, 1, true));
    if (range.ids.empty()) {  // just erased
      TRY_VOID(walk_in_time());
      return finish(std::move(page));
    }
    TRY_VOID(offer(row_of(range, 0, facts_.town().book)));
    const auto span = facts_.town().store.span_of(stream);
    page.more = span && span->from < time;
    page.members.push_back(std::move(found_[0].entity));
    if (page.more) page.end = {std::move(found_[0].keys), page.members.back().id};
    return page;
  }

  bool after_mark(const std::vector<Value>& keys, std::uint64_t id) const {
    return !mark_ || ranks_before(query_.order, mark_->keys, mark_->id, keys, id);
  }
  std::uint64_t wanted() const { return skip_ + top_ + 1; }

  /// Judges one row, in whatever order they come; keeps the best of them.
  Result<> offer(Row&& row) {
    Ranked one{{Kind::observation, row.id, std::make_shared<const Row>(std::move(row))}, {}};
    TRY(const bool fit, fits(one.entity));
    if (!fit) return {};
    TRY(one.keys, keys_of(evaluator_, query_.order, one.entity));
    if (!after_mark(one.keys, one.entity.id)) return {};
    found_.push_back(std::move(one));
    if (found_.size() >= 2 * wanted() + 4096) keep_best();
    return {};
  }

  void keep_best() {
    sort();
    if (found_.size() > wanted()) found_.resize(wanted());
  }

  void sort() {
    std::ranges::sort(found_, [&](const Ranked& a, const Ranked& b) {
      return ranks_before(query_.order, a.keys, a.entity.id, b.keys, b.entity.id);
    });
  }

  Result<> collect() {
    for (const DatastreamId stream : bounds_.streams) {
      TRY_VOID(facts_.each_row(stream, window_of(stream), false, [&](Row&& row) -> Result<bool> {
        TRY_VOID(offer(std::move(row)));
        return true;
      }));
    }
    return {};
  }

  /// By ascending id. What was moved has kept its id: it is put in at its place.
  Result<> walk_by_id() {
    std::vector<bool> in;
    for (const DatastreamId stream : bounds_.streams) {
      if (in.size() <= stream.value) in.resize(stream.value + 1);
      in[stream.value] = true;
    }
    const auto wanted_stream = [&](DatastreamId id) { return id.value < in.size() && in[id.value]; };
    std::uint64_t from = std::max(bounds_.id_from, mark_ ? mark_->id + 1 : 1);
    for (const Moved& moved : facts_.town().book.all_moved()) {
      if (moved.id < from || !wanted_stream(DatastreamId(moved.datastream))) continue;
      TRY(Ref entity, facts_.find(Kind::observation, moved.id));
      if (entity) TRY_VOID(offer(Row(*entity.row)));
    }
    const std::size_t moved = found_.size();
    std::size_t piece = std::min<std::size_t>(std::max<std::size_t>(wanted(), 256), 16'384);
    while (from <= bounds_.id_to && found_.size() < wanted() + moved) {
      TRY(const auto range, facts_.town().store.by_id(ObservationId(from), piece, wanted_stream));
      for (std::size_t i = 0; i < range.batch.rows.size(); i++) {
        Row row = row_of(range, i, facts_.town().book);
        if (row.id != range.ids[i].value) continue;  // moved: it is there already
        TRY_VOID(offer(std::move(row)));
      }
      if (!range.more || range.ids.empty()) break;
      from = range.ids.back().value + 1;
    }
    return {};
  }

  /// One datastream being read in time order, some rows at a time.
  struct Cursor {
    DatastreamId stream;
    Window left;
    readings::Range rows = {};
    std::size_t at = 0;
    std::size_t piece = 0;
    std::int64_t next = 0;  ///< time of the row at `at`, or of the newest that there can be
    bool opened = false;
  };

  Result<bool> advance(Cursor& cursor, bool back) {
    if (cursor.opened && ++cursor.at < cursor.rows.batch.rows.size()) {
      cursor.next = cursor.rows.batch.rows[cursor.at].time;
      return true;
    }
    if (cursor.opened && !cursor.rows.more) return false;
    cursor.opened = true;
    cursor.at = 0;
    if (is_empty(cursor.left)) return false;
    TRY(cursor.rows, facts_.town().store.range(cursor.stream, cursor.left, cursor.piece, true, back));
    cursor.piece = std::min<std::size_t>(cursor.piece * 4, 16'384);
    if (cursor.rows.batch.rows.empty()) return false;
    if (back) cursor.left.to = cursor.rows.batch.rows.back().time;
    else cursor.left.from = cursor.rows.batch.rows.back().time + 1;
    cursor.next = cursor.rows.batch.rows[0].time;
    return true;
  }

  Result<> walk_in_time() {
    const bool back = query_.order[0].descending;
    std::vector<Cursor> cursors;
    const auto latest = facts_.town().store.latest(bounds_.streams);
    std::size_t at = 0;
    for (const DatastreamId stream : bounds_.streams) {
      while (at < latest.size() && latest[at].datastream.value < stream.value) at++;
      if (at == latest.size() || latest[at].datastream != stream) continue;  // it has none
      Window window = window_of(stream);
      if (mark_ && mark_->keys[0].is_time()) {  // where the page before ended
        if (back) window.to = std::min(window.to, mark_->keys[0].from + kMaxShift + 1);
        else window.from = std::max(window.from, mark_->keys[0].from);
      }
      if (is_empty(window)) continue;
      const std::size_t share = bounds_.streams.size() == 1 ? std::min<std::uint64_t>(wanted() + 1, 16'384) : 16;
      Cursor cursor{.stream = stream, .left = window, .piece = share};
      // Not opened before it is its turn: most datastreams of a town have nothing on the page.
      cursor.next = back ? std::min(latest[at].time, window.to - 1) : window.from;
      if (!back) {
        const auto span = facts_.town().store.span_of(stream);
        if (!span) continue;
        cursor.next = std::max(span->from, window.from);
      }
      cursors.push_back(std::move(cursor));
    }
    const auto later = [&](std::size_t a, std::size_t b) {
      if (cursors[a].next != cursors[b].next)
        return back ? cursors[a].next < cursors[b].next : cursors[a].next > cursors[b].next;
      return a > b;
    };
    std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> queue(later);
    for (std::size_t i = 0; i < cursors.size(); i++) queue.push(i);
    // Rows of one time are sorted among themselves: the page ends only where the time changes.
    std::size_t full_at = 0;
    std::int64_t edge = 0;
    while (!queue.empty()) {
      const std::size_t number = queue.top();
      queue.pop();
      Cursor& cursor = cursors[number];
      if (full_at == 0 && found_.size() >= wanted()) {
        full_at = found_.size();
        edge = cursor.next;
      }
      // Shifted rows of one time lie close together: go on a little so that all of them are seen.
      if (full_at != 0 && (back ? cursor.next < edge - 2 * kMaxShift : cursor.next > edge + 2 * kMaxShift)) break;
      if (!cursor.opened) {
        TRY(const bool any, advance(cursor, back));
        if (any) queue.push(number);
        continue;
      }
      TRY_VOID(offer(row_of(cursor.rows, cursor.at, facts_.town().book)));
      TRY(const bool any, advance(cursor, back));
      if (any) queue.push(number);
    }
    return {};
  }

  Result<Page> finish(Page page) {
    sort();
    const std::uint64_t skipped = std::min<std::uint64_t>(skip_, found_.size());
    const std::uint64_t left = found_.size() - skipped;
    page.more = left > top_;
    for (std::uint64_t i = 0; i < std::min(left, top_); i++)
      page.members.push_back(std::move(found_[skipped + i].entity));
    if (page.more) page.end = {std::move(found_[skipped + top_ - 1].keys), page.members.back().id};
    return page;
  }

  const TownFacts& facts_;
  Evaluator& evaluator_;
  const Limits limits_;
  const Collection& from_;
  const Query& query_;
  Bounds bounds_;
  std::optional<Mark> mark_;
  std::uint64_t top_ = 0, skip_ = 0;
  std::vector<Ranked> found_;
};

Result<Page> Pager::find_observations(const Collection& from, const Query& query) {
  return ObservationPlan(facts_, evaluator_, limits_, from, query).run();
}

}  // namespace qala::sensorthings

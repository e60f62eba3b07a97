#include "sensorthings/page.h"

#include <algorithm>

namespace qala::sensorthings {

bool ranks_before(const std::vector<Order>& order, const std::vector<Value>& a, std::uint64_t a_id,
                  const std::vector<Value>& b, std::uint64_t b_id) {
  for (std::size_t i = 0; i < order.size(); i++) {
    const int sign = sensorthings::order(a[i], b[i]);
    if (sign != 0) return order[i].descending ? sign > 0 : sign < 0;
  }
  return a_id < b_id;
}

Result<std::vector<Value>> keys_of(Evaluator& evaluator, const std::vector<Order>& order, const Ref& entity) {
  std::vector<Value> keys;
  for (const Order& one : order) {
    TRY(Value key, evaluator.value(one.by, entity));
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<std::optional<Mark>> mark_of(const Query& query) {
  if (query.token.empty()) return std::optional<Mark>();
  auto mark = read_mark(query.token);
  if (!mark || mark->keys.size() != query.order.size())
    return fail(ErrorKind::invalid, "$skiptoken, position 1: this is not from a nextLink of this request");
  return mark;
}

Result<Page> Pager::find(const Collection& from, const Query& query) {
  return from.kind == Kind::observation ? find_observations(from, query) : find_entities(from, query);
}

Result<Page> Pager::find_entities(const Collection& from, const Query& query) {
  TRY(const auto mark, mark_of(query));
  std::vector<Ranked> found;
  for (const std::uint32_t id : from.of ? facts_.related(from.of, from.relation) : facts_.ids(from.kind)) {
    Ranked one{{from.kind, id, {}}, {}};
    if (query.filter) {
      TRY(const bool holds, evaluator_.holds(*query.filter, one.entity));
      if (!holds) continue;
    }
    found.push_back(std::move(one));
  }
  Page page;
  if (query.count.value_or(false)) page.count = found.size();
  if (!query.order.empty()) {
    for (Ranked& one : found) {
      TRY(one.keys, keys_of(evaluator_, query.order, one.entity));
    }
  }
  std::ranges::sort(found, [&](const Ranked& a, const Ranked& b) {
    return ranks_before(query.order, a.keys, a.entity.id, b.keys, b.entity.id);
  });
  auto at = found.begin();
  if (mark) {
    at = std::ranges::find_if(found, [&](const Ranked& one) {
      return ranks_before(query.order, mark->keys, mark->id, one.keys, one.entity.id);
    });
  } else {
    at += static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(query.skip.value_or(0), found.size()));
  }
  const auto top = std::min(query.top.value_or(limits_.page), limits_.largest);
  const auto left = static_cast<std::uint64_t>(found.end() - at);
  page.more = left > top && top > 0;
  const auto end = at + static_cast<std::ptrdiff_t>(std::min(left, top));
  for (auto one = at; one != end; ++one) page.members.push_back(one->entity);
  if (page.more) page.end = {(end - 1)->keys, (end - 1)->entity.id};
  return page;
}

}  // namespace qala::sensorthings

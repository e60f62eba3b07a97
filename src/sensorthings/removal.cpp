#include "sensorthings/removal.h"

#include <algorithm>

#include "sensorthings/parser.h"
#include "sensorthings/rows.h"

namespace qala::sensorthings {

using What = Resource::What;

namespace {

constexpr std::uint64_t kPage = 10'000;

/// What was found, as it is now. An observation that lies elsewhere since was changed, and is left.
Result<Ref> found_again(const Ref& found, const TownFacts& facts) {
  if (found.kind != Kind::observation) return facts.find(found.kind, found.id);
  const Row& row = *found.row;
  TRY(const auto there, facts.town().store.range(row.datastream, {row.key, row.key + 1}, 1, true));
  if (there.batch.rows.empty()) return Ref();
  Row now = row_of(there, 0, facts.town().book);
  if (now.id != found.id) return Ref();
  return Ref{found.kind, found.id, std::make_shared<const Row>(std::move(now))};
}

/// The entity as it is now, if it is still one of those that are looked for.
Result<Ref> still_wanted(const Ref& found, const Collection& from, const Query& query, const TownFacts& facts,
                         Evaluator& evaluator) {
  TRY(Ref there, found_again(found, facts));
  if (!there) return there;
  const bool elsewhere = there.kind == Kind::observation && from.of && from.of.kind == Kind::feature &&
                         facts.feature_of(*there.row) != from.of.id;
  if (elsewhere) return Ref();
  if (!query.filter) return there;
  TRY(const bool holds, evaluator.holds(*query.filter, there));
  return holds ? there : Ref();
}

}  // namespace

Steps::Next Removal::next() const {
  if (!begun_) return Next::write;
  if (searches_.empty()) return Next::done;
  const Search& search = searches_.back();
  return search.at == search.found.size() && search.more ? Next::read : Next::write;
}

void Removal::step() {
  const bool read = next() == Next::read;
  const auto done = !std::exchange(begun_, true) ? begin()
                    : read                       ? find_some(searches_.back())
                                                 : remove_some(searches_.back());
  if (!done) {
    answer_ = refuse(done.error());
    searches_.clear();
  }
  while (!searches_.empty() && searches_.back().over() && !searches_.back().feature) searches_.pop_back();
}

Result<> Removal::begin() {
  const TownFacts facts(writer_.town());
  TRY(const Resource resource, find_resource(ask_.path, facts));
  if (resource.reference) {
    answer_ = writer_.run(ask_);
    return {};
  }
  if (!ask_.may_edit) return not_allowed("removing entities");
  if (resource.what == What::entity) return remove(resource.entity);
  const bool filtered = std::ranges::any_of(ask_.options, [](const auto& one) { return one.first == "$filter"; });
  if (resource.what != What::collection || !filtered) {
    answer_ = refuse(405, "an entity is removed by its own address; of a collection those that a $filter names");
    return {};
  }
  Search search{.from = resource.collection};
  TRY(search.query, parse_query(ask_.options, resource.collection.kind, true));
  search.query.top = kPage;
  searches_.push_back(std::move(search));
  return {};
}

Result<> Removal::find_some(Search& search) const {
  const TownFacts facts(writer_.town());
  Evaluator evaluator(facts, writer_.clock().now());
  TRY(Page page, Pager(facts, evaluator, {}).find(search.from, search.query));
  search.found = std::move(page.members);
  search.at = 0;
  search.more = page.more;
  if (page.more) search.query.token = write_mark(page.end);
  return {};
}

Result<> Removal::remove_some(Search& search) {
  if (search.over()) {  // nothing is about this feature any more
    const Ref feature = search.feature;
    searches_.pop_back();
    const TownFacts facts(writer_.town());
    TRY(const Ref there, facts.find(feature.kind, feature.id));
    return there ? writer_.remove_entity(there, facts, ask_) : Result<>();
  }
  const TownFacts facts(writer_.town());
  Evaluator evaluator(facts, writer_.clock().now());
  std::vector<Row> rows;
  while (search.at < search.found.size() && rows.size() < kStep) {
    TRY(const Ref there, still_wanted(search.found[search.at++], search.from, search.query, facts, evaluator));
    if (!there) continue;
    if (there.kind != Kind::observation) return remove(there);
    rows.push_back(*there.row);
  }
  return writer_.remove_observations(rows, ask_);
}

Result<> Removal::remove(const Ref& entity) {
  if (entity.kind == Kind::observation) return writer_.remove_observations({entity.row.get(), 1}, ask_);
  if (entity.kind == Kind::feature) return look_for_observations_of(entity), Result<>();
  return writer_.remove_entity(entity, TownFacts(writer_.town()), ask_);
}

void Removal::look_for_observations_of(const Ref& feature) {
  Search search{.from = {Kind::observation, feature, info(Kind::feature).relation("Observations")}, .feature = feature};
  search.query.top = kPage;
  searches_.push_back(std::move(search));
}

}  // namespace qala::sensorthings

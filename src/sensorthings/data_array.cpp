#include "sensorthings/data_array.h"

#include <algorithm>

#include "base/json_writer.h"
#include "sensorthings/rows.h"

namespace qala::sensorthings {

Steps::Next ObservationsUpload::next() const {
  if (!begun_) return Next::read;
  return !failed_ || group_ == groups_.size() ? Next::done : Next::write;
}

void ObservationsUpload::step() { failed_ = std::exchange(begun_, true) ? store_some() : read(); }

Result<> ObservationsUpload::read() {
  if (!ask_.may_observe && !ask_.may_edit)
    return fail(ErrorKind::denied, "creating observations needs a token of scope ingest or admin");
  TRY(body_, parse_body(ask_.body));
  if (body_.kind != Json::Kind::array)
    return fail(ErrorKind::invalid, "an array with an object per Datastream is expected");
  for (const Json& json : body_.items) {
    TRY(Group group, group_of(json));
    groups_.push_back(std::move(group));
  }
  return {};
}

Result<ObservationsUpload::Group> ObservationsUpload::group_of(const Json& json) {
  Group out;
  if (json.kind != Json::Kind::object) return fail(ErrorKind::invalid, "an object per Datastream is expected");
  out.stream = json.find("Datastream");
  if (!out.stream) return fail(ErrorKind::invalid, "\"Datastream\" is missing");
  const Json* components = json.find("components");
  if (!components || components->kind != Json::Kind::array)
    return fail(ErrorKind::invalid, "\"components\" is missing");
  for (const Json& name : components->items) {
    const bool known = name.kind == Json::Kind::string &&
                       (info(Kind::observation).property(name.text) >= 0 || name.text == "FeatureOfInterest/id" ||
                        name.text == "FeatureOfInterest/@iot.id" || name.text == "id" || name.text == "@iot.id");
    if (!known)
      return fail(ErrorKind::invalid, "\"components\" names \"" + name.text + "\", which observations have not");
    out.components.push_back(name.text);
  }
  out.rows = json.find("dataArray");
  if (!out.rows || out.rows->kind != Json::Kind::array) return fail(ErrorKind::invalid, "\"dataArray\" is missing");
  return out;
}

/// A row as the observation that could have been posted.
Json ObservationsUpload::observation_of(const Group& group, const Json& row) {
  Json out = json_object();
  for (std::size_t i = 0; i < group.components.size(); i++) {
    const std::string& name = group.components[i];
    if (name.starts_with("FeatureOfInterest/")) {
      if (row.items[i].kind == Json::Kind::null) continue;
      Json link = json_object();
      link.members.push_back({"@iot.id", row.items[i]});
      out.members.push_back({"FeatureOfInterest", std::move(link)});
    } else if (name != "id" && name != "@iot.id") {
      out.members.push_back({name, row.items[i]});
    }
  }
  return out;
}

Result<> ObservationsUpload::store_some() {
  std::vector<std::pair<std::uint32_t, Json>> some;  // datastream, observation; null: a row that does not fit
  for (; group_ < groups_.size() && some.size() < kStep; group_++, row_ = 0) {
    const Group& group = groups_[group_];
    TRY(const std::uint32_t stream, writer_.datastream_of(*group.stream));
    for (; row_ < group.rows->items.size() && some.size() < kStep; row_++) {
      const Json& row = group.rows->items[row_];
      const bool fits = row.kind == Json::Kind::array && row.items.size() == group.components.size();
      some.emplace_back(stream, fits ? observation_of(group, row) : Json());
    }
    if (row_ < group.rows->items.size()) break;
  }
  TRY_VOID(writer_.create_some(some, ask_, lines_, made_));
  any_ = any_ || std::ranges::any_of(lines_, [](const std::string& line) { return !line.empty(); });
  return {};
}

Answer ObservationsUpload::answer() {
  if (!failed_ && !any_) return refuse(failed_.error());
  std::size_t all = 0;
  for (const Group& group : groups_) all += group.rows->items.size();
  lines_.resize(all);  // what the disk did not take any more
  Answer answer;
  answer.status = 201;
  answer.made = std::move(made_);
  JsonWriter json(answer.body);
  json.array();
  for (const std::string& line : lines_) json.string(line.empty() ? "error" : line);
  json.end();
  return answer;
}

Result<std::uint32_t> Writer::datastream_of(const Json& link) const {
  const TownFacts facts(town_);
  const Draft draft(facts, rooms_.book, rooms_.clock.now());
  TRY(const auto id, draft.linked(link, Kind::datastream));
  if (!id) return fail(ErrorKind::invalid, "\"Datastream\" must be a link such as {\"@iot.id\":1}");
  return static_cast<std::uint32_t>(*id);
}

Result<> Writer::create_some(const std::vector<std::pair<std::uint32_t, Json>>& some, const Ask& ask,
                             std::vector<std::string>& lines, std::vector<std::string>& made_paths) {
  const TownFacts facts(town_);
  Draft draft(facts, rooms_.book, rooms_.clock.now());
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<std::size_t> which;
  for (const auto& [stream, observation] : some) {
    const Draft::Parent parent{Kind::datastream, stream, info(Kind::datastream).relation("Observations")};
    const auto made = draft.make(Kind::observation, observation, parent);
    which.push_back(made ? *made : kNone);
  }
  std::vector<Stored> stored;
  TRY_VOID(commit(draft, ask));
  TRY_VOID(commit_observations(draft, ask, stored));
  const auto failed = std::ranges::find_if(stored, [](const Stored& one) {
    return one.id == 0 && one.problem.kind != ErrorKind::invalid && one.problem.kind != ErrorKind::conflict;
  });
  if (failed != stored.end()) return std::move(failed->problem);  // the disk, not the row: nothing was taken
  for (const std::size_t line : which) {
    const bool there = line != kNone && stored[line].id != 0;
    const std::string path = there ? path_of(Kind::observation, stored[line].id) : "";
    lines.push_back(there ? ask.root + path : "");
    if (there && stored[line].fresh) made_paths.push_back(path);
  }
  return {};
}

}  // namespace qala::sensorthings

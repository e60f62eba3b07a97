#include "sensorthings/batch.h"

#include <algorithm>

#include "base/hex.h"
#include "base/log.h"
#include "sensorthings/data_array.h"
#include "sensorthings/removal.h"
#include "sensorthings/rows.h"

namespace qala::sensorthings {

namespace {

std::optional<std::string> decoded(std::string_view text, bool plus) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] != '%') {
      out += plus && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0) return std::nullopt;
    out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
    i += 2;
  }
  return out;
}

}  // namespace

Steps::Next Batch::next() const {
  if (!begun_) return Next::read;
  if (long_one_) return long_one_->next() == Next::write ? Next::write : Next::read;
  if (!take_back_.empty()) return Next::write;
  if (at_ == parts_.size()) return Next::done;
  // One that is on its own is made ready before the writer is asked.
  return changes(parts_[at_]) && (asked_ || !parts_[at_].group.empty()) ? Next::write : Next::read;
}

void Batch::step() {
  if (!begun_) return begin();
  if (long_one_) {
    if (long_one_->next() != Next::done) return long_one_->step();
    const auto done = std::exchange(long_one_, nullptr);
    return settle(done->answer());
  }
  if (!take_back_.empty()) return take_back();
  if (next() == Next::read) return read_part();
  write_parts();
}

Answer Batch::answer() { return refused_ ? std::move(*refused_) : write_batch(ask_, parts_); }

void Batch::begin() {
  begun_ = true;
  auto parts = read_batch(ask_);
  if (parts) parts_ = std::move(*parts);
  else refused_ = refuse(parts.error());
}

/// Who may change nothing does not get as far as the writer.
bool Batch::changes(const Part& part) const {
  return (ask_.may_edit || ask_.may_observe) &&
         (part.method == "POST" || part.method == "PATCH" || part.method == "PUT" || part.method == "DELETE");
}

void Batch::read_part() {
  auto ask = ask_of(parts_[at_]);
  if (!ask) return settle(refuse(ask.error()));
  if (!changes(parts_[at_])) return settle(get(*ask));
  asked_ = std::move(*ask);
  long_one_ = long_one();
}

/// The part at `at_`, if it has steps of its own.
std::unique_ptr<Steps> Batch::long_one() {
  if (asked_->method == "POST" && asked_->path == "/CreateObservations")
    return std::make_unique<ObservationsUpload>(service_.writer(), *asked_);
  if (asked_->method == "DELETE") return std::make_unique<Removal>(service_.writer(), *asked_);
  return nullptr;
}

void Batch::write_parts() {
  const std::string& group = parts_[at_].group;
  if (group.empty()) return settle(service_.writer().run(*asked_));
  do {
    auto ask = ask_of(parts_[at_]);
    if (ask) {
      asked_ = std::move(*ask);
      long_one_ = long_one();
      if (long_one_ && long_one_->next() == Next::write) long_one_->step();  // most removals end with it
      if (long_one_ && long_one_->next() != Next::done) return;
    }
    const auto done = std::exchange(long_one_, nullptr);
    settle(!ask ? refuse(ask.error()) : done ? done->answer() : service_.writer().run(*asked_));
  } while (take_back_.empty() && at_ < parts_.size() && parts_[at_].group == group && changes(parts_[at_]));
  if (!take_back_.empty()) take_back();
}

void Batch::settle(Answer answer) {
  const std::size_t at = at_++;
  Part& part = parts_[at];
  asked_.reset();
  part.body = std::string();
  part.answer = std::move(answer);
  if (!part.answer.location.empty() && !part.id.empty()) made_[part.id] = part.answer.location;
  if (part.group.empty()) return;
  if (at == 0 || parts_[at - 1].group != part.group) {
    group_from_ = at;
    made_here_.clear();
  }
  if (part.answer.status < 400) {
    made_here_.insert(made_here_.end(), part.answer.made.begin(), part.answer.made.end());
    return;
  }
  take_back_ = std::exchange(made_here_, {});
  while (at_ < parts_.size() && parts_[at_].group == part.group) at_++;
  for (std::size_t i = group_from_; i < at_; i++)
    if (i != at) parts_[i].answer = refuse(424, "another request of its group failed: nothing was changed");
}

/// All or nothing: what a group made goes again if one of its requests failed, the last first. Of many observations
/// some at a time.
void Batch::take_back() {
  Writer& writer = service_.writer();
  std::vector<Row> rows;
  const auto remove_rows = [&] {
    if (const auto gone = writer.remove_observations(std::exchange(rows, {}), ask_); !gone)
      log::error("a group of a batch not taken back", {{"why", gone.error().message}});
  };
  for (std::size_t taken = 0; !take_back_.empty() && taken < Removal::kStep; take_back_.pop_back()) {
    const TownFacts facts(writer.town());
    const auto made = find_resource(take_back_.back(), facts);
    if (made && made->entity.kind == Kind::observation) {
      rows.push_back(*made->entity.row);
      taken++;
      continue;
    }
    remove_rows();
    const Ask undo{.method = "DELETE", .path = take_back_.back(), .actor = ask_.actor, .may_edit = true};
    writer.run(undo);
  }
  remove_rows();
}

Answer Batch::get(const Ask& ask) {
  if (ask.method == "POST" || ask.method == "PATCH" || ask.method == "PUT" || ask.method == "DELETE")
    return refuse(403, "who asks may change nothing");
  if (ask.method != "GET") return refuse(405, "there is no method " + ask.method);
  if (!may_read_) return refuse(403, "this token does not read");
  Answer answer;
  if (!full_) {
    answer = service_.reader().get(ask);
    full_ = bytes_ + answer.body.size() > most_bytes_;
  }
  if (full_) {
    return refuse(413, "the answers of this batch are larger than " + std::to_string(most_bytes_ >> 20) +
                           " MB: ask for this by itself, or for less");
  }
  bytes_ += answer.body.size();
  return answer;
}

Result<Ask> Batch::ask_of(const Part& part) const {
  Ask ask = {.method = part.method,
             .root = ask_.root,
             .actor = ask_.actor,
             .source = ask_.source,
             .may_observe = ask_.may_observe,
             .may_edit = ask_.may_edit};
  std::string url = part.url;
  if (url.starts_with(ask_.root)) url.erase(0, ask_.root.size());
  if (const auto at = url.find("/v1.1/"); at != std::string::npos && at < url.find('?')) url.erase(0, at + 5);
  if (!url.starts_with('/') && !url.starts_with('$')) url.insert(0, "/");
  url = referred(std::move(url));
  const auto mark = url.find('?');
  const auto path = decoded(url.substr(0, mark), false);
  if (!path) return fail(ErrorKind::invalid, "the address of a request is malformed");
  ask.path = *path;
  std::string_view rest = mark == std::string::npos ? std::string_view() : std::string_view(url).substr(mark + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    const auto name = decoded(pair.substr(0, equals), true);
    const auto value = decoded(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value) return fail(ErrorKind::invalid, "the address of a request is malformed");
    if (!pair.empty()) ask.options.emplace_back(*name, *value);
  }
  ask.content_type = part.content_type.empty() ? "application/json" : part.content_type;
  ask.body = with_ids(part.body);
  return ask;
}

/// "$1/Datastreams": what the request 1 made.
std::string Batch::referred(std::string url) const {
  const std::size_t from = url.starts_with("/$") ? 1 : 0;
  if (url.size() <= from || url[from] != '$') return url;
  std::size_t end = from + 1;
  while (end < url.size() && url[end] != '/' && url[end] != '?') end++;
  const auto made = made_.find(url.substr(from + 1, end - from - 1));
  if (made == made_.end()) return url.starts_with('/') ? url : "/" + url;
  return made->second.substr(ask_.root.size()) + url.substr(end);
}

/// {"@iot.id":"$1"} becomes the id of what the request 1 made.
std::string Batch::with_ids(const std::string& body) const {
  if (made_.empty() || body.find("\"$") == std::string::npos) return body;
  registry::JsonProblem problem;
  Json json = registry::parse_json(body, problem);
  if (!problem.what.empty()) return body;
  replace(json);
  return json_text(json);
}

void Batch::replace(Json& json) const {
  for (Json& item : json.items) replace(item);
  for (auto& member : json.members) {
    replace(member.value);
    if (member.name != "@iot.id" || member.value.kind != Json::Kind::string || !member.value.text.starts_with('$'))
      continue;
    const auto made = made_.find(member.value.text.substr(1));
    if (made == made_.end()) continue;
    const auto open = made->second.rfind('(');
    member.value.kind = Json::Kind::number;
    member.value.text = made->second.substr(open + 1, made->second.size() - open - 2);
  }
}

}  // namespace qala::sensorthings

#include "cameras/cameras.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/schema.h"
#include "cameras/schema.h"

namespace qala::cameras {

namespace {

std::string object_of(CameraId id) { return "camera " + std::to_string(id.value); }

Error unknown(CameraId id) { return fail(ErrorKind::not_found, "there is no camera " + std::to_string(id.value)); }

Source read_source(const sqlite::Statement& row, int first) {
  return {.url = row.text(first),
          .user = row.text(first + 1),
          .password = row.text(first + 2),
          .udp = row.integer(first + 3) != 0};
}

void bind_source(sqlite::Statement& row, int first, const Source& source) {
  row.bind(first, source.url).bind(first + 1, source.user).bind(first + 2, source.password);
  row.bind(first + 3, std::int64_t{source.udp});
}

/// "0.25,0.5 0.75,0.5 …"
std::string corners_text(const std::vector<Spot>& corners) {
  std::string out;
  for (const Spot& spot : corners) {
    if (!out.empty()) out += ' ';
    out += std::to_string(spot.x) + ',' + std::to_string(spot.y);
  }
  return out;
}

std::vector<Spot> corners_from(const std::string& text) {
  std::vector<Spot> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t comma = text.find(',', at);
    if (comma == std::string::npos) break;
    const std::size_t end = std::min(text.find(' ', comma), text.size());
    out.push_back({std::strtod(text.c_str() + at, nullptr), std::strtod(text.c_str() + comma + 1, nullptr)});
    at = end + 1;
  }
  return out;
}

/// Fields that are no secret.
std::string detail_of(const Camera& camera) {
  std::string out;
  JsonWriter json(out);
  json.object().field("group", camera.group).field("recording", name_of(camera.recording));
  json.field("off", camera.off).field("ptz", camera.ptz).field("sub", !camera.sub.url.empty());
  json.field("onvif", !camera.control.url.empty()).field("events", camera.control.events).end();
  return out;
}

}  // namespace

Result<std::unique_ptr<Cameras>> Cameras::open(sqlite::Database& db, const Clock& clock, audit::AuditSink& audit) {
  TRY_VOID(sqlite::upgrade_room(db, "cameras", schema_steps()).context("cameras"));
  std::unique_ptr<Cameras> self(new Cameras(db, clock, audit));
  TRY_VOID(self->load().context("cameras"));
  return self;
}

Result<> Cameras::load() {
  std::vector<Camera> next;
  TRY(auto row, db_.prepare("SELECT id, thing, grouped, url, user, password, udp, sub_url, sub_user, sub_password,"
                            " sub_udp, recording, ptz, off, created, changed, onvif_url, onvif_user, onvif_password,"
                            " onvif_profile, onvif_events FROM camera ORDER BY id"));
  for (;;) {
    TRY(const bool more, row.step());
    if (!more) break;
    next.push_back({.id = CameraId(static_cast<std::uint32_t>(row.integer(0))),
                    .thing = ThingId(static_cast<std::uint32_t>(row.integer(1))),
                    .group = row.text(2),
                    .main = read_source(row, 3),
                    .sub = read_source(row, 7),
                    .control = {.url = row.text(16),
                                .user = row.text(17),
                                .password = row.text(18),
                                .profile = row.text(19),
                                .events = row.integer(20) != 0},
                    .recording = recording_from(row.text(11)).value_or(Recording::always),
                    .ptz = row.integer(12) != 0,
                    .off = row.integer(13) != 0,
                    .created = {row.integer(14)},
                    .changed = {row.integer(15)}});
  }
  TRY(auto mask, db_.prepare("SELECT camera, name, corners FROM camera_mask ORDER BY camera, number"));
  for (;;) {
    TRY(const bool more, mask.step());
    if (!more) break;
    const CameraId id(static_cast<std::uint32_t>(mask.integer(0)));
    const auto camera = std::ranges::find(next, id, &Camera::id);
    if (camera == next.end())
      return fail(ErrorKind::corrupt, "a mask of camera " + std::to_string(id.value) + ", which is not there");
    camera->masks.push_back({.name = mask.text(1), .corners = corners_from(mask.text(2))});
  }
  publish(std::move(next));
  std::vector<Group> groups;
  TRY(auto group, db_.prepare("SELECT name, keep_days, keep_gb FROM camera_group ORDER BY name"));
  for (;;) {
    TRY(const bool more, group.step());
    if (!more) break;
    groups.push_back({.name = group.text(0), .keep_days = group.integer(1), .keep_gb = group.integer(2)});
  }
  publish(std::move(groups));
  return {};
}

void Cameras::publish(std::vector<Camera> next) {
  auto list = std::make_shared<const std::vector<Camera>>(std::move(next));
  {
    const std::lock_guard lock(mutex_);
    list_ = std::move(list);
  }
  told();
}

void Cameras::publish(std::vector<Group> next) {
  auto list = std::make_shared<const std::vector<Group>>(std::move(next));
  {
    const std::lock_guard lock(mutex_);
    groups_ = std::move(list);
  }
  told();
}

void Cameras::told() {
  generation_++;
  if (told_) told_();
}

Cameras::Groups Cameras::groups() const {
  const std::lock_guard lock(mutex_);
  return groups_;
}

Cameras::List Cameras::all() const {
  const std::lock_guard lock(mutex_);
  return list_;
}

std::optional<Camera> Cameras::find(CameraId id) const {
  const List list = all();
  const auto found = std::ranges::find(*list, id, &Camera::id);
  return found == list->end() ? std::nullopt : std::optional(*found);
}

std::optional<Camera> Cameras::of_thing(ThingId thing) const {
  const List list = all();
  const auto found = std::ranges::find(*list, thing, &Camera::thing);
  return found == list->end() ? std::nullopt : std::optional(*found);
}

Result<> Cameras::store(Camera& camera, std::string_view action, const std::string& detail, const audit::Actor& actor) {
  TRY_VOID(check(camera));
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto row, db_.prepare("INSERT INTO camera (id, thing, grouped, url, user, password, udp, sub_url, sub_user,"
                            " sub_password, sub_udp, recording, ptz, off, created, changed, onvif_url, onvif_user,"
                            " onvif_password, onvif_profile, onvif_events)"
                            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                            " ON CONFLICT (id) DO UPDATE SET thing = excluded.thing, grouped = excluded.grouped,"
                            " url = excluded.url, user = excluded.user, password = excluded.password,"
                            " udp = excluded.udp, sub_url = excluded.sub_url, sub_user = excluded.sub_user,"
                            " sub_password = excluded.sub_password, sub_udp = excluded.sub_udp,"
                            " recording = excluded.recording, ptz = excluded.ptz, off = excluded.off,"
                            " onvif_url = excluded.onvif_url, onvif_user = excluded.onvif_user,"
                            " onvif_password = excluded.onvif_password, onvif_profile = excluded.onvif_profile,"
                            " onvif_events = excluded.onvif_events,"
                            " changed = excluded.changed"));
  if (camera.id) row.bind(1, std::int64_t{camera.id.value});
  else row.bind_null(1);
  row.bind(2, std::int64_t{camera.thing.value}).bind(3, camera.group);
  bind_source(row, 4, camera.main);
  bind_source(row, 8, camera.sub);
  row.bind(12, name_of(camera.recording)).bind(13, std::int64_t{camera.ptz}).bind(14, std::int64_t{camera.off});
  row.bind(15, camera.created.ns).bind(16, camera.changed.ns);
  row.bind(17, camera.control.url).bind(18, camera.control.user).bind(19, camera.control.password);
  row.bind(20, camera.control.profile).bind(21, std::int64_t{camera.control.events});
  TRY_VOID(row.run());
  if (!camera.id) camera.id = CameraId(static_cast<std::uint32_t>(db_.last_insert_id()));
  TRY(auto clear, db_.prepare("DELETE FROM camera_mask WHERE camera = ?"));
  clear.bind(1, std::int64_t{camera.id.value});
  TRY_VOID(clear.run());
  for (std::size_t i = 0; i < camera.masks.size(); i++) {
    TRY(auto mask, db_.prepare("INSERT INTO camera_mask (camera, number, name, corners) VALUES (?, ?, ?, ?)"));
    mask.bind(1, std::int64_t{camera.id.value}).bind(2, static_cast<std::int64_t>(i));
    mask.bind(3, camera.masks[i].name).bind(4, corners_text(camera.masks[i].corners));
    TRY_VOID(mask.run());
  }
  TRY_VOID(audit_.record(actor, action, object_of(camera.id), detail));
  TRY_VOID(transaction.commit());
  std::vector<Camera> next = *all();
  std::erase_if(next, [&](const Camera& known) { return known.id == camera.id; });
  next.insert(std::ranges::lower_bound(next, camera.id, {}, &Camera::id), camera);
  publish(std::move(next));
  return {};
}

Result<Camera> Cameras::add(Camera camera, const audit::Actor& actor) {
  if (all()->size() >= Limits::kCameras) return fail(ErrorKind::conflict, "a town has at most 1,000 cameras");
  if (of_thing(camera.thing)) return fail(ErrorKind::conflict, "this thing is a camera already");
  camera.id = {};
  camera.created = camera.changed = clock_.now();
  TRY_VOID(store(camera, "camera.added", detail_of(camera), actor));
  return camera;
}

Result<Camera> Cameras::change(Camera camera, const audit::Actor& actor) {
  const auto before = find(camera.id);
  if (!before) return unknown(camera.id);
  camera.thing = before->thing;
  camera.masks = before->masks;
  camera.created = before->created;
  camera.changed = clock_.now();
  TRY_VOID(store(camera, "camera.changed", detail_of(camera), actor));
  return camera;
}

Result<Camera> Cameras::set_masks(CameraId id, std::vector<Mask> masks, const audit::Actor& actor) {
  auto camera = find(id);
  if (!camera) return unknown(id);
  std::string detail;
  JsonWriter json(detail);
  json.object().field("before", camera->masks.size()).field("now", masks.size()).end();
  camera->masks = std::move(masks);
  camera->changed = clock_.now();
  TRY_VOID(store(*camera, "camera.masks", detail, actor));
  return *camera;
}

Result<> Cameras::remove(CameraId id, const audit::Actor& actor) {
  if (!find(id)) return unknown(id);
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto row, db_.prepare("DELETE FROM camera WHERE id = ?"));
  row.bind(1, std::int64_t{id.value});
  TRY_VOID(row.run());
  TRY_VOID(audit_.record(actor, "camera.removed", object_of(id), "{}"));
  TRY_VOID(transaction.commit());
  std::vector<Camera> next = *all();
  std::erase_if(next, [&](const Camera& known) { return known.id == id; });
  publish(std::move(next));
  return {};
}

Result<> Cameras::set_group(const Group& group, const audit::Actor& actor) {
  TRY_VOID(check(group));
  return change_group(group, true, actor);
}

Result<> Cameras::forget_group(const std::string& name, const audit::Actor& actor) {
  const Groups known = groups();
  if (std::ranges::find(*known, name, &Group::name) == known->end())
    return fail(ErrorKind::not_found, "nothing is set for the group \"" + name + "\"");
  return change_group({.name = name}, false, actor);
}

Result<> Cameras::change_group(const Group& group, bool keep, const audit::Actor& actor) {
  TRY(auto transaction, sqlite::Transaction::begin(db_));
  TRY(auto row, db_.prepare(keep ? "INSERT OR REPLACE INTO camera_group (name, keep_days, keep_gb) VALUES (?1, ?2, ?3)"
                                 : "DELETE FROM camera_group WHERE name = ?1"));
  row.bind(1, group.name);
  if (keep) row.bind(2, group.keep_days).bind(3, group.keep_gb);
  TRY_VOID(row.run());
  std::string detail;
  JsonWriter json(detail);
  json.object().field("group", group.name).field("set", keep).field("keep_days", group.keep_days);
  json.field("keep_gb", group.keep_gb).end();
  TRY_VOID(audit_.record(actor, "camera.group", "camera group", detail));
  TRY_VOID(transaction.commit());
  std::vector<Group> next = *groups();
  std::erase_if(next, [&](const Group& known) { return known.name == group.name; });
  if (keep) next.insert(std::ranges::lower_bound(next, group.name, {}, &Group::name), group);
  publish(std::move(next));
  return {};
}

}  // namespace qala::cameras

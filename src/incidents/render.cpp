#include "incidents/render.h"

#include "alarms/render.h"

namespace qala::incidents {

void render(JsonWriter& out, const OpenItems& items) {
  out.object().field("at", items.at.ms()).field("digest", items.digest()).field("count", items.count());
  const std::pair<const char*, const std::vector<alarms::Alarm>*> lists[] = {{"unacknowledged", &items.unacknowledged},
                                                                             {"acknowledged", &items.acknowledged},
                                                                             {"shelved", &items.shelved},
                                                                             {"out_of_service", &items.out_of_service},
                                                                             {"silent", &items.silent},
                                                                             {"explained", &items.explained}};
  for (const auto& [name, list] : lists) {
    out.key(name);
    alarms::render(out, std::span<const alarms::Alarm>(*list));
  }
  out.key("not_heeded").array();
  for (const auto& pair : items.not_heeded) alarms::render(out, pair, AlarmId());
  out.end().key("problems").array();
  for (const auto& problem : items.problems) {
    out.object().field("code", problem.code).field("severity", problem.severity).field("text", problem.text).end();
  }
  out.end().end();
}

void render(JsonWriter& out, const Shift& shift) {
  out.object().field("id", shift.id).field("who", shift.who).field("started", shift.started.ms()).key("ended");
  if (shift.ended) out.integer(shift.ended->ms());
  else out.null();
  out.key("offered");
  if (shift.offered) out.integer(shift.offered->ms());
  else out.null();
  out.field("note", shift.note).key("accepted_by");
  if (shift.accepted_by.empty()) out.null();
  else out.string(shift.accepted_by);
  out.field("open_items", shift.open_items).end();
}

void render(JsonWriter& out, const Entry& entry) {
  out.object().field("id", entry.id).field("shift", entry.shift).field("at", entry.at.ms()).field("by", entry.by);
  out.field("text", entry.text);
  if (entry.alarm) out.field("alarm", entry.alarm.value);
  if (entry.thing) out.field("thing", entry.thing.value);
  out.end();
}

}  // namespace qala::incidents

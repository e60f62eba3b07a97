#pragma once

#include <span>

#include "alarms/board.h"
#include "alarms/model.h"
#include "alarms/rules.h"
#include "base/json_writer.h"

namespace qala::alarms {

/// `A` of docs/design/api.md.
void render(JsonWriter& out, const Alarm& alarm);
/// `[A…]`
void render(JsonWriter& out, std::span<const Alarm> alarms);
/// `{"1":n…"5":n}`
void render(JsonWriter& out, const Counts& counts);
/// `{"shelved":n,"out_of_service":n}`
void render(JsonWriter& out, const Aside& aside);
/// `A` with `history`.
void render(JsonWriter& out, const Alarm& alarm, const History& history);
/// An entry of `GET /out-of-service`; `open`: the pair's open alarm, if any.
void render(JsonWriter& out, const OutOfService& entry, AlarmId open);
/// `{"days":["mon"…],"from":"18:00","to":"08:00"}`; the days only if asked for.
void render(JsonWriter& out, const Hours& hours, bool with_days);
/// One rule of `GET /rules`; what the book knows besides is the caller's to add before the closing brace.
void render_open(JsonWriter& out, const Rule& rule);
void render(JsonWriter& out, const Rule& rule);

}  // namespace qala::alarms

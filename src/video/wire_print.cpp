#include "base/base64.h"
#include "base/json_writer.h"
#include "video/wire.h"

namespace qala::video {

namespace {

void write(JsonWriter& json, const StreamSetup& stream) {
  json.object().field("url", stream.url).field("user", stream.user).field("password", stream.password);
  json.field("udp", stream.udp).end();
}

void write(JsonWriter& json, const CameraSetup& camera) {
  json.object().field("id", camera.id).key("streams").array();
  for (const StreamSetup& stream : camera.streams) write(json, stream);
  json.end().field("record", name_of(camera.record)).field("record_sub", camera.record_sub).key("hours").array();
  for (const Hours& hours : camera.hours) {
    json.object().field("days", hours.days).field("from", hours.from).field("to", hours.to).end();
  }
  json.end().field("keep", camera.keep).key("masks").array();
  for (const Polygon& mask : camera.masks) {
    json.array();
    for (const Point& point : mask) json.array().number(point.x).number(point.y).end();
    json.end();
  }
  json.end().field("analyse", camera.analyse).end();
}

void write(JsonWriter& json, std::string_view name, const std::optional<Instant>& at) {
  if (at) json.field(name, at->ms());
}

void write(JsonWriter& json, const StreamCounters& c) {
  json.object().field("bytes", c.bytes).field("packets", c.packets).field("lost", c.lost);
  json.field("reordered", c.reordered).field("frames", c.frames).field("key_frames", c.key_frames);
  json.field("dropped_frames", c.dropped_frames).field("restamped", c.restamped);
  json.field("format_changes", c.format_changes).field("reconnects", c.reconnects);
  json.field("bad_packets", c.bad_packets).end();
}

void write(JsonWriter& json, const StreamStatus& s) {
  json.object().field("state", s.state).field("reason", s.reason).field("words", s.words).field("codec", s.codec);
  json.field("audio_codec", s.audio_codec).field("width", s.width).field("height", s.height).field("fps", s.fps);
  json.field("kbit", s.kbit).field("key_distance_s", s.key_distance_s);
  write(json, "last_frame", s.last_frame);
  write(json, "since", s.since);
  if (s.clock_offset_ms) json.field("clock_offset_ms", *s.clock_offset_ms);
  json.field("recording", s.recording).field("lookers", s.lookers).key("counters");
  write(json, s.counters);
  json.end();
}

void write(JsonWriter& json, const CameraStatus& c) {
  json.object().field("id", c.id).key("streams").array();
  for (const StreamStatus& stream : c.streams) write(json, stream);
  json.end().field("motion", c.motion).key("conditions").array();
  for (const std::string& condition : c.conditions) json.string(condition);
  json.end();
  if (c.brightness) json.field("brightness", *c.brightness);
  write(json, "analysed", c.analysed);
  json.field("analysis", c.analysis).end();
}

/// One object, its fields written by `each`.
template <class Each>
std::string object(Each each) {
  std::string out;
  JsonWriter json(out);
  json.object();
  each(json);
  json.end();
  return out;
}

}  // namespace

std::string print(const Configuration& c) {
  return object([&](JsonWriter& json) {
    json.key("cameras").array();
    for (const CameraSetup& camera : c.cameras) write(json, camera);
    json.end().field("folder", c.folder).key("keep").array();
    for (const Keep& keep : c.keep) {
      json.object().field("id", keep.id).field("days", keep.days).field("bytes", keep.bytes).end();
    }
    json.end().field("zone", c.zone).field("masked_budget", c.masked_budget).field("pre_seconds", c.pre_seconds);
    json.field("analysis_percent", c.analysis_percent)
        .field("post_seconds", c.post_seconds)
        .field("late_ms", c.late_ms);
  });
}

std::string print(const Watch& w) {
  return object([&](JsonWriter& json) {
    json.field("camera", w.camera).field("stream", w.stream).field("masked", w.masked).field("unmasked", w.unmasked);
  });
}

std::string print(const StillWanted& s) {
  return object([&](JsonWriter& json) {
    json.field("camera", s.camera).field("masked", s.masked).field("unmasked", s.unmasked).field("width", s.width);
    if (s.at) json.field("at", s.at->ms());
  });
}

std::string print(const StreamSetup& stream) {
  std::string out;
  JsonWriter json(out);
  write(json, stream);
  return out;
}

std::string print(const Play& p) {
  return object([&](JsonWriter& json) {
    json.field("camera", p.camera).field("stream", p.stream).field("from", p.from.ms()).field("to", p.to.ms());
    json.field("masked", p.masked).field("unmasked", p.unmasked);
  });
}

std::string print(const Hello& h) {
  return object([&](JsonWriter& json) {
    json.field("protocol", h.protocol).field("version", h.version).field("pid", h.pid).field("ffmpeg", h.ffmpeg);
  });
}

std::string print(const Ended& e) {
  return object(
      [&](JsonWriter& json) { json.field("why", name_of(e.why)).field("words", e.words).field("damaged", e.damaged); });
}

std::string print(const Format& f) {
  return object([&](JsonWriter& json) {
    json.field("way", name_of(f.way)).field("codec", f.codec).field("audio_codec", f.audio_codec);
    json.field("width", f.width).field("height", f.height);
  });
}

std::string print(const Probed& p) {
  return object([&](JsonWriter& json) {
    json.field("codec", p.codec).field("audio", p.audio).field("width", p.width).field("height", p.height);
    json.field("fps", p.fps).field("kbit", p.kbit).field("key_distance_s", p.key_distance_s).key("advice").array();
    for (const std::string& code : p.advice) json.string(code);
    json.end().field("picture", to_base64(p.picture));
  });
}

std::string print(const Status& s) {
  return object([&](JsonWriter& json) {
    json.field("at", s.at.ms()).key("cameras").array();
    for (const CameraStatus& camera : s.cameras) write(json, camera);
    json.end().field("load", s.load).field("load_words", s.load_words).field("masked_now", s.masked_now);
    json.field("masked_budget", s.masked_budget).field("lookers", s.lookers).field("loop_lag_ms", s.loop_lag_ms);
    json.field("decode_lag_ms", s.decode_lag_ms).field("dropped_frames", s.dropped_frames);
    json.field("record_errors", s.record_errors).field("record_dropped", s.record_dropped);
    json.field("analysis_every_s", s.analysis_every_s)
        .field("record_words", s.record_words)
        .field("resident", s.resident);
  });
}

std::string print(const Event& e) {
  return object([&](JsonWriter& json) {
    json.field("camera", e.camera).field("kind", e.kind).field("on", e.on).field("at", e.at.ms());
  });
}

}  // namespace qala::video

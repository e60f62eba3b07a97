#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <functional>
#include <limits>

#include <boost/json.hpp>
#include <fmt/core.h>

#include "base/base64.h"
#include "video/wire.h"

namespace qala::video {

namespace {

namespace json = boost::json;

constexpr std::size_t kText = 4096;
constexpr std::size_t kMaxCameras = 4096;
constexpr std::size_t kMaxMasks = 32, kMinPoints = 3, kMaxPoints = 64;

/// Reads the fields of one object. The first thing wrong is kept in `problem`, and everything after it is skipped.
class Fields {
 public:
  Fields(const json::value& value, std::string where, std::string& problem)
      : object_(value.if_object()), where_(std::move(where)), problem_(problem) {
    if (!object_) complain("", "an object is expected");
  }

  void text(std::string_view name, std::string& out, std::size_t most = kText) {
    const json::value* value = find(name);
    if (!value) return;
    const json::string* text = value->if_string();
    if (!text || text->size() > most)
      return complain(name, fmt::format("a text of at most {} bytes is expected", most));
    out.assign(text->data(), text->size());
  }
  void flag(std::string_view name, bool& out) {
    const json::value* value = find(name);
    if (!value) return;
    if (!value->is_bool()) return complain(name, "true or false is expected");
    out = value->get_bool();
  }
  void number(std::string_view name, double& out) {
    const json::value* value = find(name);
    if (!value) return;
    if (!value->is_number()) return complain(name, "a number is expected");
    out = value->to_number<double>();
  }
  template <std::integral T>
  void integer(std::string_view name, T& out, std::int64_t least = 0, std::int64_t most = most_of<T>()) {
    const json::value* value = find(name);
    if (!value) return;
    json::error_code ec;
    const auto read = value->is_number() ? value->to_number<std::int64_t>(ec) : 0;
    if (!value->is_number() || ec || read < least || read > most) {
      return complain(name, fmt::format("a whole number from {} to {} is expected", least, most));
    }
    out = static_cast<T>(read);
  }
  void time(std::string_view name, Instant& out) {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 1'000'000;
    std::int64_t ms = out.ms();
    integer(name, ms, -kMost, kMost);
    out = Instant::from_ms(ms);
  }
  void time(std::string_view name, std::optional<Instant>& out) {
    if (!find(name)) return;
    Instant at;
    time(name, at);
    out = at;
  }
  template <class T>
  void one_of(std::string_view name, T& out, std::initializer_list<T> all) {
    std::string word(name_of(out));
    text(name, word, 32);
    const auto found = std::ranges::find_if(all, [&](T one) { return name_of(one) == word; });
    if (found == all.end()) return complain(name, fmt::format("\"{}\" is not known", word.substr(0, 32)));
    out = *found;
  }
  void each(std::string_view name, std::size_t most,
            const std::function<void(const json::value& item, const std::string& where)>& item) {
    const json::value* value = find(name);
    if (!value) return;
    const json::array* list = value->if_array();
    if (!list || list->size() > most) return complain(name, fmt::format("a list of at most {} is expected", most));
    for (std::size_t i = 0; i < list->size() && problem_.empty(); i++) {
      item((*list)[i], fmt::format("{}{}[{}]", where_, name, i));
    }
  }
  void texts(std::string_view name, std::vector<std::string>& out) {
    each(name, 64, [&](const json::value& item, const std::string& where) {
      const json::string* text = item.if_string();
      if (!text || text->size() > kText) {
        problem_ = where + ": a text is expected";
        return;
      }
      out.emplace_back(text->data(), text->size());
    });
  }
  template <class Read>
  void object(std::string_view name, Read read) {
    const json::value* value = find(name);
    if (!value) return;
    Fields inner(*value, fmt::format("{}{}.", where_, name), problem_);
    read(inner);
  }
  std::string& problem() { return problem_; }

 private:
  template <class T>
  static constexpr std::int64_t most_of() {
    return std::in_range<std::int64_t>(std::numeric_limits<T>::max())
               ? static_cast<std::int64_t>(std::numeric_limits<T>::max())
               : std::numeric_limits<std::int64_t>::max();
  }
  const json::value* find(std::string_view name) const {
    if (!problem_.empty() || !object_) return nullptr;
    const json::value* value = object_->if_contains(name);
    return value && !value->is_null() ? value : nullptr;
  }
  void complain(std::string_view name, std::string_view what) {
    if (problem_.empty()) problem_ = fmt::format("{}{}: {}", where_, name, what);
  }

  const json::object* object_;
  std::string where_;
  std::string& problem_;
};

template <class T, class Read>
Result<T> parse_object(std::string_view text, std::string_view what, Read read) {
  json::error_code ec;
  json::parse_options options;
  options.max_depth = 12;
  const json::value value = json::parse(text, ec, {}, options);
  if (ec) return fail(ErrorKind::invalid, fmt::format("{} is not JSON: {}", what, ec.message()));
  std::string problem;
  T out{};
  Fields fields(value, fmt::format("{}.", what), problem);
  read(fields, out);
  if (!problem.empty()) return fail(ErrorKind::invalid, std::move(problem));
  return out;
}

void read_stream(Fields& fields, StreamSetup& out) {
  fields.text("url", out.url);
  fields.text("user", out.user, 256);
  fields.text("password", out.password, 256);
  fields.flag("udp", out.udp);
}

void read_point(const json::value& value, const std::string& where, Polygon& polygon, std::string& problem) {
  const json::array* pair = value.if_array();
  Point point;
  if (pair && pair->size() == 2 && (*pair)[0].is_number() && (*pair)[1].is_number()) {
    point = {(*pair)[0].to_number<double>(), (*pair)[1].to_number<double>()};
    if (point.x >= 0 && point.x <= 1 && point.y >= 0 && point.y <= 1) {
      polygon.push_back(point);
      return;
    }
  }
  problem = where + ": a point [x, y] with both in 0..1 is expected";
}

void read_mask(const json::value& value, const std::string& where, CameraSetup& camera, std::string& problem) {
  const json::array* points = value.if_array();
  if (!points || points->size() < kMinPoints || points->size() > kMaxPoints) {
    problem = fmt::format("{}: a list of {} to {} points is expected", where, kMinPoints, kMaxPoints);
    return;
  }
  Polygon polygon;
  for (std::size_t i = 0; i < points->size() && problem.empty(); i++) {
    read_point((*points)[i], fmt::format("{}[{}]", where, i), polygon, problem);
  }
  camera.masks.push_back(std::move(polygon));
}

void read_hours(Fields& fields, Hours& out) {
  fields.integer("days", out.days, 0, 127);
  fields.integer("from", out.from, 0, 1440);
  fields.integer("to", out.to, 0, 1440);
}

void read_camera(Fields& fields, CameraSetup& out) {
  fields.integer("id", out.id, 1, 0x7fffffff);
  if (out.id == 0 && fields.problem().empty()) fields.problem() = "a camera without its id";
  fields.each("streams", 2, [&](const json::value& item, const std::string& where) {
    Fields stream(item, where + ".", fields.problem());
    read_stream(stream, out.streams.emplace_back());
  });
  fields.one_of("record", out.record, {Record::never, Record::motion, Record::always});
  fields.flag("record_sub", out.record_sub);
  fields.each("hours", 64, [&](const json::value& item, const std::string& where) {
    Fields hours(item, where + ".", fields.problem());
    read_hours(hours, out.hours.emplace_back());
  });
  fields.integer("keep", out.keep);
  fields.each("masks", kMaxMasks, [&](const json::value& item, const std::string& where) {
    read_mask(item, where, out, fields.problem());
  });
  fields.flag("analyse", out.analyse);
}

void read_counters(Fields& fields, StreamCounters& c) {
  const std::array<std::pair<std::string_view, std::uint64_t*>, 11> all{{{"bytes", &c.bytes},
                                                                         {"packets", &c.packets},
                                                                         {"lost", &c.lost},
                                                                         {"reordered", &c.reordered},
                                                                         {"frames", &c.frames},
                                                                         {"key_frames", &c.key_frames},
                                                                         {"dropped_frames", &c.dropped_frames},
                                                                         {"restamped", &c.restamped},
                                                                         {"format_changes", &c.format_changes},
                                                                         {"reconnects", &c.reconnects},
                                                                         {"bad_packets", &c.bad_packets}}};
  for (const auto& [name, value] : all) fields.integer(name, *value);
}

void read_stream_status(Fields& fields, StreamStatus& s) {
  fields.text("state", s.state);
  fields.text("reason", s.reason);
  fields.text("words", s.words);
  fields.text("codec", s.codec);
  fields.text("audio_codec", s.audio_codec);
  fields.integer("width", s.width);
  fields.integer("height", s.height);
  fields.number("fps", s.fps);
  fields.number("kbit", s.kbit);
  fields.number("key_distance_s", s.key_distance_s);
  fields.time("last_frame", s.last_frame);
  fields.time("since", s.since);
  std::int64_t offset = std::numeric_limits<std::int64_t>::min();
  fields.integer("clock_offset_ms", offset, std::numeric_limits<std::int64_t>::min() + 1);
  if (offset != std::numeric_limits<std::int64_t>::min()) s.clock_offset_ms = offset;
  fields.flag("recording", s.recording);
  fields.integer("lookers", s.lookers);
  fields.object("counters", [&](Fields& inner) { read_counters(inner, s.counters); });
}

void read_camera_status(Fields& fields, CameraStatus& c) {
  fields.integer("id", c.id);
  fields.each("streams", 2, [&](const json::value& item, const std::string& where) {
    Fields stream(item, where + ".", fields.problem());
    read_stream_status(stream, c.streams.emplace_back());
  });
  fields.flag("motion", c.motion);
  fields.texts("conditions", c.conditions);
  double brightness = -1;
  fields.number("brightness", brightness);
  if (brightness >= 0) c.brightness = brightness;
  fields.time("analysed", c.analysed);
  fields.text("analysis", c.analysis);
}

void read_seen(Fields& fields, auto& out) {
  fields.integer("camera", out.camera);
  fields.flag("masked", out.masked);
  fields.flag("unmasked", out.unmasked);
}

}  // namespace

Result<Configuration> parse_configuration(std::string_view text) {
  return parse_object<Configuration>(text, "configuration", [](Fields& fields, Configuration& out) {
    fields.each("cameras", kMaxCameras, [&](const json::value& item, const std::string& where) {
      Fields camera(item, where + ".", fields.problem());
      read_camera(camera, out.cameras.emplace_back());
    });
    fields.text("folder", out.folder);
    fields.each("keep", kMaxCameras, [&](const json::value& item, const std::string& where) {
      Fields keep(item, where + ".", fields.problem());
      Keep& rule = out.keep.emplace_back();
      keep.integer("id", rule.id);
      keep.integer("days", rule.days, 0, 36'500);
      keep.integer("bytes", rule.bytes);
    });
    fields.text("zone", out.zone, 64);
    fields.integer("masked_budget", out.masked_budget, 0, 64);
    fields.integer("analysis_percent", out.analysis_percent, 1, 100);
    fields.integer("pre_seconds", out.pre_seconds, 0, 60);
    fields.integer("post_seconds", out.post_seconds, 0, 3600);
    fields.integer("late_ms", out.late_ms, 10, 600'000);
  });
}

Result<Watch> parse_watch(std::string_view text) {
  return parse_object<Watch>(text, "watch", [](Fields& fields, Watch& out) {
    read_seen(fields, out);
    fields.integer("stream", out.stream, 0, 1);
  });
}

Result<StillWanted> parse_still(std::string_view text) {
  return parse_object<StillWanted>(text, "still", [](Fields& fields, StillWanted& out) {
    read_seen(fields, out);
    fields.integer("width", out.width, 0, 8192);
    fields.time("at", out.at);
  });
}

Result<ProbeWanted> parse_probe(std::string_view text) { return parse_object<ProbeWanted>(text, "probe", read_stream); }

Result<Play> parse_play(std::string_view text) {
  return parse_object<Play>(text, "play", [](Fields& fields, Play& out) {
    read_seen(fields, out);
    fields.integer("stream", out.stream, 0, 1);
    fields.time("from", out.from);
    fields.time("to", out.to);
  });
}

Result<Hello> parse_hello(std::string_view text) {
  return parse_object<Hello>(text, "hello", [](Fields& fields, Hello& out) {
    out.protocol = 0;
    fields.integer("protocol", out.protocol);
    fields.text("version", out.version, 64);
    fields.integer("pid", out.pid);
    fields.flag("ffmpeg", out.ffmpeg);
  });
}

Result<Ended> parse_ended(std::string_view text) {
  return parse_object<Ended>(text, "ended", [](Fields& fields, Ended& out) {
    fields.one_of("why", out.why,
                  {Why::finished, Why::not_found, Why::masked, Why::unsupported, Why::no_picture, Why::overloaded,
                   Why::removed, Why::refused, Why::failed, Why::lost});
    fields.text("words", out.words);
    fields.integer("damaged", out.damaged);
  });
}

Result<Format> parse_format(std::string_view text) {
  return parse_object<Format>(text, "format", [](Fields& fields, Format& out) {
    fields.one_of("way", out.way, {Way::plain, Way::transcoded, Way::stills});
    fields.text("codec", out.codec, 64);
    fields.text("audio_codec", out.audio_codec, 64);
    fields.integer("width", out.width);
    fields.integer("height", out.height);
  });
}

Result<Probed> parse_probed(std::string_view text) {
  return parse_object<Probed>(text, "probed", [](Fields& fields, Probed& out) {
    fields.text("codec", out.codec, 64);
    fields.text("audio", out.audio, 64);
    fields.integer("width", out.width);
    fields.integer("height", out.height);
    fields.number("fps", out.fps);
    fields.number("kbit", out.kbit);
    fields.number("key_distance_s", out.key_distance_s);
    fields.texts("advice", out.advice);
    std::string picture;
    fields.text("picture", picture, 16u << 20);
    auto bytes = from_base64(picture);
    if (bytes) out.picture = std::move(*bytes);
    else if (fields.problem().empty()) fields.problem() = "probed.picture: base64 is expected";
  });
}

Result<Status> parse_status(std::string_view text) {
  return parse_object<Status>(text, "status", [](Fields& fields, Status& out) {
    fields.time("at", out.at);
    fields.each("cameras", kMaxCameras, [&](const json::value& item, const std::string& where) {
      Fields camera(item, where + ".", fields.problem());
      read_camera_status(camera, out.cameras.emplace_back());
    });
    fields.integer("load", out.load, 0, 3);
    fields.text("load_words", out.load_words);
    fields.integer("masked_now", out.masked_now);
    fields.integer("masked_budget", out.masked_budget);
    fields.integer("lookers", out.lookers);
    fields.number("analysis_every_s", out.analysis_every_s);
    fields.number("loop_lag_ms", out.loop_lag_ms);
    fields.number("decode_lag_ms", out.decode_lag_ms);
    fields.integer("dropped_frames", out.dropped_frames);
    fields.integer("record_errors", out.record_errors);
    fields.integer("record_dropped", out.record_dropped);
    fields.text("record_words", out.record_words);
    fields.integer("resident", out.resident);
  });
}

Result<Event> parse_event(std::string_view text) {
  return parse_object<Event>(text, "event", [](Fields& fields, Event& out) {
    fields.integer("camera", out.camera);
    fields.text("kind", out.kind, 32);
    fields.flag("on", out.on);
    fields.time("at", out.at);
  });
}

}  // namespace qala::video

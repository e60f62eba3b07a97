#include "footage/manifest.h"

#include <boost/json.hpp>

#include "base/json_writer.h"
#include "footage/hash.h"

namespace qala::footage {

namespace json = boost::json;

namespace {

constexpr std::string_view kFormat = "qala-evidence";
constexpr std::int64_t kVersion = 1;
// The last field is over all bytes before this comma.
constexpr std::string_view kChecksumBegin = ",\n\"manifest_sha256\":\"", kChecksumEnd = "\"}\n";
constexpr std::size_t kHexBytes = 64;

void write_span(JsonWriter& out, std::string_view name, Instant from, Instant to) {
  out.key(name).object().key("from").time(from).key("to").time(to).end();
}

/// One line each, so that people find their way, too.
void line(std::string& text) { text += '\n'; }

void write_lists(JsonWriter& out, std::string& text, const Covered& covered) {
  out.key("spans").array();
  for (const auto& span : covered.spans) {
    out.object().key("from").time(span.from).key("to").time(span.to).field("motion", span.motion).end();
    line(text);
  }
  out.end().key("sources").array();
  for (const auto& one : covered.sources) {
    out.object().field("file", one.file).field("offset", one.offset).field("bytes", one.bytes);
    out.field("sha256", one.sha256).key("at").time(one.at).field("ms", one.duration.count() / 1'000'000).end();
    line(text);
  }
  out.end().key("parts").array();
  for (const auto& part : covered.parts) {
    out.object().key("source");
    if (part.source == Part::kHead) out.null();
    else out.integer(part.source);
    out.field("bytes", part.bytes).field("sha256", part.sha256).end();
    line(text);
  }
  out.end();
}

/// Reads fields; remembers the first that is missing or odd.
class Reader {
 public:
  explicit Reader(const json::object& object) : object_(object) {}

  std::string text(std::string_view name) {
    const auto* value = find(name);
    if (value && value->is_string()) return std::string(value->get_string());
    return fail_at(name), std::string();
  }
  std::string hex(std::string_view name) {
    auto value = text(name);
    if (value.size() != kHexBytes) fail_at(name);
    return value;
  }
  Instant time(std::string_view name) {
    const auto at = parse_iso(text(name));
    return at ? *at : (fail_at(name), Instant{});
  }
  std::int64_t number(std::string_view name, std::int64_t most) {
    const auto* value = find(name);
    if (value && value->is_int64() && value->get_int64() >= 0 && value->get_int64() <= most) return value->get_int64();
    return fail_at(name), 0;
  }
  bool truth(std::string_view name) {
    const auto* value = find(name);
    if (value && value->is_bool()) return value->get_bool();
    return fail_at(name), false;
  }
  Reader object(std::string_view name) {
    const auto* value = find(name);
    if (value && value->is_object()) return Reader(value->get_object(), this);
    fail_at(name);
    return Reader(nothing(), this);
  }
  const json::array& list(std::string_view name) {
    static const json::array none;
    const auto* value = find(name);
    if (value && value->is_array()) return value->get_array();
    return fail_at(name), none;
  }
  const json::value* find(std::string_view name) const { return object_.if_contains(name); }
  void fail_at(std::string_view name) {
    if (parent_) parent_->fail_at(name);
    else if (problem_.empty()) problem_ = name;
  }
  const std::string& problem() const { return problem_; }

 private:
  Reader(const json::object& object, Reader* parent) : object_(object), parent_(parent) {}
  static const json::object& nothing() {
    static const json::object none;
    return none;
  }

  const json::object& object_;
  Reader* parent_ = nullptr;
  std::string problem_;
};

/// Calls `take` with a reader of each object in the list.
template <class Take>
void each(Reader& in, std::string_view name, Take take) {
  for (const auto& value : in.list(name)) {
    if (!value.is_object()) {
      in.fail_at(name);
      return;
    }
    Reader one(value.get_object());
    take(one);
    if (!one.problem().empty()) {
      in.fail_at(std::string(name) + "." + one.problem());
      return;
    }
  }
}

constexpr std::int64_t kLarge = std::int64_t{1} << 53;

void read_lists(Reader& in, Covered& covered) {
  each(in, "spans", [&](Reader& one) {
    covered.spans.push_back({.from = one.time("from"), .to = one.time("to"), .motion = one.truth("motion")});
  });
  each(in, "sources", [&](Reader& one) {
    covered.sources.push_back({.file = one.text("file"),
                               .offset = static_cast<std::uint64_t>(one.number("offset", kLarge)),
                               .bytes = static_cast<std::uint64_t>(one.number("bytes", kLarge)),
                               .sha256 = one.hex("sha256"),
                               .at = one.time("at"),
                               .duration = std::chrono::milliseconds(one.number("ms", UINT32_MAX))});
  });
  const auto sources = static_cast<std::int64_t>(covered.sources.size());
  each(in, "parts", [&](Reader& one) {
    const auto* source = one.find("source");
    const bool head = source && source->is_null();
    covered.parts.push_back(
        {.source = head ? Part::kHead : static_cast<std::uint32_t>(one.number("source", sources - 1)),
         .bytes = static_cast<std::uint64_t>(one.number("bytes", kLarge)),
         .sha256 = one.hex("sha256")});
  });
}

void read_facts(Reader& in, Facts& facts) {
  facts.program = in.text("program");
  facts.exported = in.time("exported");
  Reader camera = in.object("camera");
  facts.camera = static_cast<std::uint32_t>(camera.number("id", UINT32_MAX));
  facts.camera_key = camera.text("key");
  facts.camera_name = camera.text("name");
  const auto stream = in.text("stream");
  if (stream != name_of_stream(kMain) && stream != name_of_stream(kSub)) in.fail_at("stream");
  facts.stream = stream == name_of_stream(kSub) ? kSub : kMain;
  Reader asked = in.object("asked");
  facts.from = asked.time("from");
  facts.to = asked.time("to");
  const auto* offset = in.find("clock_offset_ms");
  if (offset && offset->is_int64()) facts.clock_offset_ms = offset->get_int64();
  else if (!offset || !offset->is_null()) in.fail_at("clock_offset_ms");
  facts.operator_name = in.text("operator");
  facts.case_number = in.text("case");
  facts.reason = in.text("reason");
  facts.masked = in.truth("masked");
}

void read_video(Reader& in, Manifest& manifest) {
  Reader video = in.object("video");
  manifest.covered.bytes = static_cast<std::uint64_t>(video.number("bytes", kLarge));
  manifest.video_sha256 = video.hex("sha256");
  manifest.covered.video.codec_string = video.text("codec");
  manifest.covered.video.width = static_cast<std::uint32_t>(video.number("width", UINT32_MAX));
  manifest.covered.video.height = static_cast<std::uint32_t>(video.number("height", UINT32_MAX));
  manifest.covered.sound = video.truth("sound");
}

Error bad(std::string_view what) { return fail(ErrorKind::invalid, "manifest.json " + std::string(what)); }

}  // namespace

std::string write_manifest(const Manifest& manifest) {
  const auto& [facts, covered, video_sha256, public_key] = manifest;
  std::string text;
  JsonWriter out(text);
  out.object().field("format", kFormat).field("version", kVersion).field("program", facts.program);
  out.key("exported").time(facts.exported);
  line(text);
  out.key("camera").object().field("id", facts.camera).field("key", facts.camera_key);
  out.field("name", facts.camera_name).end().field("stream", name_of_stream(facts.stream));
  line(text);
  write_span(out, "asked", facts.from, facts.to);
  write_span(out, "covers", covered.from, covered.to);
  out.key("clock_offset_ms");
  if (facts.clock_offset_ms) out.integer(*facts.clock_offset_ms);
  else out.null();
  line(text);
  out.field("operator", facts.operator_name).field("case", facts.case_number).field("reason", facts.reason);
  out.field("masked", facts.masked).field("damaged", covered.damaged);
  line(text);
  out.key("video").object().field("file", "video.mp4").field("bytes", covered.bytes).field("sha256", video_sha256);
  out.field("codec", covered.video.codec_string).field("width", covered.video.width);
  out.field("height", covered.video.height).field("sound", covered.sound).end();
  line(text);
  write_lists(out, text, covered);
  line(text);
  out.field("public_key", public_key);
  text.append(kChecksumBegin);
  const std::string checksum = sha256(std::string_view(text).substr(0, text.size() - kChecksumBegin.size()));
  text.append(checksum).append(kChecksumEnd);
  return text;
}

bool has_its_checksum(std::string_view text) {
  const std::size_t tail = kChecksumBegin.size() + kHexBytes + kChecksumEnd.size();
  if (text.size() < tail) return false;
  const auto before = text.substr(0, text.size() - tail);
  text.remove_prefix(before.size());
  return text.starts_with(kChecksumBegin) && text.ends_with(kChecksumEnd) &&
         text.substr(kChecksumBegin.size(), kHexBytes) == sha256(before);
}

Result<Manifest> read_manifest(std::string_view text) {
  if (text.size() > kLargestManifest) return bad("is too large");
  boost::system::error_code ec;
  const auto root = json::parse(text, ec, {}, {.max_depth = 8});
  if (ec || !root.is_object()) return bad("is not JSON");
  Reader in(root.get_object());
  if (in.text("format") != kFormat) return bad("is not a manifest of evidence");
  if (in.number("version", INT64_MAX) != kVersion) return bad("has a version that this program does not know");
  Manifest manifest;
  read_facts(in, manifest.facts);
  Reader covers = in.object("covers");
  manifest.covered.from = covers.time("from");
  manifest.covered.to = covers.time("to");
  manifest.covered.damaged = static_cast<std::uint64_t>(in.number("damaged", kLarge));
  read_video(in, manifest);
  read_lists(in, manifest.covered);
  manifest.public_key = in.hex("public_key");
  if (!in.problem().empty()) return bad("has no or an odd \"" + in.problem() + "\"");
  std::uint64_t bytes = 0;
  for (const auto& part : manifest.covered.parts) bytes += part.bytes;
  if (bytes != manifest.covered.bytes) return bad("has parts that do not add up to the video");
  return manifest;
}

}  // namespace qala::footage

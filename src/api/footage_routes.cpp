// What was recorded: the timeline of a camera, and evidence that leaves the house.
#include <cmath>
#include <filesystem>
#include <numbers>
#include <unordered_set>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "alarms/raised.h"
#include "api/alarm_answers.h"
#include "api/body.h"
#include "api/camera_desk.h"
#include "base/json_writer.h"
#include "footage/evidence.h"

namespace qala::api {

namespace asio = boost::asio;
using access::Role;
using asio::awaitable;
using http::Method;
using http::Request;
using http::Response;

namespace {

constexpr std::int64_t kLongestExport = 2 * Instant::kHour;
constexpr std::int64_t kLongestTimeline = 62 * Instant::kDay;
constexpr double kSeesMetres = 400;  ///< web/src/cameras/near.ts has the same
constexpr std::size_t kMostMarks = 500;
constexpr std::string_view kFiles[] = {"video.mp4", "manifest.json", "manifest.sig"};

/// Between places of one town.
double metres(const registry::Point& a, const registry::Point& b) {
  constexpr double kDegree = 111'320, kRadians = std::numbers::pi / 180;
  const double east = (a.lon - b.lon) * std::cos((a.lat + b.lat) / 2 * kRadians);
  return std::hypot(east, a.lat - b.lat) * kDegree;
}

/// Takes a playback as it comes and puts it into the video of evidence. Network thread; the disk is the pool's, and the
/// worker sends no more than is written.
class Collector final : public video::Sink {
 public:
  Collector(footage::EvidenceWriter& writer, asio::io_context& network, Worker& pool)
      : writer_(writer), pool_(pool), wake_(network) {
    wake_.expires_at(std::chrono::steady_clock::time_point::max());
  }
  void on_format(const video::Format& format) override {
    if (format.way == video::Way::stills)
      end(fail(ErrorKind::unavailable, "there are too many masked pictures just now: try again in a minute"));
    masked_ = masked_ || format.way == video::Way::transcoded;
    format_ = format;
  }
  void on_init(std::string_view segment) override {
    if (!init_.empty() && init_ != segment)
      return end(fail(ErrorKind::conflict, "the picture's format changes in between: export the parts"));
    if (init_.empty()) take(segment);
    init_ = segment;
  }
  void on_fragment(Instant at, bool, std::string_view bytes) override {
    if (!first_) first_ = at;
    last_ = at;
    take(bytes);
  }
  void on_picture(Instant, std::string_view) override {}
  void on_dropped(std::uint32_t) override {}
  void on_interrupted() override {}
  void on_ended(const video::Ended& ended) override {
    damaged_ = ended.damaged;
    if (ended.why == video::Why::finished) return end({});
    end(fail(ErrorKind::unavailable, std::string(video::name_of(ended.why)) + ": " + ended.words));
  }
  /// Writes until the playback has ended.
  awaitable<Result<>> write(std::unique_ptr<video::Subscription> subscription) {
    for (;;) {
      if (const std::string part = std::exchange(waiting_, {}); !part.empty()) {
        CO_TRY_VOID(co_await run_on(pool_, [&] { return writer_.write(part); }));
        bytes_ += part.size();
        subscription->consumed(part.size());
        continue;
      }
      if (over_) co_return std::move(result_);
      co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }
  bool masked() const { return masked_; }
  std::optional<Instant> first() const { return first_; }
  Instant last() const { return last_; }
  const video::Format& format() const { return format_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t damaged() const { return damaged_; }

 private:
  void take(std::string_view bytes) {
    if (over_) return;
    waiting_ += bytes;
    wake_.cancel();
  }
  void end(Result<> result) {
    if (over_) return;
    over_ = true;
    result_ = std::move(result);
    wake_.cancel();
  }

  footage::EvidenceWriter& writer_;
  Worker& pool_;
  asio::steady_timer wake_;  ///< never expires: cancelled when something came
  std::string init_, waiting_;
  std::optional<Instant> first_;
  Instant last_;  ///< first picture of the newest fragment
  video::Format format_;
  std::uint64_t bytes_ = 0, damaged_ = 0;
  bool masked_ = false, over_ = false;
  Result<> result_;
};

class FootageRoutes {
 public:
  explicit FootageRoutes(CameraDesk& desk) : desk_(desk), context_(desk.context()) {}

  /// Times only, no picture: not a look.
  awaitable<Response> recordings(Request& request, const Caller&) {
    const auto id = parse_id(request.param("id"), kMaxEntityId);
    if (!id) co_return Response::error(id.error(), "camera.not_found");
    const Instant now = context_.clock.now();
    const auto to = time_of(request, "to", now.ns);
    const auto from = time_of(request, "from", now.ns - Instant::kDay);
    if (!from || !to) co_return Response::error(from ? to.error() : from.error());
    if (*from >= *to || *to - *from > kLongestTimeline)
      co_return Response::error(fail(ErrorKind::invalid, "from: lies before to, by at most 62 days"));
    const footage::StreamId stream{static_cast<std::uint32_t>(*id), stream_of(request)};
    auto& library = desk_.rooms().library;
    struct Found {
      Result<std::vector<footage::Span>> spans;
      Result<footage::Totals> totals;
    };
    const auto found = co_await run_on(
        context_.pool, [&]() -> Found { return {library.spans(stream, {*from}, {*to}), library.totals(now)}; });
    if (!found.spans) co_return Response::error(found.spans.error());
    const auto marks = co_await alarms_seen(stream.camera, {*from}, {*to});
    if (!marks) co_return Response::error(marks.error());
    std::string out;
    JsonWriter json(out);
    json.object().key("spans").array();
    for (const auto& span : *found.spans) {
      json.object().field("from", span.from.ms()).field("to", span.to.ms()).field("motion", span.motion).end();
    }
    json.end();
    json.key("marks").array();
    for (const auto& mark : *marks) {
      json.object().field("at", Instant{mark.at}.ms()).field("kind", "alarm").field("alarm", mark.id.value);
      json.field("rule", mark.rule).field("severity", static_cast<int>(mark.severity));
      json.field("thing", mark.thing.value).end();
    }
    json.end();
    if (found.totals) render_totals(json, *found.totals, stream);
    json.field("now", now.ms()).end();
    co_return Response::json(std::move(out));
  }

  /// {"from","to","case","reason"}: an MP4, its manifest and signature. Through the masks, unless they are lifted.
  awaitable<Response> make(Request& request, const Caller& caller) {
    auto seen = desk_.seeing(request, caller);
    if (auto* refused = std::get_if<Response>(&seen)) co_return std::move(*refused);
    auto seeing = std::get<CameraDesk::Seeing>(std::move(seen));
    const auto body = Body::parse(request.body);
    if (!body) co_return Response::error(body.error());
    const auto from = body->optional_integer("from"), to = body->optional_integer("to");
    const auto case_number = body->text("case"), reason = body->text("reason");
    if (!case_number) co_return Response::error(case_number.error());
    if (!reason) co_return Response::error(reason.error());
    if (!from || !to || !*from || !*to)
      co_return Response::error(fail(ErrorKind::invalid, "from and to are milliseconds since 1970"));
    const Instant begin = Instant::from_ms(**from), end = Instant::from_ms(**to);
    if (begin >= end || end - begin > Duration(kLongestExport))
      co_return Response::error(fail(ErrorKind::invalid, "from: lies before to, by at most two hours"),
                                "evidence.range");
    if (exporting_)
      co_return Response::error(fail(ErrorKind::unavailable, "another export is being made: try again in a moment"),
                                "evidence.busy");
    exporting_ = true;
    seeing.reason = *reason;
    seeing.case_number = *case_number;
    auto answer = co_await exported(seeing, caller, begin, end);
    exporting_ = false;
    co_return answer;
  }

  awaitable<Response> video(Request& request, const Caller& caller) {
    co_return co_await file(request, caller, 0, "video/mp4");
  }
  awaitable<Response> manifest(Request& request, const Caller& caller) {
    co_return co_await file(request, caller, 1, "application/json");
  }
  awaitable<Response> signature(Request& request, const Caller& caller) {
    co_return co_await file(request, caller, 2, "application/octet-stream");
  }

 private:
  static std::uint8_t stream_of(const Request& request) {
    return request.query_value("stream") == "sub" ? footage::kSub : footage::kMain;
  }

  /// Alarms of the camera's own thing and of things that it may see.
  awaitable<Result<std::vector<alarms::Raised>>> alarms_seen(std::uint32_t camera, Instant from, Instant to) {
    const auto known = desk_.rooms().cameras.find(cameras::CameraId(camera));
    if (!known) co_return std::vector<alarms::Raised>{};
    std::unordered_set<ThingId> things{known->thing};
    context_.registry.read([&](const registry::Registry::View& view) {
      const auto* own = view.thing(known->thing);
      if (!own || !own->location) return;
      view.each_thing([&](const registry::Thing& thing) {
        if (thing.location && metres(*own->location, *thing.location) <= kSeesMetres) things.insert(thing.id);
      });
    });
    co_await write_backlog(context_);
    co_return co_await run_on(context_.pool, [&]() -> Result<std::vector<alarms::Raised>> {
      TRY(auto db, sqlite::Database::open(desk_.rooms().town_database, {.read_only = true, .cache_kib = 256}));
      return alarms::raised_of(db, things, known->thing, from.ns, to.ns, kMostMarks);
    });
  }

  static void render_totals(JsonWriter& json, const footage::Totals& totals, footage::StreamId stream) {
    json.key("oldest");
    const footage::StreamTotals* mine = nullptr;
    for (const auto& one : totals.streams) {
      if (one.id == stream) mine = &one;
    }
    if (mine)
      json.integer(mine->oldest.ms()).field("newest", mine->newest.ms()).field("bytes_per_day", mine->bytes_per_day);
    else json.null();
    json.key("days_until_full");
    if (totals.days_until_full) json.number(*totals.days_until_full);
    else json.null();
  }

  footage::Facts facts_of(const CameraDesk::Seeing& seeing, const Caller& caller, Instant from, Instant to) {
    footage::Facts facts;
    facts.camera = seeing.camera.id.value;
    facts.from = from;
    facts.to = to;
    facts.operator_name = caller.actor().subject;
    facts.case_number = seeing.case_number;
    facts.reason = seeing.reason;
    facts.exported = context_.clock.now();
    facts.program = "qala " + context_.town.version;
    facts.masked = !seeing.camera.masks.empty() && !seeing.unmasked;
    context_.registry.read([&](const registry::Registry::View& view) {
      if (const auto* thing = view.thing(seeing.camera.thing)) {
        facts.camera_key = thing->key;
        facts.camera_name = thing->name;
      }
    });
    if (const auto status = desk_.rooms().video.status()) {
      for (const auto& one : status->cameras) {
        if (one.id == seeing.camera.id.value && !one.streams.empty())
          facts.clock_offset_ms = one.streams[0].clock_offset_ms;
      }
    }
    return facts;
  }

  awaitable<Response> exported(const CameraDesk::Seeing& seeing, const Caller& caller, Instant from, Instant to) {
    const auto recorded = co_await desk_.look(seeing, cameras::LookKind::evidence, caller, from, to);
    if (const auto* refused = std::get_if<Response>(&recorded)) co_return *refused;
    const std::uint64_t id = std::get<std::uint64_t>(recorded);
    const auto key = co_await run_on(context_.pool, [this]() -> Result<footage::EvidenceKey> {
      std::error_code ec;
      const std::string all = context_.folder + "/evidence";
      std::filesystem::create_directories(all, ec);
      if (ec) return fail(ErrorKind::denied, "making " + all + ": " + ec.message());
      std::filesystem::permissions(all, std::filesystem::perms::owner_all, ec);
      return footage::evidence_key(context_.folder, context_.random);
    });
    if (!key) co_return Response::error(key.error());
    const auto facts = facts_of(seeing, caller, from, to);
    const std::string folder = folder_of(id);
    auto& library = desk_.rooms().library;
    Result<footage::Covered> covered = fail(ErrorKind::unavailable, "");
    if (facts.masked) covered = co_await masked_evidence(seeing, facts, folder, *key);
    else covered = co_await run_on(context_.pool, [&] { return footage::make_evidence(library, facts, folder, *key); });
    if (!covered)
      co_return Response::error(covered.error(),
                                covered.error().kind == ErrorKind::not_found ? "evidence.nothing_recorded" : "");
    const auto held = co_await run_on(context_.pool, [&] {
      return library.hold({.camera = facts.camera,
                           .from = covered->from,
                           .to = covered->to,
                           .reason = facts.case_number,
                           .by = facts.operator_name});
    });
    std::string out;
    JsonWriter json(out);
    json.object().field("id", id).field("from", covered->from.ms()).field("to", covered->to.ms());
    json.field("bytes", covered->bytes).field("masked", facts.masked).field("fingerprint", key->fingerprint);
    json.field("held", held.has_value()).field("damaged", covered->damaged).end();
    co_return Response::json(std::move(out), 201);
  }

  /// Encoded again with the masks in it; what it was made from is named all the same.
  awaitable<Result<footage::Covered>> masked_evidence(const CameraDesk::Seeing& seeing, footage::Facts facts,
                                                      std::string folder, footage::EvidenceKey key) {
    auto writer = co_await run_on(context_.pool, [&] { return footage::EvidenceWriter::begin(folder); });
    if (!writer) co_return writer.error();
    Collector collector(*writer, context_.network, context_.pool);
    const auto ended = co_await collector.write(desk_.rooms().video.play(
        {.camera = seeing.camera.id.value, .from = facts.from, .to = facts.to, .masked = true}, collector));
    if (!ended) co_return ended.error();
    if (!collector.first()) co_return fail(ErrorKind::not_found, "nothing is recorded there");
    if (!collector.masked())
      co_return fail(ErrorKind::internal, "the picture came without its masks, so it was not exported");
    const footage::StreamId stream{seeing.camera.id.value, footage::kMain};
    auto& library = desk_.rooms().library;
    co_return co_await run_on(context_.pool, [&]() -> Result<footage::Covered> {
      footage::Covered covered;
      covered.from = *collector.first();
      covered.bytes = collector.bytes();
      covered.damaged = collector.damaged();
      covered.video.codec_string = collector.format().codec;
      covered.video.width = collector.format().width;
      covered.video.height = collector.format().height;
      TRY(covered.sources, library.sources(stream, facts.from, facts.to));
      // What was recorded meanwhile is not in it.
      std::erase_if(covered.sources, [&](const footage::Source& one) { return one.at > collector.last(); });
      if (covered.sources.empty()) return fail(ErrorKind::not_found, "what was recorded there is gone by now");
      const auto& end = covered.sources.back();
      TRY(covered.spans, library.spans(stream, covered.from, std::min(facts.to, end.at + end.duration)));
      if (covered.spans.empty()) return fail(ErrorKind::not_found, "what was recorded there is gone by now");
      covered.to = covered.spans.back().to;
      TRY_VOID(writer->finish(facts, covered, key));
      return covered;
    });
  }

  std::string folder_of(std::uint64_t id) const { return context_.folder + "/evidence/" + std::to_string(id); }

  /// The look that made it. Of one that is not known any more: as if the masks were lifted, of no camera.
  awaitable<Result<cameras::Look>> made_by(std::uint64_t id) {
    co_return co_await run_on(context_.pool, [this, id]() -> Result<cameras::Look> {
      TRY(auto db, sqlite::Database::open(desk_.rooms().town_database, {.read_only = true, .cache_kib = 256}));
      TRY(const auto found, cameras::Looks::list(db, {.before = id + 1, .limit = 1}));
      if (!found.empty() && found[0].id == id) return found[0];
      return cameras::Look{.id = id, .kind = cameras::LookKind::evidence, .masked = false};
    });
  }

  /// What masks hide is for engineers of that camera: of the whole town, if the camera is gone.
  bool may_fetch(const cameras::Look& made, const Caller& caller) const {
    if (made.masked) return true;  // the route has asked for the operator
    const auto camera = desk_.rooms().cameras.find(made.camera);
    return caller.may(Role::engineer, camera ? part_of(context_, *camera) : access::Part{});
  }

  /// The same minutes, seen by who fetches the video.
  awaitable<std::variant<std::uint64_t, Response>> look_again(const cameras::Look& made, const Caller& caller) {
    const CameraDesk::Seeing seeing{.camera = {.id = made.camera},
                                    .unmasked = !made.masked,
                                    .reason = made.reason,
                                    .case_number = made.case_number};
    co_return co_await desk_.look(seeing, cameras::LookKind::playback, caller, made.shown_from, made.shown_to);
  }

  awaitable<Response> file(const Request& request, const Caller& caller, std::size_t which, std::string_view type) {
    const auto id = parse_id(request.param("id"), std::uint64_t{1} << 53);
    std::error_code ec;
    const std::string path = id ? folder_of(*id) + "/" + std::string(kFiles[which]) : std::string();
    if (!id || !std::filesystem::is_regular_file(path, ec))
      co_return Response::error(fail(ErrorKind::not_found, "there is no such evidence"), "evidence.not_found");
    const auto made = co_await made_by(*id);
    if (!made) co_return Response::error(made.error());
    if (!may_fetch(*made, caller)) co_return not_allowed(caller, Role::engineer);
    if (which == 0) {
      const auto recorded = co_await look_again(*made, caller);
      if (const auto* refused = std::get_if<Response>(&recorded)) co_return *refused;
      desk_.end_look(std::get<std::uint64_t>(recorded), made->shown_to);
    }
    Response response;
    response.content_type = type;
    response.file = path;
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + std::string(kFiles[which]) + "\"");
    response.headers.emplace_back("Cache-Control", "private, no-store");
    co_return response;
  }

  CameraDesk& desk_;
  Context& context_;
  bool exporting_ = false;
};

}  // namespace

void add_footage_routes(http::Router& router, CameraDesk& desk) {
  auto routes = std::make_shared<FootageRoutes>(desk);
  const RoleRouter add(router, desk.context(), routes);
  add(Method::get, "/api/v1/cameras/{id}/recordings", of_camera(Role::op), &FootageRoutes::recordings);
  add(Method::post, "/api/v1/cameras/{id}/export", of_camera(Role::op), &FootageRoutes::make);
  // The files hold the picture of one camera: who may see all of them may fetch them. Unmasked ones: see may_fetch().
  add(Method::get, "/api/v1/evidence/{id}/video", Role::op, &FootageRoutes::video);
  add(Method::get, "/api/v1/evidence/{id}/manifest", Role::op, &FootageRoutes::manifest);
  add(Method::get, "/api/v1/evidence/{id}/signature", Role::op, &FootageRoutes::signature);
}

}  // namespace qala::api

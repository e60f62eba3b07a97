#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/random.h"
#include "codec/runner.h"
#include "ingest/intake.h"
#include "lorawan/book.h"
#include "lorawan/downlinks.h"
#include "lorawan/entrance.h"
#include "lorawan/fields.h"
#include "lorawan/health.h"
#include "lorawan/raw.h"

namespace qala::lorawan {

/// What it is made with; all outlives it.
struct Rooms {
  boost::asio::io_context& network;
  Worker& writer;
  const Clock& clock;
  Random& random;
  sqlite::Database& town;
  audit::AuditSink& audit;
  registry::Registry& registry;
  ingest::Intake& intake;
  ingest::Probe& probe;
  const ingest::SeriesIndex& series;
};

struct Options {
  std::string path = {};               ///< of lorawan.db
  std::int64_t keep_raw_days = 180;    ///< 0: for ever
  codec::Runner::Options runner = {};
};

/// A source as the list shows it.
struct SourceHealth {
  Source source = {};
  std::string state = "waiting", words = {};
  Instant last_message = {};
  std::uint64_t received = 0, refused = 0, duplicates = 0;
};

/// How a codec has done since the start.
struct CodecCounts {
  std::uint64_t runs = 0, failures = 0;
  Instant failed_at = {};
  std::string failed_words = {}, failed_device = {};
};

/// LoRaWAN at work: from a message to readings, and back. Network thread, unless a member says otherwise.
///
/// An uplink is committed to lorawan.db, decoded by its device's profile, and its readings are committed; then it is
/// acknowledged. What was committed and not decoded when the program ended is decoded at the next start, and gives the
/// same readings, which the store knows for duplicates.
class Service final : public Entrance, public codec::Runner::Listener {
 public:
  static Result<std::unique_ptr<Service>> open(const Rooms& rooms, Options options);
  ~Service() override;

  /// Decodes what is left over, and from then on what comes.
  void start();
  /// Before the writer ends.
  void stop();
  /// Once a second.
  void tick();

  void message(Source source, std::string_view topic_or_event, std::string_view body, Done done) override;
  void set_sink(DownlinkSink* sink) override { sink_ = sink; }
  void connected(const Source& source) override;
  void source_state(const Source& source, std::string_view state, std::string_view words) override;

  std::shared_ptr<const Plan> plan() const { return book_->plan(); }
  std::vector<SourceHealth> sources() const;
  CodecCounts counts(CodecId codec) const;
  Health health() const;

  // Changes: each resumes when it is durable and in force.
  boost::asio::awaitable<Result<Codec>> put_codec(Codec codec, audit::Actor actor);
  boost::asio::awaitable<Result<>> remove_codec(CodecId id, audit::Actor actor);
  boost::asio::awaitable<Result<>> enable_codec(CodecId id, audit::Actor actor);
  boost::asio::awaitable<Result<Profile>> put_profile(Profile profile, audit::Actor actor);
  boost::asio::awaitable<Result<>> remove_profile(ProfileId id, audit::Actor actor);
  boost::asio::awaitable<Result<Profile>> import(std::string file, audit::Actor actor);
  /// A profile as a file to share.
  std::string file_of(const Profile& profile) const;
  /// With `thing` 0 a thing is made, unless the device has one. What is kept of the device is decoded from then on.
  boost::asio::awaitable<Result<>> assign(Device device, audit::Actor actor);

  struct Rerun {
    std::uint64_t uplinks = 0, readings = 0, failed = 0;
  };
  boost::asio::awaitable<Result<Rerun>> rerun(ProfileId id, Instant from, Instant to, audit::Actor actor);

  struct Tried {
    codec::Answer answer = {};
    std::int64_t took_us = 0;
  };
  /// In the sandbox, under no stored codec's name. `script` empty: Cayenne LPP.
  boost::asio::awaitable<Tried> try_script(std::string script, codec::Run run);

  boost::asio::awaitable<Result<std::vector<Heard>>> devices();
  /// None: it was never heard.
  boost::asio::awaitable<Result<std::optional<Heard>>> heard(std::string device);
  boost::asio::awaitable<Result<std::vector<RawUplink>>> uplinks(std::string device, std::size_t limit);
  boost::asio::awaitable<Result<std::vector<Downlink>>> downlinks(std::string device, std::size_t limit);
  /// What encodeDownlink of the device's codec makes of `data`, JSON.
  struct Encoded {
    std::string payload = {};
    std::optional<std::uint8_t> port = {};
  };
  boost::asio::awaitable<Result<Encoded>> encode(std::string device, std::string data);
  boost::asio::awaitable<Result<Downlink>> send(Downlink downlink, audit::Actor actor);

  void on_disabled(std::uint32_t handle, const std::string& reason) override;

 private:
  struct Loaded {
    std::uint32_t handle = 0;
    std::string sha256 = {};
  };
  struct Decoded {
    RawState state = RawState::decoded;
    std::string problem = {}, data = {};
    std::vector<Value> values = {};
    std::optional<double> battery = {};
    Device device = {};
  };

  Service(const Rooms& rooms, Options options) : rooms_(rooms), options_(std::move(options)) {}

  // Messages
  boost::asio::awaitable<void> take_up(Source source, Message message, Done done);
  boost::asio::awaitable<void> take_other(Source source, Message message, Done done);
  boost::asio::awaitable<Result<>> commit(RawDesk::Work work);
  void answer(const Done& done, Outcome outcome);
  SourceHealth& note(const Source& source);
  bool is_bridge(std::string_view name) const;

  // Decoding
  boost::asio::awaitable<Decoded> decode(const RawUplink& uplink);
  boost::asio::awaitable<codec::Answer> ask_codec(const Profile& profile, const RawUplink& uplink);
  void add_link(const RawUplink& uplink, Decoded& into) const;
  void append(const Decoded& decoded, std::string_view source, ingest::Submission& into) const;
  boost::asio::awaitable<Result<ingest::Report>> submit(ingest::Submission submission);
  /// Decodes, commits the readings, marks the uplinks; what happened in all.
  boost::asio::awaitable<Result<Rerun>> settle(std::vector<RawUplink> uplinks);
  boost::asio::awaitable<void> catch_up(RawState state, std::string device);
  bool has_thing(ThingId thing) const;

  // Codecs
  void sync_codecs();
  void keep_standing(CodecId id);
  void tell_codec(CodecId id, bool disabled);
  boost::asio::awaitable<Result<>> check_script(std::string script);

  Result<ThingId> thing_for(const Device& device, const audit::Actor& actor);
  Result<> ensure_streams(const Device& device, const audit::Actor& actor);
  boost::asio::awaitable<void> publish(Downlink& downlink, const Heard& heard);
  boost::asio::awaitable<void> publish_waiting(std::string source);

  Rooms rooms_;
  Options options_;
  std::unique_ptr<Book> book_;
  std::unique_ptr<Downlinks> downlinks_;
  std::unique_ptr<RawDesk> desk_;
  std::unique_ptr<codec::Runner> runner_;
  DownlinkSink* sink_ = nullptr;
  std::map<std::pair<std::string, ServerKind>, SourceHealth> sources_;
  std::map<CodecId, Loaded> loaded_;
  std::map<CodecId, CodecCounts> counts_;
  std::set<std::int64_t> publishing_;  ///< downlinks that are with a bridge just now
  std::set<std::int64_t> under_way_;  ///< uplinks that came just now and are being decoded
  std::string raw_words_;
  std::uint64_t waiting_ = 0;
  std::uint64_t seconds_ = 0;
  bool catching_up_ = false, stopping_ = false;
};

}  // namespace qala::lorawan

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/sqlite.h"
#include "base/threads.h"
#include "lorawan/message.h"

namespace qala::lorawan {

/// How far an uplink has come.
enum class RawState : std::uint8_t {
  waiting,  ///< to be decoded, by us, soon
  decoded,
  failed,  ///< the decoder said so; the payload is kept
  held,    ///< until a person sees to it: no profile yet, or the codec is disabled
  left,    ///< never: simulated, or still encrypted
};
std::string_view name_of(RawState state);

/// An uplink as it came, with what decoding it needs.
struct RawUplink {
  std::int64_t id = 0;
  std::string source = {}, device = {}, session = {};
  std::uint32_t f_cnt = 0;
  std::uint8_t f_port = 0;
  std::string payload = {};
  std::string decoded = {};  ///< by the network server: {"data":…}; empty: not
  Instant at = {}, received = {};
  std::optional<double> rssi = {}, snr = {}, margin = {};
  std::uint32_t lost = 0;  ///< frames between it and the one before
  RawState state = RawState::waiting;
  std::string problem = {};
  std::string data = {};  ///< what it was decoded to, JSON; empty: nothing
};

/// How a device is heard.
struct Heard {
  std::string device = {}, source = {}, application = {}, tenant = {}, device_id = {}, name = {};
  ServerKind kind = ServerKind::chirpstack;
  Instant last_seen = {};
  std::optional<double> battery = {}, rssi = {}, snr = {}, margin = {};
  std::string session = {};
  std::optional<std::uint32_t> f_cnt = {};
  std::uint64_t received = 0, lost = 0;
  std::string problem = {};
};

/// lorawan.db: raw payloads and how devices are heard. One thread at a time: its desk's worker.
class RawStore {
 public:
  static Result<RawStore> open(const std::string& path);

  struct Added {
    RawUplink uplink = {};  ///< with its id
    bool duplicate = false;
  };
  /// Not again what is there: the same (source, device, session, fCnt). A counter that goes back, with another payload
  /// or a day later, is a device that was started anew.
  Result<Added> add(const Source& source, const Message& message, Instant now);
  /// A join, a status, an entry of the log.
  Result<> note(const Source& source, const Message& message, Instant now);
  Result<> mark(std::int64_t id, RawState state, const std::string& problem, const std::string& data);
  /// The problem that the list shows beside the device; empty: none any more.
  Result<> set_problem(const std::string& device, const std::string& problem);
  Result<> set_battery(const std::string& device, double battery);

  Result<std::vector<Heard>> devices();
  Result<std::optional<Heard>> device(const std::string& device);
  /// Newest first.
  Result<std::vector<RawUplink>> newest(const std::string& device, std::size_t limit);
  /// After `after`, by id, at most `limit`; of one device, or of all if it is empty.
  Result<std::vector<RawUplink>> in_state(RawState state, const std::string& device, std::int64_t after,
                                          std::size_t limit);
  /// What came in [from, to] of one device, whatever its state but `left`.
  Result<std::vector<RawUplink>> between(const std::string& device, Instant from, Instant to, std::int64_t after,
                                         std::size_t limit);
  /// Removes what came before `before`, at most `limit`; how many.
  Result<std::int64_t> expire(Instant before, std::int64_t limit);

  sqlite::Database& database() { return *db_; }

 private:
  explicit RawStore(std::unique_ptr<sqlite::Database> db) : db_(std::move(db)) {}
  Result<bool> is_duplicate(const Source& source, const Message& message, const std::string& session,
                            const std::optional<Heard>& before, Instant at, Instant now);
  /// `before`: what was known of the device.
  Result<> hear(const std::optional<Heard>& before, const Source& source, const Message& message,
                const RawUplink* uplink, Instant now);
  Result<std::vector<RawUplink>> select(const std::string& where, const std::function<void(sqlite::Statement&)>& bind);

  std::unique_ptr<sqlite::Database> db_;
};

/// Many messages, one sync: whatever waits goes into one transaction. Any thread hands in; `work` runs on the worker,
/// `done` on the network thread once it is on the disk (or is not).
class RawDesk {
 public:
  static constexpr std::size_t kMostWaiting = 20'000;
  using Work = std::function<Result<>(RawStore&)>;
  using Done = std::function<void(const Result<>&)>;

  RawDesk(RawStore store, boost::asio::any_io_executor network)
      : store_(std::move(store)), network_(std::move(network)) {}
  ~RawDesk() { worker_.stop(); }

  /// False: too much waits, nothing is done.
  bool commit(Work work, Done done);
  Worker& worker() { return worker_; }
  /// On the worker only.
  RawStore& store() { return store_; }
  void stop() { worker_.stop(); }

 private:
  struct Job {
    Work work;
    Done done;
  };
  void run();

  RawStore store_;
  boost::asio::any_io_executor network_;
  std::mutex mutex_;
  std::vector<Job> jobs_;
  bool scheduled_ = false;
  Worker worker_{1, "lorawan"};
};

}  // namespace qala::lorawan

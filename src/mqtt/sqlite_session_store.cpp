#include <utility>

#include "base/sqlite.h"
#include "mqtt/session_store.h"

namespace qala::mqtt {
namespace {

using Kind = Change::Kind;

constexpr std::int64_t kVersion = 2;
constexpr const char* kSchema = R"(
CREATE TABLE session (
  number INTEGER PRIMARY KEY,
  key TEXT NOT NULL,            -- token and client id
  client_id TEXT NOT NULL,
  token INTEGER NOT NULL,
  role INTEGER NOT NULL CHECK (role BETWEEN 0 AND 3),
  version INTEGER NOT NULL CHECK (version BETWEEN 3 AND 5),
  expiry INTEGER NOT NULL,      -- seconds after the connection; 4294967295: for ever
  gone INTEGER NOT NULL,        -- ms since 1970; 0: connected
  sent INTEGER NOT NULL         -- queued positions below it may have reached the client
) STRICT;
CREATE TABLE subscription (
  session INTEGER NOT NULL,
  filter TEXT NOT NULL,
  options INTEGER NOT NULL,     -- the byte of SUBSCRIBE
  identifier INTEGER NOT NULL,  -- 0: none
  PRIMARY KEY (session, filter)
) STRICT, WITHOUT ROWID;
CREATE TABLE message (
  number INTEGER PRIMARY KEY,
  topic TEXT NOT NULL,
  payload BLOB NOT NULL,
  properties BLOB NOT NULL,     -- those passed on, encoded as on the wire
  qos INTEGER NOT NULL CHECK (qos BETWEEN 0 AND 2),
  retain INTEGER NOT NULL,
  expires INTEGER NOT NULL      -- ms since 1970; 0: never; below 0: of a will, its life in ms
) STRICT;
CREATE TABLE queued (
  session INTEGER NOT NULL,
  position INTEGER NOT NULL,    -- packet id = position % 65535 + 1
  message INTEGER NOT NULL,
  qos INTEGER NOT NULL CHECK (qos BETWEEN 1 AND 2),
  retain INTEGER NOT NULL,
  identifiers BLOB NOT NULL,    -- of subscriptions, 4 bytes each
  released INTEGER NOT NULL,    -- 1: PUBREC has come
  PRIMARY KEY (session, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE inbound (
  session INTEGER NOT NULL,
  packet_id INTEGER NOT NULL,
  message INTEGER NOT NULL,     -- waits for PUBREL; 0: was handed on
  PRIMARY KEY (session, packet_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE will (
  session INTEGER PRIMARY KEY,  -- which need not be kept itself
  key TEXT NOT NULL,
  client_id TEXT NOT NULL,
  token INTEGER NOT NULL,
  message INTEGER NOT NULL,
  delay INTEGER NOT NULL        -- seconds
) STRICT;
CREATE TABLE retained (
  topic TEXT PRIMARY KEY,
  message INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)";

/// Version 2 knows what was sent, messages that wait for PUBREL, and wills.
constexpr const char* kToVersion2 = R"(
ALTER TABLE session ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
UPDATE session SET sent = COALESCE((SELECT max(position) + 1 FROM queued WHERE queued.session = session.number), 0);
ALTER TABLE inbound ADD COLUMN message INTEGER NOT NULL DEFAULT 0;
CREATE TABLE will (session INTEGER PRIMARY KEY, key TEXT NOT NULL, client_id TEXT NOT NULL, token INTEGER NOT NULL,
  message INTEGER NOT NULL, delay INTEGER NOT NULL) STRICT;
)";

std::int64_t options_byte(const SubscribeOptions& o) {
  return o.qos | (o.no_local ? 4 : 0) | (o.retain_as_published ? 8 : 0) | o.retain_handling << 4;
}

SubscribeOptions from_options_byte(std::int64_t byte) {
  return {.qos = static_cast<std::uint8_t>(byte & 3),
          .no_local = (byte & 4) != 0,
          .retain_as_published = (byte & 8) != 0,
          .retain_handling = static_cast<std::uint8_t>(byte >> 4 & 3)};
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t unsign(std::int64_t value) { return static_cast<std::uint64_t>(value); }

class SqliteSessionStore final : public SessionStore {
 public:
  explicit SqliteSessionStore(sqlite::Database db) : db_(std::move(db)) {}

  Result<> prepare_all() {
    static constexpr std::pair<Kind, const char*> kStatements[] = {
        {Kind::put_session, "INSERT OR REPLACE INTO session VALUES (?,?,?,?,?,?,?,?,?)"},
        {Kind::drop_session, "DELETE FROM session WHERE number = ?"},
        {Kind::put_subscription, "INSERT OR REPLACE INTO subscription VALUES (?,?,?,?)"},
        {Kind::drop_subscription, "DELETE FROM subscription WHERE session = ? AND filter = ?"},
        {Kind::put_message, "INSERT OR REPLACE INTO message VALUES (?,?,?,?,?,?,?)"},
        {Kind::drop_message, "DELETE FROM message WHERE number = ?"},
        {Kind::put_queued, "INSERT OR REPLACE INTO queued VALUES (?,?,?,?,?,?,0)"},
        {Kind::set_released, "UPDATE queued SET released = 1 WHERE session = ? AND position = ?"},
        {Kind::drop_queued, "DELETE FROM queued WHERE session = ? AND position = ?"},
        {Kind::put_inbound, "INSERT OR REPLACE INTO inbound VALUES (?,?,?)"},
        {Kind::drop_inbound, "DELETE FROM inbound WHERE session = ? AND packet_id = ?"},
        {Kind::put_retained, "INSERT OR REPLACE INTO retained VALUES (?,?)"},
        {Kind::drop_retained, "DELETE FROM retained WHERE topic = ?"},
        {Kind::put_will, "INSERT OR REPLACE INTO will VALUES (?,?,?,?,?,?)"},
        {Kind::drop_will, "DELETE FROM will WHERE session = ?"},
    };
    statements_.resize(static_cast<std::size_t>(Kind::drop_will) + 1);
    for (const auto& [kind, sql] : kStatements) {
      TRY(statements_[static_cast<std::size_t>(kind)], db_.prepare(sql));
    }
    for (const char* sql : {"DELETE FROM subscription WHERE session = ?", "DELETE FROM queued WHERE session = ?",
                            "DELETE FROM inbound WHERE session = ?"}) {
      TRY(auto statement, db_.prepare(sql));
      of_session_.push_back(std::move(statement));
    }
    return {};
  }

  Result<> apply(std::span<const Change> changes) override {
    TRY(auto transaction, sqlite::Transaction::begin(db_));
    for (const auto& change : changes) {
      if (change.kind == Kind::none) continue;
      TRY_VOID(apply(change));
    }
    return transaction.commit();
  }

  Result<StoredState> load() override {
    StoredState state;
    TRY_VOID(load_messages(state));
    TRY_VOID(load_sessions(state));
    TRY_VOID(load_queued(state));
    return state;
  }

 private:
  Result<> apply(const Change& c) {
    auto& s = statements_[static_cast<std::size_t>(c.kind)];
    switch (c.kind) {
      case Kind::put_session:
        s.bind(1, number(c.session)).bind(2, c.text).bind(3, c.second).bind(4, std::int64_t{c.token.value});
        s.bind(5, std::int64_t{std::to_underlying(c.role)}).bind(6, std::int64_t{std::to_underlying(c.version)});
        s.bind(7, number(c.number)).bind(8, c.at).bind(9, number(c.sent));
        break;
      case Kind::drop_session:
        for (auto& statement : of_session_) {
          statement.bind(1, number(c.session));
          TRY_VOID(statement.run());
        }
        s.bind(1, number(c.session));
        break;
      case Kind::put_subscription:
        s.bind(1, number(c.session)).bind(2, c.text).bind(3, options_byte(c.options)).bind(4, number(c.number));
        break;
      case Kind::drop_subscription: s.bind(1, number(c.session)).bind(2, c.text); break;
      case Kind::put_message:
        s.bind(1, number(c.message)).bind(2, c.text).bind_blob(3, bytes_of(c.second)).bind_blob(4, bytes_of(c.third));
        s.bind(5, std::int64_t{c.qos}).bind(6, std::int64_t{c.retain}).bind(7, c.at);
        break;
      case Kind::put_queued:
        s.bind(1, number(c.session)).bind(2, number(c.number)).bind(3, number(c.message)).bind(4, std::int64_t{c.qos});
        s.bind(5, std::int64_t{c.retain}).bind_blob(6, bytes_of(c.third));
        break;
      case Kind::drop_message: s.bind(1, number(c.message)); break;
      case Kind::set_released:
      case Kind::drop_queued:
      case Kind::drop_inbound: s.bind(1, number(c.session)).bind(2, number(c.number)); break;
      case Kind::put_inbound: s.bind(1, number(c.session)).bind(2, number(c.number)).bind(3, number(c.message)); break;
      case Kind::put_will:
        s.bind(1, number(c.session)).bind(2, c.text).bind(3, c.second).bind(4, std::int64_t{c.token.value});
        s.bind(5, number(c.message)).bind(6, number(c.number));
        break;
      case Kind::drop_will: s.bind(1, number(c.session)); break;
      case Kind::put_retained: s.bind(1, c.text).bind(2, number(c.message)); break;
      case Kind::drop_retained: s.bind(1, c.text); break;
      case Kind::none: return {};
    }
    return s.run();
  }

  Result<> load_messages(StoredState& state) {
    TRY(auto rows, db_.prepare("SELECT number, topic, payload, properties, qos, retain, expires FROM message"));
    return each(rows, state, [](sqlite::Statement& row, Change& c) {
      c.kind = Kind::put_message;
      c.message = unsign(row.integer(0));
      c.text = row.text(1);
      c.second = text_of(row.blob(2));
      c.third = text_of(row.blob(3));
      c.qos = static_cast<std::uint8_t>(row.integer(4));
      c.retain = row.integer(5) != 0;
      c.at = row.integer(6);
    });
  }

  Result<> load_sessions(StoredState& state) {
    TRY(auto sessions,
        db_.prepare("SELECT number, key, client_id, token, role, version, expiry, gone, sent FROM session "
                    "ORDER BY number"));
    TRY_VOID(each(sessions, state, [](sqlite::Statement& row, Change& c) {
      c.kind = Kind::put_session;
      c.session = unsign(row.integer(0));
      c.text = row.text(1);
      c.second = row.text(2);
      c.token = TokenId(static_cast<std::uint32_t>(row.integer(3)));
      c.role = static_cast<Principal::Role>(row.integer(4));
      c.version = static_cast<Version>(row.integer(5));
      c.number = unsign(row.integer(6));
      c.at = row.integer(7);
      c.sent = unsign(row.integer(8));
    }));
    TRY(auto subscriptions, db_.prepare("SELECT session, filter, options, identifier FROM subscription"));
    return each(subscriptions, state, [](sqlite::Statement& row, Change& c) {
      c.kind = Kind::put_subscription;
      c.session = unsign(row.integer(0));
      c.text = row.text(1);
      c.options = from_options_byte(row.integer(2));
      c.number = unsign(row.integer(3));
    });
  }

  Result<> load_queued(StoredState& state) {
    TRY(auto queued, db_.prepare("SELECT session, position, message, qos, retain, identifiers FROM queued "
                                 "ORDER BY session, position"));
    TRY_VOID(each(queued, state, [](sqlite::Statement& row, Change& c) {
      c.kind = Kind::put_queued;
      c.session = unsign(row.integer(0));
      c.number = unsign(row.integer(1));
      c.message = unsign(row.integer(2));
      c.qos = static_cast<std::uint8_t>(row.integer(3));
      c.retain = row.integer(4) != 0;
      c.third = text_of(row.blob(5));
    }));
    TRY(auto released, db_.prepare("SELECT session, position FROM queued WHERE released = 1"));
    TRY_VOID(each(released, state, [](sqlite::Statement& row, Change& c) {
      c.kind = Kind::set_released;
      c.session = unsign(row.integer(0));
      c.number = unsign(row.integer(1));
    }));
    TRY(auto inbound, db_.prepare("SELECT session, packet_id, message FROM inbound"));
    TRY_VOID(each(inbound, state, [](sqlite::Statement& row, Change& c) {
      c.kind = Kind::put_inbound;
      c.session = unsign(row.integer(0));
      c.number = unsign(row.integer(1));
      c.message = unsign(row.integer(2));
    }));
    return load_kept(state);
  }

  Result<> load_kept(StoredState& state) {
    TRY(auto wills, db_.prepare("SELECT session, key, client_id, token, message, delay FROM will"));
    TRY_VOID(each(wills, state, [](sqlite::Statement& row, Change& c) {
      c.kind = Kind::put_will;
      c.session = unsign(row.integer(0));
      c.text = row.text(1);
      c.second = row.text(2);
      c.token = TokenId(static_cast<std::uint32_t>(row.integer(3)));
      c.message = unsign(row.integer(4));
      c.number = unsign(row.integer(5));
    }));
    TRY(auto retained, db_.prepare("SELECT topic, message FROM retained"));
    return each(retained, state, [](sqlite::Statement& row, Change& c) {
      c.kind = Kind::put_retained;
      c.text = row.text(0);
      c.message = unsign(row.integer(1));
    });
  }

  template <class Fill>
  static Result<> each(sqlite::Statement& rows, StoredState& state, Fill fill) {
    for (;;) {
      TRY(const bool more, rows.step());
      if (!more) return {};
      fill(rows, state.changes.emplace_back());
    }
  }

  sqlite::Database db_;
  std::vector<sqlite::Statement> statements_;  // by kind
  std::vector<sqlite::Statement> of_session_;
};

}  // namespace

Result<std::unique_ptr<SessionStore>> open_sqlite_session_store(const std::string& path) {
  TRY(auto db, sqlite::Database::open(path, {.durable = true}));
  TRY(const auto version, db.user_version());
  if (version > kVersion) {
    return fail(ErrorKind::invalid, path + " was written by a newer version; it holds MQTT sessions");
  }
  if (version == 0) {
    TRY(auto transaction, sqlite::Transaction::begin(db));
    TRY_VOID(db.exec(kSchema));
    TRY_VOID(db.set_user_version(kVersion));
    TRY_VOID(transaction.commit());
  }
  if (version == 1) {
    TRY(auto transaction, sqlite::Transaction::begin(db));
    TRY_VOID(db.exec(kToVersion2));
    TRY_VOID(db.set_user_version(kVersion));
    TRY_VOID(transaction.commit());
  }
  auto store = std::make_unique<SqliteSessionStore>(std::move(db));
  TRY_VOID(store->prepare_all());
  return std::unique_ptr<SessionStore>(std::move(store));
}

}  // namespace qala::mqtt

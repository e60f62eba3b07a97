#include "base/sqlite.h"

#include <cerrno>
#include <utility>

#include <sqlite3.h>

#include "base/file.h"

namespace qala::sqlite {

namespace {

/// SQLite tells of a disk without room by FULL only where it writes rows; what it makes beside the file (-wal, -shm) it
/// then cannot open, or has an I/O error with.
bool is_full(sqlite3* db, int code) {
  const int primary = code & 0xff;
  if (primary == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE) return true;
  if (!db || (primary != SQLITE_IOERR && primary != SQLITE_CANTOPEN)) return false;
  const int why = sqlite3_system_errno(db);
  return why == ENOSPC || why == EDQUOT;
}

ErrorKind kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorKind::corrupt;
    case SQLITE_IOERR: return ErrorKind::unavailable;  // of the disk or its cable: says nothing of the file
    case SQLITE_CONSTRAINT: return ErrorKind::conflict;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ErrorKind::unavailable;
    case SQLITE_CANTOPEN: return ErrorKind::not_found;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH: return ErrorKind::denied;
    default: return ErrorKind::internal;
  }
}

Error error_of(sqlite3* db, int code, std::string_view doing) {
  if (is_full(db, code)) return Error{ErrorKind::full, std::string(doing) + ": the disk is full"};
  return Error{kind_of(code), std::string(doing) + ": " + (db ? sqlite3_errmsg(db) : sqlite3_errstr(code))};
}

}  // namespace

Statement::Statement(Statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(handle_); }

Statement& Statement::bind(int at, std::int64_t value) {
  sqlite3_bind_int64(handle_, at, value);
  return *this;
}

Statement& Statement::bind(int at, double value) {
  sqlite3_bind_double(handle_, at, value);
  return *this;
}

Statement& Statement::bind(int at, std::string_view text) {
  sqlite3_bind_text64(handle_, at, text.data() ? text.data() : "", text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_blob(int at, std::span<const std::byte> bytes) {
  static const char nothing = 0;
  sqlite3_bind_blob64(handle_, at, bytes.empty() ? static_cast<const void*>(&nothing) : bytes.data(), bytes.size(),
                      SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind_null(int at) {
  sqlite3_bind_null(handle_, at);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  Error error = error_of(sqlite3_db_handle(handle_), code, sqlite3_sql(handle_));
  reset();
  return error;
}

Result<> Statement::run() {
  TRY([[maybe_unused]] const bool row, step());
  reset();
  return {};
}

void Statement::reset() {
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }
double Statement::real(int column) const { return sqlite3_column_double(handle_, column); }

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  return bytes ? std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))) : std::string();
}

std::vector<std::byte> Statement::blob(int column) const {
  const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(handle_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
  return bytes ? std::vector<std::byte>(bytes, bytes + size) : std::vector<std::byte>();
}

bool Statement::is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }

Result<Database> Database::open(const std::string& path, Options options) {
  sqlite3* handle = nullptr;
  const int flags = options.read_only ? SQLITE_OPEN_READONLY : (SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database db(handle);
  if (code != SQLITE_OK) return error_of(handle, code, "opening " + path);
  sqlite3_busy_timeout(handle, 10'000);
  sqlite3_extended_result_codes(handle, 1);
  std::string setup = "PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-" +
                      std::to_string(options.cache_kib) + ";";
  if (!options.read_only) {
    setup += "PRAGMA journal_mode=WAL; PRAGMA synchronous=";
    setup += options.durable ? "FULL;" : "OFF;";
  }
  TRY_VOID(db.exec(setup).context("opening " + path));
  return db;
}

Database::Database(Database&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}

Database::~Database() { sqlite3_close_v2(handle_); }

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &statement, nullptr);
  if (code != SQLITE_OK) return error_of(handle_, code, sql);
  return Statement(statement);
}

Result<> Database::exec(std::string_view sql) {
  const std::string text(sql);
  const int code = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error_of(handle_, code, sql.substr(0, 200));
  return {};
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_); }
std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }

Result<std::int64_t> Database::user_version() {
  TRY(auto statement, prepare("PRAGMA user_version"));
  TRY([[maybe_unused]] const bool row, statement.step());
  return statement.integer(0);
}

Result<> Database::set_user_version(std::int64_t version) {
  return exec("PRAGMA user_version=" + std::to_string(version));
}

/// In pieces, each synced by itself: a commit of readings on the same disk waits for the sync of a piece, not for that
/// of the whole file. The target needs no journal, because a copy that was not finished is thrown away.
Result<> Database::copy_to(const std::string& path) {
  constexpr int kPages = 128;  // 512 KiB
  TRY(auto file, File::open(path, File::Mode::create));
  Database target(nullptr);
  const int opened =
      sqlite3_open_v2(path.c_str(), &target.handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (opened != SQLITE_OK) return error_of(target.handle_, opened, "copying to " + path);
  TRY_VOID(
      target.exec("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-512; PRAGMA cache_spill=1"));
  sqlite3_backup* backup = sqlite3_backup_init(target.handle_, "main", handle_, "main");
  if (!backup) return error_of(target.handle_, sqlite3_errcode(target.handle_), "copying to " + path);
  int code = SQLITE_OK;
  Result<> synced;
  while (code == SQLITE_OK && synced) {
    code = sqlite3_backup_step(backup, kPages);
    synced = file.sync_data();
  }
  sqlite3_backup_finish(backup);
  TRY_VOID(std::move(synced));
  if (code != SQLITE_DONE) return error_of(target.handle_, code, "copying to " + path);
  target = Database(nullptr);  // closed: everything is written
  return file.sync_data();
}

Result<Transaction> Transaction::begin(Database& db) {
  TRY_VOID(db.exec("BEGIN IMMEDIATE"));
  return Transaction(db);
}

Transaction::Transaction(Transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}

Transaction::~Transaction() {
  if (db_) [[maybe_unused]]
    auto ignored = db_->exec("ROLLBACK");  // fails only when there is nothing to roll back
}

Result<> Transaction::commit() {
  TRY_VOID(db_->exec("COMMIT"));
  db_ = nullptr;
  return {};
}

}  // namespace qala::sqlite

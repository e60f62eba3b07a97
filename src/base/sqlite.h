#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace qala::sqlite {

/// A prepared statement, reset and rebound for each use. Parameters count from 1, columns from 0.
/// Not thread-safe; must not outlive its Database.
class Statement {
 public:
  Statement() = default;
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  Statement& bind(int at, std::int64_t value);
  Statement& bind(int at, double value);
  Statement& bind(int at, std::string_view text);
  Statement& bind_blob(int at, std::span<const std::byte> bytes);
  Statement& bind_null(int at);

  /// True while there is a row. After false or an error the statement is reset and its parameters cleared.
  Result<bool> step();
  /// For statements without rows.
  Result<> run();
  void reset();

  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  std::vector<std::byte> blob(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
  sqlite3_stmt* handle_ = nullptr;
};

/// How a database file is opened.
struct Options {
  bool read_only = false;
  /// fsync before each COMMIT returns. Off only for data that can be rebuilt.
  bool durable = true;
  std::int64_t cache_kib = 4096;
};

/// One connection to one SQLite file in WAL mode, foreign keys on, `secure_delete` on, busy time-out 10 s.
/// Used from one thread at a time.
class Database {
 public:
  static Result<Database> open(const std::string& path, Options options = {});
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;
  ~Database();

  Result<Statement> prepare(std::string_view sql);
  /// One or more statements without parameters.
  Result<> exec(std::string_view sql);
  std::int64_t last_insert_id() const;
  std::int64_t changes() const;
  /// `PRAGMA user_version`, the schema version of the file.
  Result<std::int64_t> user_version();
  Result<> set_user_version(std::int64_t version);
  /// Copies the whole database to `path` while others use it (SQLite's backup interface).
  Result<> copy_to(const std::string& path);

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  sqlite3* handle_ = nullptr;
};

/// Rolls back when it goes out of scope without commit().
class Transaction {
 public:
  static Result<Transaction> begin(Database& db);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<> commit();

 private:
  explicit Transaction(Database& db) : db_(&db) {}
  Database* db_;
};

}  // namespace qala::sqlite

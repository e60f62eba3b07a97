#pragma once

#include <expected>
#include <utility>

#include "base/error.h"

namespace qala {

/// A value or an Error. `[[nodiscard]]`: a failure cannot be overlooked.
template <class T = void>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
  Result(Error error) : std::expected<T, Error>(std::unexpected(std::move(error))) {}

  /// Says what we were doing, if it failed.
  Result context(std::string_view doing) && {
    if (!this->has_value()) this->error() = this->error().context(doing);
    return std::move(*this);
  }
};

inline Error fail(ErrorKind kind, std::string message) { return Error{kind, std::move(message)}; }

}  // namespace qala

#define QALA_CONCAT_(a, b) a##b
#define QALA_CONCAT(a, b) QALA_CONCAT_(a, b)

/// `TRY(auto row, db.one(sql));` declares row or returns the error to the caller.
#define TRY(declaration, expression) TRY_(declaration, expression, return, QALA_CONCAT(try_, __LINE__))
/// `TRY_VOID(db.exec(sql));`
#define TRY_VOID(expression) \
  do { \
    if (auto try_result = (expression); !try_result) return std::move(try_result.error()); \
  } while (false)
/// The same inside coroutines: `CO_TRY(auto page, co_await fetch());`
#define CO_TRY(declaration, expression) TRY_(declaration, expression, co_return, QALA_CONCAT(try_, __LINE__))
#define CO_TRY_VOID(expression) \
  do { \
    if (auto try_result = (expression); !try_result) co_return std::move(try_result.error()); \
  } while (false)

#define TRY_(declaration, expression, ret, name) \
  auto name = (expression); \
  if (!name) ret std::move(name.error()); \
  declaration = std::move(*name)

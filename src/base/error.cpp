#include "base/error.h"

#include <cerrno>
#include <cstring>

namespace qala {

std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::invalid: return "invalid";
    case ErrorKind::conflict: return "conflict";
    case ErrorKind::denied: return "denied";
    case ErrorKind::unavailable: return "unavailable";
    case ErrorKind::timeout: return "timeout";
    case ErrorKind::corrupt: return "corrupt";
    case ErrorKind::full: return "full";
    case ErrorKind::cancelled: return "cancelled";
    case ErrorKind::internal: return "internal";
  }
  return "internal";
}

Error Error::context(std::string_view doing) const { return Error{kind, std::string(doing) + ": " + message}; }

namespace {
ErrorKind kind_of_errno(int code) {
  switch (code) {
    case ENOENT: return ErrorKind::not_found;
    case EACCES:
    case EPERM:
    case EROFS: return ErrorKind::denied;
    case ENOSPC:
    case EDQUOT: return ErrorKind::full;
    case EADDRINUSE:
    case EEXIST: return ErrorKind::conflict;
    case ETIMEDOUT: return ErrorKind::timeout;
    case EIO: return ErrorKind::corrupt;
    case EMFILE:
    case ENFILE:
    case EAGAIN: return ErrorKind::unavailable;
    default: return ErrorKind::internal;
  }
}
}  // namespace

Error from_errno(int code, std::string_view doing) {
  return Error{kind_of_errno(code), std::string(doing) + ": " + std::strerror(code)};
}

}  // namespace qala

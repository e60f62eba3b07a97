#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/result.h"

namespace qala::oidc {

struct FetchRequest {
  std::string url = {};
  std::string form = {};            ///< not empty: POST of a form
  std::string user = {}, password = {};  ///< not empty: HTTP Basic
  std::string bearer = {};
};
struct FetchAnswer {
  long status = 0;
  std::string body = {};
};

/// Asks the provider and waits for the answer. Not thread-safe.
class Fetch {
 public:
  virtual ~Fetch() = default;
  /// `unavailable`, `timeout`: no answer. Any status is an answer.
  virtual Result<FetchAnswer> fetch(const FetchRequest& request) = 0;
};

/// By libcurl: at most ten seconds, at most 1 MiB, no redirects, certificates by the system's authorities or `ca_file`,
/// http only on this machine.
std::unique_ptr<Fetch> make_curl_fetch(std::string ca_file, std::chrono::milliseconds limit = std::chrono::seconds(10));

}  // namespace qala::oidc

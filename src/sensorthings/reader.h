#pragma once

#include <string>

#include "base/clock.h"
#include "sensorthings/ask.h"
#include "sensorthings/page.h"

namespace qala::sensorthings {

/// Where else the service can be reached, for the root document.
struct Endpoints {
  std::vector<std::string> mqtt = {};  ///< "mqtt://town.kz:1883"
};

/// Answers GET. Any thread; takes milliseconds to seconds: on the pool.
class Reader {
 public:
  Reader(const Town& town, const Clock& clock, Limits limits) : town_(town), clock_(clock), limits_(limits) {}
  Answer get(const Ask& ask) const;
  void set_endpoints(Endpoints endpoints) { endpoints_ = std::move(endpoints); }
  /// One entity with all its properties and links, as it is told by MQTT. `select`: of a topic, may be empty.
  Result<std::string> entity(const Ref& entity, std::string_view root, const Query& query) const;

 private:
  Answer root(const Ask& ask) const;
  Result<Answer> answer(const Ask& ask) const;

  const Town& town_;
  const Clock& clock_;
  const Limits limits_;
  Endpoints endpoints_;
};

}  // namespace qala::sensorthings

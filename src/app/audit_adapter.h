#pragma once

#include "audit/audit.h"
#include "registry/registry.h"

namespace qala::app {

/// Lets the rooms write into the audit chain. Writer thread.
class AuditAdapter final : public audit::AuditSink {
 public:
  explicit AuditAdapter(audit::Log& log) : log_(log) {}
  Result<> record(const audit::Actor& actor, std::string_view action, std::string_view object,
                  std::string_view detail_json) override {
    return log_.append({.actor = actor,
                        .action = std::string(action),
                        .object = std::string(object),
                        .detail = std::string(detail_json)});
  }
  Result<> record_all(const audit::Actor& actor, std::string_view action,
                      std::span<const std::string> objects) override {
    std::vector<audit::Event> events;
    for (const std::string& object : objects)
      events.push_back({.actor = actor, .action = std::string(action), .object = object, .detail = "{}"});
    return log_.append(events);
  }

 private:
  audit::Log& log_;
};

}  // namespace qala::app

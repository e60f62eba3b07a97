#pragma once

#include "audit/sink.h"

namespace qala::tests {

/// For tests that are not about the audit: everything is recorded nowhere.
class NoAudit final : public audit::AuditSink {
 public:
  Result<> record(const audit::Actor&, std::string_view, std::string_view, std::string_view) override { return {}; }
};

}  // namespace qala::tests

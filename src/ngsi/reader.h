#pragma once

#include "ngsi/ask.h"
#include "ngsi/options.h"
#include "ngsi/town.h"

namespace qala::ngsi {

/// Answers what NGSI-LD asks of the town (ETSI GS CIM 009), reading only. Any thread; holds nothing between requests.
class Reader {
 public:
  explicit Reader(Town town) : town_(std::move(town)) {}
  Answer get(const Ask& ask) const;
  /// What a writing method hears: 405 with Allow where something is read, 501 what is not done here, 404 elsewhere.
  static Answer refuse_writing(const Ask& ask);

 private:
  using Outcome = std::expected<Answer, Refusal>;
  Outcome entities(const Ask& ask, bool ld) const;
  Outcome entity(const Ask& ask, std::string_view id, bool ld) const;
  Outcome temporal(const Ask& ask, std::string_view id, bool ld) const;
  Outcome types(const Ask& ask, bool ld) const;
  Outcome type(const Ask& ask, std::string_view name, bool ld) const;
  std::vector<Entity> told(std::span<const Model* const> models) const;

  Town town_;
};

}  // namespace qala::ngsi

#pragma once

#include <string>
#include <vector>

#include "sensorthings/steps.h"
#include "sensorthings/writer.h"

namespace qala::sensorthings {

/// POST /CreateObservations: many observations as rows of arrays. Read at first, then stored some hundred rows at a
/// time: one bad row does not fail the rest anyway.
class ObservationsUpload final : public Steps {
 public:
  static constexpr std::size_t kStep = 500;
  /// Both must outlive it.
  ObservationsUpload(Writer& writer, const Ask& ask) : writer_(writer), ask_(ask) {}

  Next next() const override;
  void step() override;
  Answer answer() override;

 private:
  struct Group {
    const Json* stream = nullptr;
    std::vector<std::string> components;
    const Json* rows = nullptr;
  };
  Result<> read();
  static Result<Group> group_of(const Json& json);
  static Json observation_of(const Group& group, const Json& row);
  Result<> store_some();

  Writer& writer_;
  const Ask& ask_;
  bool begun_ = false;
  Json body_;
  std::vector<Group> groups_;
  std::size_t group_ = 0, row_ = 0;
  std::vector<std::string> lines_;  ///< addresses; empty: an error
  std::vector<std::string> made_;   ///< paths of what was not there before
  Result<> failed_;
  bool any_ = false;  ///< something is stored
};

}  // namespace qala::sensorthings

#pragma once

#include <string>
#include <vector>

#include "sensorthings/writer.h"

namespace qala::sensorthings {

/// POST /CreateObservations: many observations as rows of arrays. Read on any thread, then stored some hundred rows at
/// a time, so that the writer has room for others in between: one bad row does not fail the rest anyway.
class ObservationsUpload {
 public:
  static constexpr std::size_t kStep = 500;
  explicit ObservationsUpload(const Ask& ask);

  /// Writer thread. True: there is more to do.
  bool step(Writer& writer);
  /// Once step() says that there is no more.
  Answer answer() &&;

 private:
  struct Group {
    const Json* stream = nullptr;
    std::vector<std::string> components;
    const Json* rows = nullptr;
  };
  Result<> read();
  static Result<Group> group_of(const Json& json);
  static Json observation_of(const Group& group, const Json& row);

  const Ask& ask_;
  Json body_;
  std::vector<Group> groups_;
  std::size_t group_ = 0, row_ = 0;
  std::vector<std::string> lines_;  ///< addresses; empty: an error
  std::vector<std::string> made_;   ///< paths of what was not there before
  Result<> failed_;
  bool any_ = false;  ///< something is stored
};

}  // namespace qala::sensorthings

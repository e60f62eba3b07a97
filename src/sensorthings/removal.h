#pragma once

#include <vector>

#include "sensorthings/steps.h"
#include "sensorthings/writer.h"

namespace qala::sensorthings {

/// DELETE of an entity, or of those of a collection that a $filter names. They are looked for some thousand at a time
/// and go one by one, observations some hundred at once; with a FeatureOfInterest go its observations first. What went
/// stays gone if a later step fails.
class Removal final : public Steps {
 public:
  static constexpr std::size_t kStep = 250;
  /// Both must outlive it.
  Removal(Writer& writer, const Ask& ask) : writer_(writer), ask_(ask) {}

  Next next() const override;
  void step() override;
  Answer answer() override { return std::move(answer_); }

 private:
  struct Search {
    Collection from = {};
    Query query = {};
    Ref feature = {};  ///< goes when all of its observations, which this looks for, have gone
    std::vector<Ref> found = {};
    std::size_t at = 0;
    bool more = true;
    bool over() const { return at == found.size() && !more; }
  };
  Result<> begin();
  Result<> find_some(Search& search) const;
  Result<> remove_some(Search& search);
  Result<> remove(const Ref& entity);
  void look_for_observations_of(const Ref& feature);

  Writer& writer_;
  const Ask& ask_;
  bool begun_ = false;
  std::vector<Search> searches_;  ///< the innermost last
  Answer answer_;
};

}  // namespace qala::sensorthings

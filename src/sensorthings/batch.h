#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sensorthings/batch_format.h"
#include "sensorthings/service.h"
#include "sensorthings/steps.h"

namespace qala::sensorthings {

/// POST /$batch. Requests in order, answers in the same order; what fails does not stop the others, but those of its
/// own atomicity group or changeset. What only reads never asks the writer thread for anything. What changes something
/// is a step of its own, or one for all of a group that stand together; what is long takes steps in a group as well.
/// Answers of GETs are kept up to a number of bytes; the one beyond and all further GETs are refused (413).
class Batch final : public Steps {
 public:
  static constexpr std::size_t kMostBytes = 32 << 20;
  /// `service` and `ask` must outlive it. `may_read`: of who asks.
  Batch(Service& service, const Ask& ask, bool may_read, std::size_t most_bytes = kMostBytes)
      : service_(service), ask_(ask), may_read_(may_read), most_bytes_(most_bytes) {}

  Next next() const override;
  void step() override;
  Answer answer() override;

 private:
  void begin();
  void read_part();
  void write_parts();
  /// Keeps what became of the part at `at_`, and goes on to the next that is to be done.
  void settle(Answer answer);
  void take_back();
  bool changes(const Part& part) const;
  Answer get(const Ask& ask);
  std::unique_ptr<Steps> long_one();
  Result<Ask> ask_of(const Part& part) const;
  std::string referred(std::string url) const;
  std::string with_ids(const std::string& body) const;
  void replace(Json& json) const;

  Service& service_;
  const Ask& ask_;
  const bool may_read_;
  const std::size_t most_bytes_;
  bool begun_ = false;
  std::optional<Answer> refused_;  ///< the batch as a whole
  std::vector<Part> parts_;
  std::size_t at_ = 0, group_from_ = 0;
  std::optional<Ask> asked_;  ///< what the part at `at_` asks, if it is to be written
  std::unique_ptr<Steps> long_one_;  ///< the same, if it has steps of its own
  std::vector<std::string> made_here_;  ///< by the group so far: paths
  std::vector<std::string> take_back_;
  std::size_t bytes_ = 0;  ///< of answers of GETs
  bool full_ = false;
  std::map<std::string, std::string> made_;  ///< request id to the address of what it made
};

}  // namespace qala::sensorthings

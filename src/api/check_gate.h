#pragma once

#include <map>
#include <string>

namespace qala::api {

/// How many passwords may be checked at a time: a check costs 25 ms of a processor on purpose, also for names that do
/// not exist, and whoever sends many must not keep all others waiting. Network thread.
class CheckGate {
 public:
  static constexpr int kOfOnePlace = 6, kInAll = 12;

  /// A place among those being checked; given back at its end. False: there is none.
  class Pass {
   public:
    Pass(CheckGate& gate, const std::string& place) {
      const auto here = gate.by_place_.find(place);
      if (gate.all_ >= kInAll || (here != gate.by_place_.end() && here->second >= kOfOnePlace)) return;
      gate.by_place_[place]++;
      gate.all_++;
      gate_ = &gate;
      place_ = place;
    }
    ~Pass() {
      if (!gate_) return;
      gate_->all_--;
      if (--gate_->by_place_[place_] == 0) gate_->by_place_.erase(place_);
    }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    explicit operator bool() const { return gate_ != nullptr; }

   private:
    CheckGate* gate_ = nullptr;
    std::string place_;
  };

 private:
  std::map<std::string, int> by_place_;
  int all_ = 0;
};

}  // namespace qala::api

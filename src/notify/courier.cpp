#include "notify/courier.h"

#include "notify/errand.h"

namespace qala::notify {

struct Courier::Impl {
  CourierOptions options;
  transfers::Loop loop{transfers::LoopOptions{.name = "courier", .at_once = kAtOnce, .most_waiting = kMostWaiting}};
};

Courier::Courier(CourierOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Courier::~Courier() { stop(std::chrono::milliseconds(0)); }

void Courier::send(Parcel parcel, Done done) {
  if (!impl_->options.sends) return done({.fate = Fate::never, .words = "this is a training copy: nothing is sent"});
  std::unique_ptr<transfers::Transfer> errand = std::make_unique<Errand>(std::move(parcel), done, impl_->options);
  switch (impl_->loop.send(errand)) {
    case transfers::Loop::Taken::yes: return;
    case transfers::Loop::Taken::full: return done({.fate = Fate::later, .words = "too much is waiting to be sent"});
    case transfers::Loop::Taken::ending: return errand->cut_off();
  }
}

void Courier::stop(std::chrono::milliseconds grace) { impl_->loop.stop(grace); }

}  // namespace qala::notify

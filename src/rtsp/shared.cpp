#include "rtsp/shared.h"

#include <algorithm>

namespace qala::rtsp {

Shared::Shared(boost::asio::execution_context& context)
    : service(context), buffer_(std::make_unique_for_overwrite<char[]>(kBuffer)) {
  timer_.emplace(static_cast<boost::asio::io_context&>(context));
}

void Shared::shutdown() { timer_.reset(); }

void Shared::add(Ticked& client, std::chrono::milliseconds every) {
  every_ = clients_.empty() ? every : std::min(every_, every);
  clients_.push_back(&client);
  count_++;
  if (!armed_) arm();
}

void Shared::remove(Ticked& client) {
  const auto at = std::ranges::find(clients_, &client);
  if (at == clients_.end()) return;
  *at = nullptr;
  count_--;
  if (count_ == 0 && timer_) timer_->cancel();
}

void Shared::arm() {
  armed_ = true;
  timer_->expires_after(every_);
  timer_->async_wait([this](const boost::system::error_code& ec) {
    armed_ = false;
    if (!timer_) return;
    if (!ec) {
      for (std::size_t i = 0; i < clients_.size(); i++) {
        if (clients_[i]) clients_[i]->tick();
      }
    }
    std::erase(clients_, nullptr);
    if (!clients_.empty() && !armed_) arm();
  });
}

}  // namespace qala::rtsp

#include "modbus/client.h"

#include <array>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

namespace qala::modbus {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
/// Frames thrown away because they answer an older question; more than that, and somebody plays with us.
constexpr int kMostStrangers = 16;

}  // namespace

awaitable<Result<Answer>> Client::ask(Request request, std::chrono::milliseconds patience) {
  using namespace asio::experimental::awaitable_operators;
  if (stopped_) co_return fail(ErrorKind::cancelled, "stopped");
  deadline_.expires_after(patience);
  auto first = co_await (exchange(request) || deadline_.async_wait(kTuple));
  if (stopped_) co_return fail(ErrorKind::cancelled, "stopped");
  if (first.index() == 1) co_return fail(ErrorKind::timeout, fmt::format("no answer within {} ms", patience.count()));
  auto answer = std::move(std::get<0>(first));
  if (!answer) close();
  co_return answer;
}

void Client::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  in_.clear();
}

void Client::stop() {
  stopped_ = true;
  deadline_.cancel();
  resolver_.cancel();
  close();
}

awaitable<Result<Answer>> Client::exchange(const Request& request) {
  if (!socket_.is_open()) CO_TRY_VOID(co_await connect());
  const auto bytes = encode(++transaction_, request);
  const auto [ec, sent] = co_await asio::async_write(socket_, asio::buffer(bytes), kTuple);
  if (ec) co_return fail(ErrorKind::unavailable, "the connection was lost: " + ec.message());
  co_return co_await read_answer(request);
}

awaitable<Result<>> Client::connect() {
  boost::system::error_code ec;
  std::vector<tcp::endpoint> endpoints;
  if (const auto address = asio::ip::make_address(host_, ec); !ec) endpoints.emplace_back(address, port_);
  if (ec) {
    const auto [failed, found] =
        co_await resolver_.async_resolve(host_, std::to_string(port_), tcp::resolver::numeric_service, kTuple);
    if (failed) co_return fail(ErrorKind::unavailable, "the name " + host_ + " is not known: " + failed.message());
    for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  }
  std::string words = "no address";
  for (const auto& endpoint : endpoints) {
    // A socket is "open" for us only once it is connected.
    tcp::socket fresh(socket_.get_executor());
    const auto [failed] = co_await fresh.async_connect(endpoint, kTuple);
    if (stopped_) co_return fail(ErrorKind::cancelled, "stopped");
    if (failed) {
      words = failed.message();
      continue;
    }
    fresh.set_option(tcp::no_delay(true), ec);
    fresh.set_option(asio::socket_base::keep_alive(true), ec);
    socket_ = std::move(fresh);
    in_.clear();
    co_return Result<>();
  }
  co_return fail(ErrorKind::unavailable, "no connection: " + words);
}

awaitable<Result<Answer>> Client::read_answer(const Request& request) {
  std::array<std::uint8_t, 512> block{};
  for (int strangers = 0; strangers < kMostStrangers;) {
    CO_TRY(const auto frame, cut(in_));
    if (!frame) {
      const auto [ec, size] = co_await socket_.async_read_some(asio::buffer(block), kTuple);
      if (ec) co_return fail(ErrorKind::unavailable, "the connection was lost: " + ec.message());
      in_.insert(in_.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(size));
      continue;
    }
    const bool ours = frame->transaction == transaction_;
    auto answer = ours ? answer_to(request, *frame) : Result<Answer>(Answer());
    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(frame->size));
    if (ours) co_return answer;
    strangers++;
  }
  co_return fail(ErrorKind::invalid, "answers to questions that nobody asked");
}

}  // namespace qala::modbus

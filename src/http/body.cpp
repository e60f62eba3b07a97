#include <algorithm>
#include <cstring>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/ascii.h"
#include "http/chunked.h"
#include "http/coding.h"
#include "http/connection.h"
#include "http/grow.h"

namespace qala::http {
namespace {

constexpr std::uint64_t kReserve = 1 << 20;  // a length alone buys no more memory than this
constexpr std::uint64_t kSkippedBody =
    64 << 10;  // smaller bodies nobody wants are read over, so that the connection lives
constexpr std::size_t kUnpackStep = 4 << 10;  // may become a thousand times as much
constexpr std::uint64_t kSlowLine = 4 << 10;  // bytes a second: less is nobody's line

/// Status 0: nobody is there any more to be told.
Refusal broken(const error_code& failed, bool woken) {
  if (failed == asio::error::operation_aborted && woken) return {408, "http.body_timeout", "the body took too long"};
  return {0, {}, {}};
}

const Refusal kNoRoom{503, "http.busy", "too much is being sent at once: send again a little later"};

}  // namespace

void Connection::wait_for_piece(std::int64_t began_ns, std::uint64_t have) {
  const auto& patience = core_->options.timeouts.body;
  wait_at_most(patience);
  const auto line = static_cast<std::int64_t>(have / kSlowLine) * 1'000'000'000;
  deadline_ = std::min(deadline_, began_ns + 2 * patience.count() * 1'000'000 + line);
}

asio::awaitable<std::optional<Refusal>> Connection::read_body(Exchange& exchange, const RouteOptions& limits) {
  const auto& head = exchange.head;
  const auto coding = exchange.request.header("content-encoding");
  const bool packed = equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip");
  const auto length = head.content_length.value_or(0);
  exchange.body_unread = head.chunked || length > 0;
  if (!exchange.body_unread) co_return std::nullopt;
  if (!packed && !coding.empty() && !equals_ignoring_case(coding, "identity"))
    co_return Refusal{415, "http.unknown_coding", "the body may be plain or gzip"};
  if (length > limits.body_limit) co_return Refusal{413, "http.body_too_large", "the body is larger than allowed here"};
  if (head.expect_continue && buffered().empty() && !co_await write("HTTP/1.1 100 Continue\r\n\r\n", {}))
    co_return Refusal{0, {}, {}};
  exchange.request.body = core_->take_buffer();
  auto refused =
      head.chunked ? co_await read_chunked(exchange, limits.body_limit) : co_await read_sized(exchange, length);
  wait_freely();
  if (refused) co_return refused;
  exchange.body_unread = false;
  if (packed) co_return co_await unpack(exchange, limits.unpacked_limit);
  co_return std::nullopt;
}

/// Straight from the socket into the string the handler gets; only what came with the header is copied.
asio::awaitable<std::optional<Refusal>> Connection::read_sized(Exchange& exchange, std::uint64_t length) {
  auto& body = exchange.request.body;
  const auto began = core_->now_ns();
  auto have = static_cast<std::size_t>(std::min<std::uint64_t>(length, end_ - begin_));
  body.assign(buffered().substr(0, have));
  consume(have);
  while (have < length) {
    const auto room = static_cast<std::size_t>(std::min(length, std::max<std::uint64_t>(kReserve, have * 2)));
    resize_unwritten(body, room);  // takes memory as it is filled
    while (have < room) {
      wait_for_piece(began, have);
      const auto [failed, bytes] = co_await transport_->read_some(asio::buffer(body.data() + have, room - have));
      if (failed) co_return broken(failed, woken_);
      have += bytes;
      if (!exchange.share.hold(*core_, have)) co_return kNoRoom;
    }
  }
  co_return std::nullopt;
}

asio::awaitable<std::optional<Refusal>> Connection::read_chunked(Exchange& exchange, std::uint64_t limit) {
  auto& body = exchange.request.body;
  const auto began = core_->now_ns();
  ChunkedDecoder decoder;
  body.clear();
  while (true) {
    const auto used = decoder.feed(buffered(), body, limit);
    if (!used) co_return used.error();
    consume(*used);
    if (!exchange.share.hold(*core_, body.size())) co_return kNoRoom;
    if (decoder.done()) co_return std::nullopt;
    wait_for_piece(began, body.size());
    if (const auto failed = co_await fill()) co_return broken(failed, woken_);
  }
}

asio::awaitable<std::optional<Refusal>> Connection::unpack(Exchange& exchange, std::uint64_t limit) {
  auto& body = exchange.request.body;
  Gunzip unpacker(limit);
  std::string plain = core_->take_buffer();
  std::string_view rest = body;
  while (!rest.empty()) {
    const auto step = rest.substr(0, kUnpackStep);
    rest.remove_prefix(step.size());
    if (auto fed = unpacker.feed(step, plain); !fed) {
      if (fed.error().kind == ErrorKind::full)
        co_return Refusal{413, "http.unpacked_too_large", "the unpacked body is larger than allowed here"};
      co_return Refusal{400, "http.bad_gzip", "the body is not gzip"};
    }
    if (!exchange.share.hold(*core_, body.size() + plain.size())) co_return kNoRoom;
    if (!rest.empty()) co_await asio::post(asio::use_awaitable);  // others first: unpacking is slow
  }
  if (!unpacker.complete()) co_return Refusal{400, "http.bad_gzip", "the gzip body ends too early"};
  std::swap(body, plain);
  core_->give_back(std::move(plain));
  co_return std::nullopt;
}

asio::awaitable<std::optional<Refusal>> Connection::skip_body(Exchange& exchange) {
  const auto& head = exchange.head;
  const auto length = head.content_length.value_or(0);
  exchange.body_unread = head.chunked || length > 0;
  if (!exchange.body_unread) co_return std::nullopt;
  if (head.chunked || length > kSkippedBody || head.expect_continue) {
    exchange.keep = false;
    co_return std::nullopt;
  }
  auto refused = co_await read_sized(exchange, length);
  wait_freely();
  exchange.request.body.clear();
  if (!refused) exchange.body_unread = false;
  co_return refused;
}

}  // namespace qala::http

#include <algorithm>
#include <array>
#include <span>

#include <fmt/core.h>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "http/coding.h"
#include "http/connection.h"

namespace qala::http {
namespace {

constexpr std::size_t kWritePiece = 512 << 10;  // the reader must take one within the time-out
constexpr std::size_t kFilePiece = 256 << 10;
constexpr std::size_t kWorthPacking = 4 << 10;
constexpr std::size_t kPackStep = 64 << 10;

bool may_have_body(const Response& response) { return response.status != 204 && response.status != 304; }

bool has(const Response& response, std::string_view name) {
  return std::ranges::any_of(response.headers, [name](const auto& field) { return field.first == name; });
}

bool is_packable(const Response& response) {
  const std::string_view type = response.content_type;
  return response.body.size() > kWorthPacking && !has(response, "Content-Encoding") &&
         (type.starts_with("application/json") || type.starts_with("text/") ||
          type.starts_with("application/geo+json"));
}

}  // namespace

asio::awaitable<bool> Connection::send(Exchange& exchange, Response& response) {
  exchange.keep = exchange.keep && !core_->stopping;
  bool sent = false;
  if (!response.file.empty()) {
    sent = co_await send_path(exchange, response);
  } else if (response.stream) {
    sent = co_await send_stream(exchange, response);
  } else {
    sent = co_await send_body(exchange, response);
  }
  if (sent && (exchange.body_unread || (!exchange.keep && !buffered().empty()))) co_await drain();
  co_return sent&& exchange.keep;
}

std::string& Connection::start_head(const Exchange& exchange, const Response& response,
                                    std::optional<std::uint64_t> length, bool chunked) {
  out_.clear();
  append_head(out_, response, {length, chunked, exchange.keep, exchange.head.minor}, frame_, core_->date());
  return out_;
}

asio::awaitable<bool> Connection::send_body(Exchange& exchange, Response& response) {
  if (is_packable(response)) {
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (accepts_gzip(exchange.request.header("accept-encoding"))) co_await pack(response);
  }
  const bool body = may_have_body(response);
  const auto length = body ? std::optional<std::uint64_t>(response.body.size()) : std::nullopt;
  const bool silent = !body || exchange.request.method == Method::head;
  const std::string_view text = silent ? std::string_view{} : response.body;
  co_return co_await write(start_head(exchange, response, length), text);
}

asio::awaitable<void> Connection::pack(Response& response) {
  Gzip packer;
  std::string packed;
  std::string_view rest = response.body;
  while (!rest.empty()) {
    packer.feed(rest.substr(0, kPackStep), packed);
    rest.remove_prefix(std::min(kPackStep, rest.size()));
    if (!rest.empty()) co_await asio::post(asio::use_awaitable);  // others first: packing is slow
  }
  packer.finish(packed);
  response.body = std::move(packed);
  response.headers.emplace_back("Content-Encoding", "gzip");
}

asio::awaitable<bool> Connection::send_stream(Exchange& exchange, Response& response) {
  const bool chunked = exchange.head.minor == 1;
  if (!chunked) exchange.keep = false;
  if (!co_await write(start_head(exchange, response, std::nullopt, chunked), {})) co_return false;
  if (exchange.request.method == Method::head) co_return true;
  while (true) {
    auto piece = co_await response.stream();
    if (!piece) {
      // the status is sent: a chunked body without its end is how the client learns of it
      log::error("streamed answer failed", {{"request", exchange.request.id}, {"what", piece.error().message}});
      co_return false;
    }
    if (piece->empty()) break;
    std::string size = chunked ? fmt::format("{:x}\r\n", piece->size()) : std::string();
    if (chunked) *piece += "\r\n";
    if (!co_await write(size, *piece)) co_return false;
  }
  co_return !chunked || co_await write("0\r\n\r\n", {});
}

asio::awaitable<bool> Connection::send_path(Exchange& exchange, Response& response) {
  const auto& request = exchange.request;
  if (response.content_type.empty() || response.content_type == "application/json")
    response.content_type = content_type_of(response.file);
  // a part is a part of the plain file: players and map readers count its bytes
  const bool gzip = request.header("range").empty() && accepts_gzip(request.header("accept-encoding"));
  auto file = open_file(response.file, gzip);
  if (!file) {
    auto missing = Response::error(file.error(), file.error().kind == ErrorKind::not_found ? "http.not_found" : "");
    co_return co_await send_body(exchange, missing);
  }
  co_return co_await send_file(exchange, response, std::move(*file));
}

asio::awaitable<bool> Connection::send_file(Exchange& exchange, Response& response, FoundFile file) {
  const auto& request = exchange.request;
  response.headers.emplace_back("ETag", file.etag);
  response.headers.emplace_back("Accept-Ranges", "bytes");
  if (file.varies) response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!has(response, "Cache-Control"))
    response.headers.emplace_back("Cache-Control", file.hashed ? "public, max-age=31536000, immutable" : "no-cache");
  if (none_match_hits(request.header("if-none-match"), file.etag)) {
    response.status = 304;
    co_return co_await write(start_head(exchange, response, std::nullopt), {});
  }
  if (file.gzip) response.headers.emplace_back("Content-Encoding", "gzip");
  ByteRange range{0, file.size};
  const auto if_range = request.header("if-range");
  if (if_range.empty() || if_range == file.etag) {
    switch (parse_range(request.header("range"), file.size, range)) {
      case RangeKind::whole: break;
      case RangeKind::part:
        response.status = 206;
        response.headers.emplace_back(
            "Content-Range", fmt::format("bytes {}-{}/{}", range.first, range.first + range.count - 1, file.size));
        break;
      case RangeKind::unsatisfiable:
        response.status = 416;
        response.headers.emplace_back("Content-Range", fmt::format("bytes */{}", file.size));
        range.count = 0;
        break;
    }
  }
  auto head = start_head(exchange, response, range.count);
  if (request.method == Method::head) range.count = 0;
  co_return co_await send_file_bytes(file, range, std::move(head));
}

asio::awaitable<bool> Connection::send_file_bytes(const FoundFile& file, ByteRange range, std::string head) {
  std::string piece;
  do {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(range.count, kFilePiece)));
    if (auto read = file.file.read_at(range.first, std::as_writable_bytes(std::span(piece))); !read) {
      log::error("file cannot be read", {{"what", read.error().message}});
      co_return false;
    }
    range.first += piece.size();
    range.count -= piece.size();
    if (!co_await write(head, piece)) co_return false;
    head.clear();
  } while (range.count > 0);
  co_return true;
}

asio::awaitable<bool> Connection::write(std::string_view head, std::string_view body) {
  do {
    const auto piece = body.substr(0, kWritePiece);
    body.remove_prefix(piece.size());
    const std::array<asio::const_buffer, 2> gathered{asio::buffer(head), asio::buffer(piece)};
    wait_at_most(core_->options.timeouts.body);
    const auto failed = co_await transport_->write(gathered);
    wait_freely();
    if (failed) co_return false;
    head = {};
  } while (!body.empty());
  co_return true;
}

}  // namespace qala::http

#include "app/control.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace qala::app {

namespace asio = boost::asio;
constexpr auto tuple = asio::as_tuple(asio::use_awaitable);

Control::Control(asio::io_context& network, std::string path, Command command)
    : network_(network), path_(std::move(path)), command_(std::move(command)), acceptor_(network) {}

Result<> Control::start() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);  // of a server that was killed; the folder's lock is ours
  boost::system::error_code ec;
  const asio::local::stream_protocol::endpoint endpoint(path_);
  acceptor_.open(endpoint.protocol(), ec);
  if (!ec) acceptor_.bind(endpoint, ec);
  if (!ec) acceptor_.listen(4, ec);
  if (ec) return fail(ErrorKind::unavailable, "the control socket " + path_ + ": " + ec.message());
  ::chmod(path_.c_str(), 0600);
  return {};
}

asio::awaitable<void> Control::run() {
  for (;;) {
    auto [ec, socket] = co_await acceptor_.async_accept(tuple);
    if (ec) break;
    asio::co_spawn(network_, talk(std::move(socket)), asio::detached);
  }
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

asio::awaitable<void> Control::talk(asio::local::stream_protocol::socket socket) {
  std::string line;
  auto [ec, n] = co_await asio::async_read_until(socket, asio::dynamic_buffer(line, 8192), '\n', tuple);
  if (ec) co_return;
  line.resize(n - 1);
  const auto answer = co_await command_(std::move(line));
  const std::string text = answer ? "ok " + *answer + "\n" : "error " + answer.error().message + "\n";
  co_await asio::async_write(socket, asio::buffer(text), tuple);
}

void Control::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

Result<std::string> ask_server(const std::string& path, const std::string& line) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail(ErrorKind::invalid, path + " is too long for a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (fd >= 0) ::close(fd);
    return fail(ErrorKind::unavailable, "no server runs on this data folder");
  }
  const std::string text = line + "\n";
  std::string answer;
  if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())) {
    char buffer[4096];
    for (ssize_t n = 0; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) answer.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(fd);
  while (!answer.empty() && answer.back() == '\n') answer.pop_back();
  if (answer.starts_with("ok")) return answer.size() > 3 ? answer.substr(3) : std::string();
  if (answer.starts_with("error ")) return fail(ErrorKind::internal, answer.substr(6));
  return fail(ErrorKind::unavailable, "the server ended before it answered");
}

}  // namespace qala::app

#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/child.h"
#include "video/supervisor.h"

namespace qala::video {

/// The inside of the supervisor. Shared by it, its subscriptions and the operations under way, so that none of them
/// finds it gone; `closed_` says that nothing may happen any more.
class SupervisorCore : public std::enable_shared_from_this<SupervisorCore> {
 public:
  SupervisorCore(boost::asio::io_context& network, const Clock& clock, Supervisor::Options options,
                 Supervisor::Listener* listener);
  Result<> start();
  boost::asio::awaitable<void> stop();
  void close();  ///< kills at once

  void configure(Configuration configuration);
  void motion(std::uint32_t camera);
  std::unique_ptr<Subscription> subscribe(Type type, std::string payload, Sink& sink);
  void unsubscribe(std::uint32_t subject);
  void consumed(std::uint32_t subject, std::uint64_t bytes);

  struct Answer {
    Type type = Type::answer;
    std::string payload;
  };
  boost::asio::awaitable<Result<Answer>> ask(Type type, std::string payload, std::chrono::milliseconds patience);

  std::shared_ptr<const Status> status() const;
  WorkerHealth health() const;

 private:
  using Socket = boost::asio::local::stream_protocol::socket;
  struct Subscribed {
    Type type = Type::watch;
    std::string payload;
    Sink* sink = nullptr;
    std::uint64_t consumed = 0;  ///< not yet told to the worker
  };
  struct Question {
    explicit Question(boost::asio::io_context& io) : timer(io) {}
    boost::asio::steady_timer timer;
    std::optional<Result<Answer>> answer;
  };

  void launch();
  void launch_later(const std::string& words);
  void accept();
  bool is_our_child(Socket& socket) const;
  void connected(Socket socket);
  void read(std::uint64_t connection);
  void write(std::uint64_t connection);
  void send(Type type, std::uint32_t subject, std::string_view payload = {});
  void child_ended(const std::string& words);
  void lost();
  void watch_silence();
  void set_health(const std::function<void(WorkerHealth&)>& change);

  void take(const Message& message);
  void take_hello(std::string_view payload);
  void take_status(std::string_view payload);
  void take_media(const Message& message, Sink& sink);
  void take_for_subscription(const Message& message, Sink& sink);
  void take_answer(const Message& message, Question& question);
  std::uint32_t new_subject();

  boost::asio::io_context& network_;
  const Clock& clock_;
  Supervisor::Options options_;
  Supervisor::Listener* listener_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  boost::asio::steady_timer restart_, silence_;
  std::unique_ptr<Child> child_;
  std::optional<Socket> socket_;
  std::uint64_t connection_ = 0;  ///< counts sockets: what an earlier one reports late is not listened to
  FrameReader reader_;
  std::string incoming_;
  std::deque<std::string> outgoing_;
  std::size_t outgoing_bytes_ = 0;
  bool ready_ = false, stopping_ = false, closed_ = false;
  std::int64_t launched_ns_ = 0, heard_ns_ = 0;
  std::chrono::milliseconds back_off_;
  std::string configuration_;
  std::uint32_t next_subject_ = 1;
  std::map<std::uint32_t, Subscribed> subscriptions_;
  std::map<std::uint32_t, std::shared_ptr<Question>> questions_;

  mutable std::mutex mutex_;  ///< of the two below, which any thread reads
  std::shared_ptr<const Status> status_;
  WorkerHealth health_;
};

}  // namespace qala::video

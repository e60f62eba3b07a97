#include "sim/cameras/camera_server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json_writer.h"
#include "base/log.h"
#include "sim/cameras/camera_session.h"
#include "sim/cameras/onvif.h"
#include "sim/chance.h"

namespace qala::sim {

namespace {

constexpr std::int64_t kSecondNs = Instant::kSecond;
constexpr std::int64_t kReportEvery = 5 * kSecondNs;
constexpr std::int64_t kSkipAfter = 3 * kSecondNs;  // so late that pictures are left out
constexpr std::size_t kMostConnections = 4000;

struct Camera {
  CameraSpec spec;
  CameraStream main, sub;
  Ailments ailments;
  std::unique_ptr<OnvifCamera> onvif;
  CameraStream& stream(bool of_sub) { return of_sub ? sub : main; }
};

/// A stream that somebody looks at, by when its next picture is due.
struct Due {
  std::int64_t ns;
  std::size_t camera;
  bool sub;
  auto operator<=>(const Due&) const = default;
};

Result<Socket> bound(const Endpoint& at, int type, sockaddr_storage& address) {
  addrinfo hints{};
  hints.ai_socktype = type;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(at.host.c_str(), at.port.c_str(), &hints, &found); code != 0)
    return fail(ErrorKind::invalid, "looking up " + at.host + ":" + at.port + ": " + ::gai_strerror(code));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  Socket socket(::socket(found->ai_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (socket.open()) ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (!socket.open() || ::bind(socket.descriptor(), found->ai_addr, found->ai_addrlen) != 0)
    return from_errno(errno, "listening on " + at.host + ":" + at.port);
  socklen_t size = sizeof(address);
  ::getsockname(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), &size);
  return socket;
}

std::uint16_t port_of(const sockaddr_storage& at) {
  return ntohs(at.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(at).sin6_port
                                        : reinterpret_cast<const sockaddr_in&>(at).sin_port);
}
sockaddr_storage with_port(sockaddr_storage at, std::uint16_t port) {
  if (at.ss_family == AF_INET6) reinterpret_cast<sockaddr_in6&>(at).sin6_port = htons(port);
  else reinterpret_cast<sockaddr_in&>(at).sin_port = htons(port);
  return at;
}
bool on_this_machine(const sockaddr_storage& at) {
  if (at.ss_family == AF_INET6) return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(at).sin6_addr);
  return ntohl(reinterpret_cast<const sockaddr_in&>(at).sin_addr.s_addr) >> 24 == 127;
}

/// A pair of UDP ports, the lower one even.
Result<std::pair<Socket, Socket>> udp_pair(const std::string& host, std::uint16_t& port) {
  for (int attempt = 0; attempt < 50; attempt++) {
    sockaddr_storage at{}, next{};
    TRY(Socket rtp, bound({host, "0"}, SOCK_DGRAM, at));
    port = port_of(at);
    if (port % 2 != 0) continue;
    auto rtcp = bound({host, std::to_string(port + 1)}, SOCK_DGRAM, next);
    if (rtcp) return std::pair(std::move(rtp), std::move(*rtcp));
  }
  return fail(ErrorKind::unavailable, "no two UDP ports beside each other are free");
}

class Server final : public CameraServer {
 public:
  Server(CameraServerOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

  Result<> start(std::vector<CameraSpec> specs) {
    const std::int64_t now = clock_.monotonic_ns();
    for (CameraSpec& spec : specs) {
      by_number_[spec.number] = cameras_.size();
      cameras_.push_back(std::make_unique<Camera>(Camera{spec,
                                                         CameraStream(spec.number, false, spec.main, now),
                                                         CameraStream(spec.number, true, spec.sub, now),
                                                         {},
                                                         nullptr}));
    }
    TRY_VOID(take_ports());
    onvif_nonce_ = fmt::format("{:016x}", mix(0x6F6E, port_, static_cast<std::uint64_t>(clock_.now().ns)));
    for (const auto& camera : cameras_) camera->onvif = onvif_of(*camera);
    TRY(auto udp, udp_pair(options_.listen.host, udp_port_));
    rtp_ = std::move(udp.first);
    rtcp_ = std::move(udp.second);
    poll_ = Socket(::epoll_create1(EPOLL_CLOEXEC));
    watch(listener_.descriptor(), EPOLLIN, EPOLL_CTL_ADD);
    watch(rtcp_.descriptor(), EPOLLIN, EPOLL_CTL_ADD);
    watch(discovery_.descriptor(), EPOLLIN, EPOLL_CTL_ADD);
    return {};
  }

  /// A TCP port, and the UDP port of the same number for who searches.
  Result<> take_ports() {
    const bool any = options_.listen.port == "0";
    for (int attempt = 0;; attempt++) {
      sockaddr_storage at{}, same{};
      TRY(listener_, bound(options_.listen, SOCK_STREAM, at));
      port_ = port_of(at);
      auto udp = bound({options_.listen.host, std::to_string(port_)}, SOCK_DGRAM, same);
      if (!udp && any && attempt < 50) continue;
      if (!udp) return std::move(udp.error());
      discovery_ = std::move(*udp);
      if (::listen(listener_.descriptor(), 512) != 0) return from_errno(errno, "listening");
      return {};
    }
  }

  void step(std::chrono::milliseconds wait) override {
    std::int64_t ns = wait.count() * 1'000'000;
    if (!due_.empty()) ns = std::clamp<std::int64_t>(due_.begin()->ns - clock_.monotonic_ns(), 0, ns);
    std::array<epoll_event, 64> events{};
    const int n = ::epoll_wait(poll_.descriptor(), events.data(), static_cast<int>(events.size()),
                               static_cast<int>((ns + 999'999) / 1'000'000));
    for (int i = 0; i < n; i++) on_event(events[static_cast<std::size_t>(i)]);
    const std::int64_t now = clock_.monotonic_ns();
    while (!due_.empty() && due_.begin()->ns <= now) send_next(now);
    if (now - looked_ns_ >= kSecondNs / 4) look_after(now);
    bury();
  }

  Result<> fault(std::string_view line) override {
    TRY(const CameraFault fault, parse_camera_fault(line));
    bool any = false;
    const std::int64_t now = clock_.monotonic_ns();
    for (const auto& camera : cameras_) {
      if (camera->spec.number < fault.from || camera->spec.number > fault.to) continue;
      any = true;
      camera->ailments.add(fault, now);
    }
    if (!any) return fail(ErrorKind::not_found, fmt::format("\"{}\": there is no such camera", line));
    look_after(now);
    log::info("camera fault", {{"line", line}});
    return {};
  }

  Endpoint endpoint() const override { return {options_.listen.host, std::to_string(port_)}; }
  CameraTotals totals() const override {
    CameraTotals out = totals_;
    out.sessions = sessions_.size();
    return out;
  }

  std::vector<std::string> list() const override {
    std::vector<std::string> out;
    for (const auto& camera : cameras_) {
      for (const bool sub : {false, true}) {
        const Loop& loop = camera->stream(sub).loop();
        std::string line;
        JsonWriter(line)
            .object()
            .field("camera", camera->spec.number)
            .field("stream", sub ? "sub" : "main")
            .field("url", url(camera->spec.number, sub))
            .field("codec", "h264")
            .field("width", loop.width)
            .field("height", loop.height)
            .field("fps", loop.fps)
            .field("kbit", static_cast<std::int64_t>(static_cast<double>(loop.bytes()) * 8 * 90 /
                                                     static_cast<double>(loop.length)))
            .field("scene", loop.name)
            .field("clock", loop.clock_scale > 0)
            .end();
        out.push_back(std::move(line));
      }
    }
    return out;
  }

 private:
  std::string url(std::uint32_t camera, bool sub) const {
    const bool six = options_.listen.host.find(':') != std::string::npos;
    return fmt::format("rtsp://{}{}{}:{}/camera/{}/{}", six ? "[" : "", options_.listen.host, six ? "]" : "", port_,
                       camera, sub ? "sub" : "main");
  }

  void watch(int descriptor, std::uint32_t events, int what) const {
    epoll_event event{};
    event.events = events;
    event.data.fd = descriptor;
    ::epoll_ctl(poll_.descriptor(), what, descriptor, &event);
  }

  void on_event(const epoll_event& event) {
    if (event.data.fd == listener_.descriptor()) return accept_all();
    if (event.data.fd == rtcp_.descriptor()) return hear_rtcp();
    if (event.data.fd == discovery_.descriptor()) return hear_probes();
    const auto found = connections_.find(event.data.fd);
    if (found == connections_.end()) return;
    CameraConnection& connection = *found->second;
    if ((event.events & EPOLLOUT) != 0) connection.flush();
    if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read(connection);
    settle(connection);
  }

  void accept_all() {
    for (;;) {
      auto connection = std::make_unique<CameraConnection>();
      socklen_t size = sizeof(connection->peer);
      const int fd = ::accept4(listener_.descriptor(), reinterpret_cast<sockaddr*>(&connection->peer), &size,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      connection->socket = Socket(fd);
      if (connections_.size() >= kMostConnections) continue;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      connection->local = on_this_machine(connection->peer);
      connection->nonce = fmt::format("{:016x}", mix(0x6E6F, ++dice_, static_cast<std::uint64_t>(clock_.now().ns)));
      connection->heard_ns = clock_.monotonic_ns();
      watch(fd, EPOLLIN, EPOLL_CTL_ADD);
      connections_[fd] = std::move(connection);
    }
  }

  std::unique_ptr<OnvifCamera> onvif_of(Camera& camera) const {
    std::vector<OnvifStream> streams;
    for (const bool sub : {false, true}) {
      const Loop& loop = camera.stream(sub).loop();
      streams.push_back({.token = sub ? "sub" : "main",
                         .name = sub ? "Sub-stream" : "Main stream",
                         .url = url(camera.spec.number, sub),
                         .width = static_cast<int>(loop.width),
                         .height = static_cast<int>(loop.height),
                         .fps = loop.fps});
    }
    return std::make_unique<OnvifCamera>(camera.spec.number, std::move(streams), options_.credentials);
  }

  /// Also of one behind an address translation, which knows only its inner address.
  std::string http_base(const Camera& camera, std::int64_t now) const {
    if (camera.ailments.is(FaultKind::nat, now)) return "http://192.168.1.64";
    const bool six = options_.listen.host.find(':') != std::string::npos;
    return fmt::format("http://{}{}{}:{}", six ? "[" : "", options_.listen.host, six ? "]" : "", port_);
  }

  OnvifMoment moment(const Camera& camera, std::int64_t now) const {
    return {.now_ns = now,
            .clock = clock_.now() + Duration(static_cast<std::int64_t>(1e9 * camera.ailments.clock_ahead(now))),
            .base = http_base(camera, now),
            .locked = camera.ailments.is(FaultKind::unauthorized, now),
            .digest_only = camera.ailments.is(FaultKind::digestonly, now),
            .nonce = onvif_nonce_};
  }

  /// WS-Discovery, on the UDP port of the same number: a datagram for each camera, as each would send.
  void hear_probes() {
    std::array<char, 8192> datagram{};
    sockaddr_storage from{};
    socklen_t size = sizeof(from);
    for (;;) {
      const auto n = ::recvfrom(discovery_.descriptor(), datagram.data(), datagram.size(), MSG_DONTWAIT,
                                reinterpret_cast<sockaddr*>(&from), &size);
      if (n < 0) return;
      const auto id = probe_id({datagram.data(), static_cast<std::size_t>(n)});
      const std::int64_t now = clock_.monotonic_ns();
      for (const auto& camera : cameras_) {
        if (!id || camera->ailments.is(FaultKind::cut, now)) continue;
        const std::string answer = probe_matches(*id, camera->onvif->probe_match(http_base(*camera, now)));
        ::sendto(discovery_.descriptor(), answer.data(), answer.size(), MSG_DONTWAIT,
                 reinterpret_cast<sockaddr*>(&from), size);
      }
      size = sizeof(from);
    }
  }

  void say_onvif(CameraConnection& connection, const OnvifCamera::Reply& reply) {
    const std::string challenge =
        reply.challenge
            ? fmt::format("WWW-Authenticate: Digest realm=\"{}\", nonce=\"{}\"\r\n", Credentials::kRealm, onvif_nonce_)
            : "";
    connection.say(fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: application/soap+xml; charset=utf-8\r\n{}Content-Length: {}\r\n\r\n{}",
        reply.status, reply.status == 200 ? "OK" : "Refused", challenge, reply.body.size(), reply.body));
  }

  /// Four times a second: what cameras notice, and who waits for it.
  void look_after_onvif(std::int64_t now) {
    for (const auto& camera : cameras_) {
      camera->onvif->notice(camera->ailments.is(FaultKind::motion, now), camera->ailments.is(FaultKind::input, now),
                            moment(*camera, now));
      camera->ailments.turned(std::abs(camera->onvif->ptz().spot(now).pan) > 0.3);
    }
    for (auto& [fd, connection] : connections_) {
      if (!connection->pull) continue;
      Camera& camera = *cameras_[connection->pull->camera];
      const auto reply =
          camera.onvif->pulled(connection->pull->subscription, connection->pull->until_ns, moment(camera, now));
      connection->heard_ns = now;
      if (!reply) continue;
      connection->pull.reset();
      say_onvif(*connection, *reply);
      settle(*connection);
    }
  }

  void answer_onvif(CameraConnection& connection, const CameraRequest& request);

  void hear_rtcp() {
    std::array<char, 2048> packet{};
    sockaddr_storage from{};
    socklen_t size = sizeof(from);
    while (::recvfrom(rtcp_.descriptor(), packet.data(), packet.size(), MSG_DONTWAIT,
                      reinterpret_cast<sockaddr*>(&from), &size) >= 0) {
      for (auto& [id, session] : sessions_) {
        if (!session.transport.tcp && port_of(session.rtcp_to) == port_of(from) &&
            connections_.contains(session.descriptor))
          connections_[session.descriptor]->heard_ns = clock_.monotonic_ns();
      }
      size = sizeof(from);
    }
  }

  void read(CameraConnection& connection) {
    std::array<char, 16'384> buffer;
    for (;;) {
      const auto n = ::recv(connection.socket.descriptor(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) break;
      if (n <= 0) {
        connection.broken = true;
        return;
      }
      connection.input.append(buffer.data(), static_cast<std::size_t>(n));
      if (static_cast<std::size_t>(n) < buffer.size()) break;
    }
    connection.heard_ns = clock_.monotonic_ns();
    while (!connection.broken && !connection.ending) {
      auto incoming = take_incoming(connection.input);
      if (!incoming) {
        connection.say("RTSP/1.0 400 Bad Request\r\nConnection: close\r\n\r\n");
        connection.ending = true;
        return;
      }
      if (!*incoming) return;
      if ((*incoming)->request) answer(connection, *(*incoming)->request);
    }
  }

  /// Wants to know when it can be written to, if something waits.
  void settle(CameraConnection& connection) {
    const bool waits = !connection.output.empty();
    watch(connection.socket.descriptor(), waits ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
    if (connection.broken || (connection.ending && !waits)) dead_.push_back(connection.socket.descriptor());
  }

  void bury() {
    for (const int fd : dead_) {
      const auto found = connections_.find(fd);
      if (found == connections_.end()) continue;
      end_session(found->second->session);
      connections_.erase(found);
    }
    dead_.clear();
  }

  void end_session(std::uint32_t id) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return;
    const std::size_t camera = found->second.camera;
    const bool sub = found->second.sub;
    sessions_.erase(found);
    std::erase(lookers_[{camera, sub}], id);
  }

  void send_next(std::int64_t now) {
    const Due due = *due_.begin();
    due_.erase(due_.begin());
    auto& lookers = lookers_[{due.camera, due.sub}];
    if (lookers.empty()) return;
    Camera& camera = *cameras_[due.camera];
    CameraStream& stream = camera.stream(due.sub);
    if (now - due.ns > kSkipAfter) {
      stream.wake(now);
      log::warn("camera late, pictures left out",
                {{"camera", camera.spec.number}, {"late_ms", (now - due.ns) / 1'000'000}});
    } else if (const auto picture = stream.next(now, clock_.now().ms(), camera.ailments)) {
      cut_into_parts(picture->units, parts_);
      // A copy: who is dropped leaves the list.
      for (const std::uint32_t id : std::vector(lookers)) send_to(sessions_.at(id), *picture, stream, now);
    }
    due_.insert({stream.due_ns(), due.camera, due.sub});
  }

  void send_to(CameraSession& session, const Outgoing& picture, const CameraStream& stream, std::int64_t now) {
    const Ailments& ailments = cameras_[session.camera]->ailments;
    if (ailments.is(FaultKind::silent, now)) {
      session.wants_key = true;
      return;
    }
    if (session.wants_key && !picture.key) return;
    CameraConnection& connection = *connections_.at(session.descriptor);
    if (connection.broken) return;
    const Wire wire{ailments.loss(now), ailments.is(FaultKind::badbytes, now), &dice_};
    const Delivered sent = deliver(connection, session, rtp_.descriptor(), picture.rtp_time, parts_, wire);
    session.wants_key = sent.dropped;
    totals_.pictures += sent.dropped ? 0 : 1;
    totals_.pictures_dropped += sent.dropped ? 1 : 0;
    totals_.bytes += sent.bytes;
    totals_.packets_lost += sent.lost;
    if (session.reported_ns == 0 || now - session.reported_ns >= kReportEvery) {
      session.reported_ns = now;
      const auto camera_ms = clock_.now().ms() + static_cast<std::int64_t>(1000 * ailments.clock_ahead(now));
      deliver_report(connection, session, rtcp_.descriptor(),
                     session.sender.report(camera_ms, stream.rtp_at(now, ailments)));
    }
    if (!connection.output.empty() || connection.broken) settle(connection);
  }

  /// Four times a second: who has been silent too long, whose camera is cut off.
  void look_after(std::int64_t now) {
    looked_ns_ = now;
    look_after_onvif(now);
    for (auto& [fd, connection] : connections_) {
      const auto session = sessions_.find(connection->session);
      const bool cut =
          session != sessions_.end() && (cameras_[session->second.camera]->ailments.is(FaultKind::cut, now) ||
                                         cameras_[session->second.camera]->ailments.is(FaultKind::unauthorized, now));
      const bool silent = now - connection->heard_ns > options_.timeout.count() * kSecondNs;
      if (silent) totals_.timed_out++;
      if (!cut && !silent) continue;
      connection->broken = true;
      dead_.push_back(fd);
    }
  }

  void answer(CameraConnection& connection, const CameraRequest& request);
  void answer_http(CameraConnection& connection, const CameraRequest& request);
  void reply(CameraConnection& connection, const CameraRequest& request, std::string_view status,
             std::string_view fields = "", std::string_view body = "") const;
  bool let_in(CameraConnection& connection, const CameraRequest& request, bool locked);
  void set_up(CameraConnection& connection, const CameraRequest& request, std::size_t camera, bool sub);
  void play(CameraConnection& connection, const CameraRequest& request);

  CameraServerOptions options_;
  const Clock& clock_;
  Socket listener_, rtp_, rtcp_, discovery_, poll_;
  std::uint16_t port_ = 0, udp_port_ = 0;
  std::string onvif_nonce_;  ///< of all connections: who is told to sign comes back by another
  std::vector<std::unique_ptr<Camera>> cameras_;
  std::map<std::uint32_t, std::size_t> by_number_;
  std::map<int, std::unique_ptr<CameraConnection>> connections_;
  std::map<std::uint32_t, CameraSession> sessions_;
  std::map<std::pair<std::size_t, bool>, std::vector<std::uint32_t>> lookers_;
  std::set<Due> due_;
  std::vector<int> dead_;
  std::vector<RtpPart> parts_;
  std::int64_t looked_ns_ = 0;
  std::uint32_t last_session_ = 0;
  std::uint64_t dice_ = 1;
  CameraTotals totals_;
};

void Server::reply(CameraConnection& connection, const CameraRequest& request, std::string_view status,
                   std::string_view fields, std::string_view body) const {
  std::string text =
      fmt::format("RTSP/1.0 {}\r\nCSeq: {}\r\nServer: qala-sim\r\n{}", status, request.header("cseq"), fields);
  if (!body.empty()) text += fmt::format("Content-Length: {}\r\n", body.size());
  connection.say(text + "\r\n" + std::string(body));
}

bool Server::let_in(CameraConnection& connection, const CameraRequest& request, bool locked) {
  if (options_.credentials.user.empty() && !locked) return true;
  if (!locked && options_.credentials.fits(request.header("authorization"), request.method, connection.nonce))
    return true;
  if (!request.header("authorization").empty()) totals_.refused++;
  reply(connection, request, "401 Unauthorized",
        options_.basic ? fmt::format("WWW-Authenticate: Basic realm=\"{}\"\r\n", Credentials::kRealm)
                       : fmt::format("WWW-Authenticate: Digest realm=\"{}\", nonce=\"{}\"\r\n", Credentials::kRealm,
                                     connection.nonce));
  return false;
}

void Server::answer(CameraConnection& connection, const CameraRequest& request) {
  if (request.version.starts_with("HTTP/")) return answer_http(connection, request);
  const auto options = [&] {
    reply(connection, request, "200 OK",
          "Public: OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER\r\n");
  };
  if (!request.header("require").empty())
    return reply(connection, request, "551 Option not supported", "Unsupported: " + request.header("require") + "\r\n");
  const auto path = parse_camera_path(request.uri);
  const auto number = path ? by_number_.find(path->camera) : by_number_.end();
  if (number == by_number_.end())
    return request.method == "OPTIONS" ? options() : reply(connection, request, "404 Not Found");
  Camera& camera = *cameras_[number->second];
  const std::int64_t now = clock_.monotonic_ns();
  if (camera.ailments.is(FaultKind::cut, now)) {
    connection.broken = true;
    return;
  }
  if (request.method == "OPTIONS") return options();
  if (!let_in(connection, request, camera.ailments.is(FaultKind::unauthorized, now))) return;
  if (request.method == "DESCRIBE") {
    const std::string base =
        fmt::format("Content-Base: {}/\r\nContent-Type: application/sdp\r\n", url(path->camera, path->sub));
    return reply(connection, request, "200 OK", base,
                 describe(camera.stream(path->sub).loop(), path->camera, options_.listen.host));
  }
  if (request.method == "SETUP") return set_up(connection, request, number->second, path->sub);
  const auto session = sessions_.find(connection.session);
  const std::string asked = request.header("session");
  const bool known = session != sessions_.end() && asked.substr(0, asked.find(';')) == session->second.text_id;
  const std::string name = known ? "Session: " + session->second.text_id + "\r\n" : "";
  if (request.method == "GET_PARAMETER" || request.method == "SET_PARAMETER")
    return reply(connection, request, known || asked.empty() ? "200 OK" : "454 Session Not Found", name);
  if (request.method != "PLAY" && request.method != "PAUSE" && request.method != "TEARDOWN")
    return reply(connection, request, "501 Not Implemented");
  if (!known) return reply(connection, request, "454 Session Not Found");
  if (request.method == "PLAY") return play(connection, request);
  std::erase(lookers_[{session->second.camera, session->second.sub}], session->first);
  session->second.playing = false;
  if (request.method == "TEARDOWN") {
    end_session(connection.session);
    connection.session = 0;
  }
  reply(connection, request, "200 OK", name);
}

void Server::set_up(CameraConnection& connection, const CameraRequest& request, std::size_t camera, bool sub) {
  const auto transport = choose_transport(request.header("transport"));
  if (!transport) return reply(connection, request, "461 Unsupported Transport");
  if (sessions_.contains(connection.session)) return reply(connection, request, "459 Aggregate Operation Not Allowed");
  const std::uint32_t id = ++last_session_;
  const std::uint64_t chance = mix(0x7373, id, static_cast<std::uint64_t>(clock_.now().ns));
  CameraSession session;
  session.id = id;
  session.descriptor = connection.socket.descriptor();
  session.camera = camera;
  session.sub = sub;
  session.transport = *transport;
  session.rtp_to = with_port(connection.peer, transport->rtp_port);
  session.rtcp_to = with_port(connection.peer, transport->rtcp_port);
  session.sender = RtpSender(static_cast<std::uint32_t>(chance), static_cast<std::uint16_t>(chance >> 40));
  session.text_id = fmt::format("{:08X}", static_cast<std::uint32_t>(chance >> 16));
  const std::string channels =
      transport->tcp ? fmt::format("RTP/AVP/TCP;unicast;interleaved={}-{}", transport->channel, transport->channel + 1)
                     : fmt::format("RTP/AVP;unicast;client_port={}-{};server_port={}-{}", transport->rtp_port,
                                   transport->rtcp_port, udp_port_, udp_port_ + 1);
  reply(connection, request, "200 OK",
        fmt::format("Session: {};timeout={}\r\nTransport: {};ssrc={:08X}\r\n", session.text_id,
                    options_.timeout.count(), channels, session.sender.ssrc()));
  connection.session = id;
  sessions_.emplace(id, std::move(session));
}

void Server::play(CameraConnection& connection, const CameraRequest& request) {
  CameraSession& session = sessions_.at(connection.session);
  CameraStream& stream = cameras_[session.camera]->stream(session.sub);
  auto& lookers = lookers_[{session.camera, session.sub}];
  const std::int64_t now = clock_.monotonic_ns();
  const bool asleep = std::none_of(
      due_.begin(), due_.end(), [&](const Due& due) { return due.camera == session.camera && due.sub == session.sub; });
  if (asleep) {
    stream.wake(now);
    due_.insert({stream.due_ns(), session.camera, session.sub});
  }
  if (!session.playing) {
    session.playing = true;
    session.wants_key = true;
    lookers.push_back(session.id);
  }
  reply(connection, request, "200 OK",
        fmt::format("Session: {}\r\nRange: npt=now-\r\nRTP-Info: url={}/track1;seq={};rtptime={}\r\n", session.text_id,
                    url(stream.camera(), stream.sub()), session.sender.sequence(),
                    stream.rtp_at(now, cameras_[session.camera]->ailments)));
}

void Server::answer_onvif(CameraConnection& connection, const CameraRequest& request) {
  std::string_view path = std::string_view(request.uri).substr(7);
  const auto slash = path.find('/');
  std::uint32_t which = 0;
  std::from_chars(path.data(), path.data() + std::min(slash, path.size()), which);
  const auto number = by_number_.find(which);
  if (slash == std::string_view::npos || number == by_number_.end() || request.method != "POST")
    return say_onvif(connection, {.status = 404});
  Camera& camera = *cameras_[number->second];
  const std::int64_t now = clock_.monotonic_ns();
  if (camera.ailments.is(FaultKind::cut, now)) {
    connection.broken = true;
    return;
  }
  const auto reply = camera.onvif->answer(path.substr(slash + 1), request, moment(camera, now));
  if (reply.pull) connection.pull = {.camera = number->second, .subscription = *reply.pull, .until_ns = reply.until_ns};
  else say_onvif(connection, reply);
}

void Server::answer_http(CameraConnection& connection, const CameraRequest& request) {
  const auto say = [&](std::string_view status, std::string_view type, std::string_view body) {
    connection.say(fmt::format("HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", status, type,
                               body.size(), body));
  };
  if (request.uri.starts_with("/onvif/")) return answer_onvif(connection, request);
  if (!connection.local) return say("403 Forbidden", "text/plain", "only from this machine\n");
  if (request.method == "GET" && request.uri == "/cameras") {
    std::string body;
    for (const std::string& line : list()) body += line + "\n";
    return say("200 OK", "application/jsonl", body);
  }
  if (request.method == "GET" && request.uri == "/totals") {
    const CameraTotals t = totals();
    std::string body;
    JsonWriter(body)
        .object()
        .field("sessions", t.sessions)
        .field("pictures", t.pictures)
        .field("bytes", t.bytes)
        .field("packets_lost", t.packets_lost)
        .field("pictures_dropped", t.pictures_dropped)
        .field("refused", t.refused)
        .field("timed_out", t.timed_out)
        .end();
    return say("200 OK", "application/json", body);
  }
  if (request.method == "GET" && request.uri == "/ptz") {
    std::string body;
    const std::int64_t now = clock_.monotonic_ns();
    for (const auto& camera : cameras_) {
      PanTiltZoom& ptz = camera->onvif->ptz();
      const auto spot = ptz.spot(now);
      JsonWriter json(body);
      json.object().field("camera", camera->spec.number).field("pan", spot.pan).field("tilt", spot.tilt);
      json.field("zoom", spot.zoom).field("moving", ptz.moving(now)).field("moves", ptz.moves());
      json.field("stops", ptz.stops()).field("ran_out", ptz.ran_out(now)).field("refused", camera->onvif->refused());
      json.field("subscriptions", camera->onvif->subscriptions()).end();
      body += "\n";
    }
    return say("200 OK", "application/jsonl", body);
  }
  if (request.method != "POST" || request.uri != "/faults")
    return say("404 Not Found", "text/plain", "GET /cameras, GET /ptz, GET /totals, POST /faults\n");
  for (std::string_view rest = request.body; !rest.empty();) {
    const auto end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
    if (line.find_first_not_of(" \r") == std::string_view::npos) continue;
    if (const auto done = fault(line); !done) return say("400 Bad Request", "text/plain", done.error().message + "\n");
  }
  say("200 OK", "text/plain", "done\n");
}

}  // namespace

Result<std::unique_ptr<CameraServer>> CameraServer::open(const CameraServerOptions& options,
                                                         std::vector<CameraSpec> cameras, const Clock& clock) {
  auto server = std::make_unique<Server>(options, clock);
  TRY_VOID(server->start(std::move(cameras)));
  return std::unique_ptr<CameraServer>(std::move(server));
}

}  // namespace qala::sim

// The dialogue: who asks what, and what the answers mean. Bytes and sockets: session_io.cpp.
#include "rtsp/session.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "rtsp/text.h"

namespace qala::rtsp {
namespace {

constexpr std::int64_t kLongEnough = 10 * Instant::kSecond;
constexpr unsigned kMostStale = 3;

std::int64_t ns(Timing::ms wait) { return std::chrono::nanoseconds(wait).count(); }

}  // namespace

Session::Session(boost::asio::io_context& io, const Clock& clock, Random& random, const Timing& timing, Wish wish,
                 Feed& feed, Watcher& watcher, Owner& owner)
    : io_(io),
      clock_(clock),
      random_(random),
      timing_(timing),
      wish_(std::move(wish)),
      feed_(feed),
      watcher_(watcher),
      owner_(owner),
      shared_(Shared::of(io)),
      resolver_(io),
      socket_(io),
      authenticator_(wish_.user, wish_.password),
      udp_(wish_.udp),
      own_source_(static_cast<std::uint32_t>(random.next())) {}

void Session::end(Reason reason, std::string words) {
  if (closed_) return;
  const auto self = shared_from_this();  // the owner lets go of us
  const bool video_came = stream_ && stream_->last_video_ns();
  Ending ending{.reason = reason,
                .words = std::move(words),
                .answered = answered_,
                .played = played_ns_ != 0 && video_came && clock_.monotonic_ns() - played_ns_ >= kLongEnough,
                .udp_was_dumb = udp_ && step_ == Step::playing && !video_came};
  close();
  owner_.ended(std::move(ending));
}

void Session::close() {
  if (closed_) return;
  if (!session_.empty() && step_ >= Step::setup_video) {
    send({.method = "TEARDOWN", .uri = aggregate_, .headers = {}});
  }
  closed_ = true;
  if (stream_) stream_->stop();
  shut();
}

void Session::ask(Step step, State state) {
  step_ = step;
  deadline_ns_ = clock_.monotonic_ns() + ns(timing_.answer);
  switch (step) {
    case Step::options: pending_ = {.method = "OPTIONS", .uri = wish_.url.uri, .headers = {}}; break;
    case Step::describe:
      pending_ = {.method = "DESCRIBE", .uri = wish_.url.uri, .headers = "Accept: application/sdp\r\n"};
      break;
    case Step::setup_video: return set_up(Stream::Which::video);
    case Step::setup_audio: return set_up(Stream::Which::audio);
    case Step::play: pending_ = {.method = "PLAY", .uri = aggregate_, .headers = "Range: npt=0.000-\r\n"}; break;
    case Step::connecting:
    case Step::playing: return;
  }
  const auto self = shared_from_this();
  owner_.progressed(state, Reason::none, {});
  if (closed_) return;
  send(pending_);
  pending_.number = number_;
  pending_.signed_in = authenticator_.challenged();
}

void Session::send(Request request) {
  auto text = fmt::format("{} {} RTSP/1.0\r\nCSeq: {}\r\nUser-Agent: Qala\r\n{}", request.method, request.uri,
                          ++number_, request.headers);
  if (!session_.empty()) text += fmt::format("Session: {}\r\n", session_);
  if (const auto value = authenticator_.authorization(request.method, request.uri, random_.token(12)); !value.empty()) {
    text += fmt::format("Authorization: {}\r\n", value);
  }
  text += "\r\n";
  write(text);
}

/// Requests of the camera (some ask for OPTIONS to see whether we live) get a polite no.
void Session::on_message(const Message& message) {
  if (message.answer) return on_answer(message);
  const auto number = message.header("CSeq");
  if (number && number->size() < 16) write(fmt::format("RTSP/1.0 405 Method Not Allowed\r\nCSeq: {}\r\n\r\n", *number));
}

void Session::on_answer(const Message& answer) {
  answered_ = true;
  const auto number_said = answer.header("CSeq");
  const auto number_of = number_said ? number(*number_said) : std::nullopt;
  if (step_ == Step::playing) {
    if (number_of == keep_alive_number_ && answer.status >= 400 && answer.status != 401) get_parameter_ = false;
    if (answer.status == 401 && authenticator_.challenge(answer) && !std::exchange(keep_alive_signed_again_, true)) {
      keep_alive_ns_ -= keep_alive_every_ns_;  // the nonce was too old: again at the next tick
    }
    if (answer.status == 200) keep_alive_signed_again_ = false;
    if (answer.status == 454) end(Reason::closed, "the camera forgot our session");
    return;
  }
  if (number_of && *number_of != pending_.number) return;  // of a request that we gave up
  if (answer.status == 401) {
    if (!sign_in(answer)) return;
    send(pending_);
    pending_.number = number_;
    pending_.signed_in = true;
    return;
  }
  switch (step_) {
    case Step::options: return on_options(answer);
    case Step::describe: return on_describe(answer);
    case Step::setup_video: return on_setup(answer, Stream::Which::video);
    case Step::setup_audio: return on_setup(answer, Stream::Which::audio);
    case Step::play: return on_play(answer);
    case Step::connecting:
    case Step::playing: return;
  }
}

/// False: it ended.
bool Session::sign_in(const Message& answer) {
  const bool refused = pending_.signed_in;
  if (!authenticator_.has_user()) {
    end(Reason::wrong_password, "the camera asks for a user and a password");
    return false;
  }
  if (!authenticator_.challenge(answer)) {
    end(Reason::bad_answer, "the camera asks for a sign-in that is neither digest nor basic");
    return false;
  }
  if (refused && !(authenticator_.stale() && ++stale_ <= kMostStale)) {
    end(Reason::wrong_password, "the camera refused user and password");
    return false;
  }
  return true;
}

/// Whatever it answers: some cameras do not know OPTIONS.
void Session::on_options(const Message& answer) {
  if (const auto methods = answer.header("Public"))
    get_parameter_ = methods->find("GET_PARAMETER") != std::string::npos;
  ask(Step::describe, State::describing);
}

void Session::on_describe(const Message& answer) {
  if (answer.status != 200) {
    return end(Reason::bad_answer, fmt::format("the camera answered {} {} to DESCRIBE", answer.status, answer.reason));
  }
  base_ = answer.header("Content-Base").value_or(answer.header("Content-Location").value_or(wish_.url.uri));
  auto sdp = parse_sdp(answer.body);
  if (!sdp) {
    const bool unsupported = sdp.error().kind == ErrorKind::invalid;
    return end(unsupported ? Reason::codec_unsupported : Reason::bad_sdp, sdp.error().message);
  }
  sdp_ = std::move(*sdp);
  aggregate_ = resolve_control(base_, sdp_.control);
  ask(Step::setup_video, State::setting_up);
}

void Session::set_up(Stream::Which which) {
  const auto& offered = which == Stream::Which::video ? sdp_.video : *sdp_.audio;
  const unsigned index = which == Stream::Which::video ? 0 : 1;
  std::string transport;
  if (udp_) {
    boost::system::error_code ec;
    const auto local = socket_.local_endpoint(ec).address();
    const auto camera = socket_.remote_endpoint(ec).address();
    auto pair = UdpPair::open(
        io_, local, camera, [this, which](bool control, std::string_view packet) { datagram(which, control, packet); });
    if (pair) {
      pairs_[index] = std::move(*pair);
      const auto port = pairs_[index]->port();
      transport = fmt::format("RTP/AVP;unicast;client_port={}-{}", port, port + 1);
    } else {
      udp_ = false;
    }
  }
  if (!udp_) transport = fmt::format("RTP/AVP/TCP;unicast;interleaved={}-{}", index * 2, index * 2 + 1);
  pending_ = {.method = "SETUP",
              .uri = resolve_control(base_, offered.control),
              .headers = fmt::format("Transport: {}\r\n", transport)};
  const auto self = shared_from_this();
  owner_.progressed(State::setting_up, Reason::none, {});
  if (closed_) return;
  send(pending_);
  pending_.number = number_;
  pending_.signed_in = authenticator_.challenged();
}

void Session::on_setup(const Message& answer, Stream::Which which) {
  const bool video = which == Stream::Which::video;
  if (answer.status != 200 && video) {
    if (answer.status == 461 && !std::exchange(other_transport_tried_, true)) {
      udp_ = !udp_;
      pairs_[0].reset();
      return ask(Step::setup_video, State::setting_up);
    }
    return end(Reason::bad_answer, fmt::format("the camera answered {} {} to SETUP", answer.status, answer.reason));
  }
  if (const auto value = answer.header("Session"); value && answer.status == 200) {
    const auto parsed = parse_session(*value);
    session_ = parsed.id;
    keep_alive_every_ns_ = std::int64_t{parsed.timeout_s} * Instant::kSecond / 2;
  }
  const std::size_t index = video ? 0 : 1;
  const auto transport = parse_transport(answer.header("Transport").value_or(""));
  if (answer.status == 200) {
    if (udp_ && transport.server_port) pairs_[index]->camera_control_port(transport.server_port->second);
    const auto asked = static_cast<unsigned>(index) * 2;
    const auto channels = transport.interleaved.value_or(std::pair(asked, asked + 1));
    if (!udp_ && channels.first < 256 && channels.second < 256) {
      channels_[index * 2] = static_cast<int>(channels.first);
      channels_[index * 2 + 1] = static_cast<int>(channels.second);
    }
    if (!video) audio_set_up_ = true;
  } else if (!video) {
    pairs_[1].reset();  // pictures without sound are better than none
  }
  if (video && sdp_.audio) return ask(Step::setup_audio, State::setting_up);
  if (!audio_set_up_) sdp_.audio.reset();
  stream_.emplace(sdp_, feed_, watcher_, clock_);
  ask(Step::play, State::setting_up);
}

void Session::on_play(const Message& answer) {
  if (answer.status != 200) {
    return end(Reason::bad_answer, fmt::format("the camera answered {} {} to PLAY", answer.status, answer.reason));
  }
  step_ = Step::playing;
  const auto now = clock_.monotonic_ns();
  played_ns_ = reported_ns_ = keep_alive_ns_ = now;
  if (keep_alive_every_ns_ == 0) keep_alive_every_ns_ = 30 * Instant::kSecond;
  owner_.progressed(State::playing, Reason::none, {});
}

void Session::tick() {
  if (closed_) return;
  const auto self = shared_from_this();
  const auto now = clock_.monotonic_ns();
  now_ns_ = now;
  if (step_ == Step::playing) {
    for (auto& pair : pairs_) {
      if (pair && !closed_) pair->tick();
    }
    if (!closed_) watch_playing(now);
    if (!closed_) keep_alive(now);
    if (!closed_) report(now);
    return;
  }
  if (now < deadline_ns_) return;
  if (step_ == Step::connecting) return end(Reason::timeout, "no answer from the camera's address");
  end(Reason::timeout, fmt::format("no answer to {}", pending_.method));
}

void Session::watch_playing(std::int64_t now) {
  // Of the pictures: a camera whose sound goes on is silent all the same.
  const auto silent = now - stream_->last_video_ns().value_or(played_ns_);
  if (silent >= ns(timing_.no_data)) {
    return end(Reason::no_data, fmt::format("no packet of the video for {} ms", silent / 1'000'000));
  }
  if (silent >= ns(timing_.no_data) / 2 && !std::exchange(stalled_, true)) {
    return owner_.progressed(State::stalled, Reason::no_data, "packets of the video have stopped");
  }
  if (const auto since = stream_->waiting_since_ns(); since && now - *since >= ns(timing_.no_key_frame)) {
    const auto& trouble = stream_->trouble();
    if (!trouble.empty()) return end(Reason::bad_stream, trouble);
    return end(Reason::no_key_frame, fmt::format("no key frame for {} ms", (now - *since) / 1'000'000));
  }
  const auto key = stream_->last_key_ns();
  const bool sparse = key != 0 && now - key >= ns(timing_.no_key_frame);
  if (sparse == sparse_ || stalled_) return;
  sparse_ = sparse;
  if (sparse) owner_.progressed(State::playing, Reason::no_key_frame, "key frames are more than 10 s apart");
  else owner_.progressed(State::playing, Reason::none, {});
}

void Session::keep_alive(std::int64_t now) {
  if (now - keep_alive_ns_ < keep_alive_every_ns_) return;
  keep_alive_ns_ = now;
  send({.method = get_parameter_ ? "GET_PARAMETER" : "OPTIONS", .uri = aggregate_, .headers = {}});
  keep_alive_number_ = number_;
}

void Session::report(std::int64_t now) {
  if (now - reported_ns_ < ns(timing_.report)) return;
  reported_ns_ = now;
  for (std::size_t i = 0; i < 2; i++) {
    if (i == 1 && !audio_set_up_) break;
    const auto packet = stream_->report(i == 0 ? Stream::Which::video : Stream::Which::audio, own_source_, now);
    if (packet.empty()) continue;
    if (pairs_[i]) {
      pairs_[i]->send_control(packet);
    } else if (channels_[i * 2 + 1] >= 0) {
      std::string frame = "$";
      frame.push_back(static_cast<char>(channels_[i * 2 + 1]));
      frame.push_back(static_cast<char>(packet.size() >> 8));
      frame.push_back(static_cast<char>(packet.size()));
      write(frame + packet);
    }
  }
}

}  // namespace qala::rtsp

// What the town says, and that it says it again when nobody acknowledged.
#include <atomic>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "base/time.h"
#include "sim/history.h"
#include "sim/http_client.h"
#include "sim/http_town.h"
#include "sim/mqtt_packets.h"
#include "sim/mqtt_town.h"
#include "sim/tiny_server.h"

namespace qala::sim {
namespace {

namespace json = boost::json;

class StillSession final : public Session {
 public:
  explicit StillSession(Seconds now) : now_(now) {}
  Seconds now() const override { return now_; }
  double exact_now() const override { return static_cast<double>(now_); }
  bool stopping() const override { return false; }
  void pause(std::chrono::milliseconds) const override { std::this_thread::yield(); }

 private:
  Seconds now_;
};

constexpr Seconds kNoon = 1'768'633'200;

const Town& small_town() {
  static const Town built = build_town(4, 60);
  return built;
}

/// One HTTP request; nothing once the connection has ended.
struct Request {
  std::string head, body;
};
std::optional<Request> read_request(Socket& socket, std::string& input) {
  while (input.find("\r\n\r\n") == std::string::npos) {
    if (!socket.read_some(input)) return std::nullopt;
  }
  Request request;
  request.head = input.substr(0, input.find("\r\n\r\n") + 4);
  input.erase(0, request.head.size());
  const auto at = request.head.find("Content-Length: ");
  const std::size_t length = at == std::string::npos ? 0 : std::stoul(request.head.substr(at + 16));
  while (input.size() < length) {
    if (!socket.read_some(input)) return std::nullopt;
  }
  request.body = input.substr(0, length);
  input.erase(0, length);
  return request;
}

std::multiset<std::string> lines_of(const std::string& body) {
  std::multiset<std::string> out;
  for (std::size_t at = 0; at < body.size();) {
    const auto end = body.find('\n', at);
    out.insert(body.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

Report report_of(const char* key) {
  const Town& town = small_town();
  Life life(town, 4, false);
  Reporter reporter(town, life, {});
  std::vector<Report> reports;
  const std::vector<Turn> due{{kNoon, static_cast<std::uint32_t>(town.find(key))}};
  reporter.report(due, true, reports);
  return reports.at(0);
}

TEST(Line, HasThingFieldsAndMilliseconds) {
  std::string line;
  append_line(line, small_town(), report_of("AB-4"));
  EXPECT_TRUE(line.starts_with("telemetry,thing=AB-4 pm2_5=")) << line;
  EXPECT_TRUE(line.ends_with(" 1768633200000\n")) << line;
  for (const char* field : {",pm10=", ",so2=", ",no2=", ",co=", ",temperature=-", ",humidity=", ",wind_speed="}) {
    EXPECT_NE(line.find(field), std::string::npos) << field;
  }
}

TEST(DevicePayload, HasThingsBoardsShape) {
  const Report one = report_of("AB-4");
  const json::value single = json::parse(device_payload(small_town(), {&one, 1}));
  EXPECT_EQ(single.at("ts").to_number<std::int64_t>(), 1000 * kNoon);
  EXPECT_TRUE(single.at("values").at("pm2_5").is_number());
  EXPECT_EQ(single.at("values").as_object().size(), 8U);
  const std::vector<Report> two{one, one};
  EXPECT_EQ(json::parse(device_payload(small_town(), two)).as_array().size(), 2U);
}

TEST(GatewayPayload, HasThingsBoardsShape) {
  const std::vector<Report> reports{report_of("EM-001"), report_of("L-0002"), report_of("EM-001")};
  const json::value payload = json::parse(gateway_payload(small_town(), reports));
  ASSERT_EQ(payload.as_object().size(), 2U);
  EXPECT_EQ(payload.at("EM-001").as_array().size(), 2U);
  EXPECT_EQ(payload.at("EM-001").at(0).at("ts").to_number<std::int64_t>(), 1000 * kNoon);
  EXPECT_TRUE(payload.at("EM-001").at(0).at("values").at("energy").is_number());
  EXPECT_TRUE(payload.at("L-0002").at(0).at("values").at("power").is_number());
}

TEST(MqttPackets, AreThoseOfTheStandard) {
  EXPECT_EQ(connect_packet("a", "tok", 60, false), std::string("\x10\x12\0\4MQTT\4\x80\0\x3c\0\1a\0\3tok", 20));
  EXPECT_EQ(publish_packet("t", "xyz", 0x1234), std::string("\x32\x08\0\1t\x12\x34xyz", 10));
  std::string again = publish_packet("t", "xyz", 1);
  mark_repeated(again);
  EXPECT_EQ(static_cast<unsigned char>(again[0]), 0x3a);
  EXPECT_EQ(publish_packet("t", std::string(200, 'x'), 1).substr(1, 2), std::string("\xcd\x01", 2));
}

TEST(MqttPackets, AreReadOneByOneAndOnlyWhenWhole) {
  const std::string input("\x20\2\0\0\x40\2\0\7", 8);
  EXPECT_FALSE(first_packet(input.substr(0, 3)).value().has_value());
  const auto first = first_packet(input).value();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->type, 2);
  const auto second = first_packet(std::string_view(input).substr(first->size)).value();
  EXPECT_EQ(big_endian(second->body), 7);
  EXPECT_FALSE(first_packet(std::string("\x20\xff\xff\xff\xff\xff", 6)).has_value());
}

TEST(HttpAnswer, IsReadByLengthOrByChunks) {
  const auto head = parse_response_head("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\nrest").value();
  EXPECT_EQ(head->status, 204);
  EXPECT_TRUE(head->closes);
  EXPECT_FALSE(parse_response_head("HTTP/1.1 200 OK\r\nContent-Le").value().has_value());
  EXPECT_EQ(parse_response_head("HTTP/1.1 200 OK\r\ncontent-length:  12 \r\n\r\n").value()->length, 12U);
  EXPECT_FALSE(parse_response_head("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n").has_value());
  EXPECT_FALSE(parse_response_head("SSH-2.0-OpenSSH_9.2\r\n\r\n").has_value());
  std::string input = "4\r\nWiki\r\n5;x=y\r\npedia\r\n0\r\n\r\nnext", body;
  EXPECT_TRUE(take_chunks(input, body).value());
  EXPECT_EQ(body, "Wikipedia");
  EXPECT_EQ(input, "next");
  std::string bad = "zz\r\n";
  EXPECT_FALSE(take_chunks(bad, body).has_value());
}

/// A server that answers every third request by hanging up after it has read it, and every fifth with 503.
TEST(History, IsSentAgainUntilTheServerHasAcknowledgedIt) {
  std::mutex mutex;
  std::multiset<std::string> acknowledged, unanswered;
  std::atomic<int> requests = 0, dropped = 0;
  const TinyServer server([&](Socket& socket, int) {
    std::string input;
    while (const auto request = read_request(socket, input)) {
      const int number = ++requests;
      const std::lock_guard lock(mutex);
      if (number % 3 == 0) {
        dropped++;
        unanswered.merge(lines_of(request->body));
        return;
      }
      if (number % 5 == 0) {
        if (!socket.write_all("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy")) return;
        continue;
      }
      acknowledged.merge(lines_of(request->body));
      if (!socket.write_all("HTTP/1.1 204 No Content\r\n\r\n")) return;
    }
  });
  Options options;
  options.http = server.endpoint();
  options.seed = 4;
  options.connections = 2;
  const auto sent = send_history(options, StillSession(kNoon), small_town(), {}, "secret", kNoon - 8 * kDay, kNoon);
  ASSERT_TRUE(sent.has_value());
  EXPECT_GT(dropped, 0);
  EXPECT_EQ(sent->lines, acknowledged.size());
  for (const std::string& line : unanswered) EXPECT_TRUE(acknowledged.contains(line)) << line;

  std::vector<std::uint32_t> all(small_town().devices.size());
  for (std::uint32_t d = 0; d < all.size(); d++) all[d] = d;
  Life life(small_town(), 4, true);
  Reporter reporter(small_town(), life, {});
  std::vector<Report> last_hour;
  reporter.report(turns(small_town(), all, kNoon - kHour, kNoon), false, last_hour);
  for (const Report& report : last_hour) {
    std::string line;
    append_line(line, small_town(), report);
    line.pop_back();
    EXPECT_EQ(acknowledged.count(line), 1U) << line;
  }
}

/// A broker that swallows what comes before it has acknowledged anything, for the first two connections of each client.
class ForgetfulBroker {
 public:
  struct Publish {
    std::string client;
    std::uint16_t id;
    bool repeated;
    std::string topic, payload;
    bool acknowledged;
  };

  ForgetfulBroker() : server_([this](Socket& socket, int) { serve(socket); }) {}
  Endpoint endpoint() const { return server_.endpoint(); }
  std::vector<Publish> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  bool resumed_sessions_only() {
    const std::lock_guard lock(mutex_);
    return !clean_;
  }

 private:
  static std::optional<Packet> next(Socket& socket, std::string& input, std::size_t used) {
    input.erase(0, used);
    for (;;) {
      const auto packet = first_packet(input);
      if (packet && *packet) return *packet;
      if (!packet || !socket.read_some(input)) return std::nullopt;
    }
  }
  void serve(Socket& socket) {
    std::string input;
    auto packet = next(socket, input, 0);
    if (!packet || packet->type != 1) return;
    const std::string client(packet->body.substr(12, big_endian(packet->body.substr(10))));
    bool forgetful = false;
    {
      const std::lock_guard lock(mutex_);
      clean_ |= (packet->body[7] & 2) != 0;
      forgetful = ++connections_[client] <= 2;
    }
    if (!socket.write_all(std::string_view("\x20\2\0\0", 4))) return;
    for (int count = 0; (packet = next(socket, input, packet->size)); count++) {
      if (packet->type != 3) continue;
      const std::size_t topic = big_endian(packet->body);
      const std::lock_guard lock(mutex_);
      const auto first = static_cast<unsigned char>(input[0]);
      seen_.push_back({client, big_endian(packet->body.substr(2 + topic)), (first & 8) != 0,
                       std::string(packet->body.substr(2, topic)), std::string(packet->body.substr(4 + topic)),
                       !forgetful});
      if (forgetful && count >= 1) return;
      if (forgetful) continue;
      const std::string ack = std::string("\x40\2", 2) + std::string(packet->body.substr(2 + topic, 2));
      if (!socket.write_all(ack)) return;
    }
  }

  std::mutex mutex_;
  std::vector<Publish> seen_;
  std::map<std::string, int> connections_;
  bool clean_ = false;
  TinyServer server_;
};

TEST(Gateways, SayAgainInTheSameSessionWhatWasNotAcknowledged) {
  ForgetfulBroker broker;
  Options options;
  options.mqtt = broker.endpoint();
  options.seed = 4;
  options.faults = false;
  Access access;
  access.devices["LG-01"] = "token-of-gateway";
  MqttTown mqtt(options, small_town(), {}, access, kNoon);
  const Seconds until = kNoon + 20 * kMinute;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while ((mqtt.state().slowest < until || mqtt.state().waiting > 0) && std::chrono::steady_clock::now() < deadline) {
    mqtt.step(until);
    mqtt.wait(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(mqtt.state().waiting, 0U);
  EXPECT_GT(mqtt.state().repeated, 0U);
  EXPECT_TRUE(broker.resumed_sessions_only());
  std::map<std::uint16_t, std::string> lost, kept;
  for (const auto& publish : broker.seen()) {
    EXPECT_EQ(publish.client, "sim-LG-01");
    (publish.acknowledged ? kept : lost)[publish.id] = publish.payload;
    if (publish.acknowledged && lost.contains(publish.id)) EXPECT_TRUE(publish.repeated);
  }
  EXPECT_FALSE(lost.empty());
  for (const auto& [id, payload] : lost) EXPECT_EQ(kept[id], payload);

  std::set<std::pair<std::string, std::int64_t>> told;
  for (const auto& publish : broker.seen()) {
    if (!publish.acknowledged || publish.topic != "v1/gateway/telemetry") continue;
    for (const auto& [key, list] : json::parse(publish.payload).as_object()) {
      for (const json::value& entry : list.as_array())
        told.insert({std::string(key), entry.at("ts").to_number<std::int64_t>()});
    }
  }
  std::vector<std::uint32_t> behind;
  for (std::uint32_t d = 0; d < small_town().devices.size(); d++) {
    const Device& device = small_town().devices[d];
    if (device.gateway >= 0 && small_town().devices[static_cast<std::size_t>(device.gateway)].key == "LG-01")
      behind.push_back(d);
  }
  ASSERT_FALSE(behind.empty());
  for (const Turn& turn : turns(small_town(), behind, kNoon, until)) {
    EXPECT_TRUE(told.contains({small_town().devices[turn.device].key, 1000 * turn.at}))
        << small_town().devices[turn.device].key;
  }
}

TEST(Stops, PostToTheDeviceApiWithTheirOwnToken) {
  std::mutex mutex;
  std::vector<Request> requests;
  std::atomic<bool> refusing = true;
  const TinyServer server([&](Socket& socket, int) {
    std::string input;
    while (auto request = read_request(socket, input)) {
      if (refusing) return;
      {
        const std::lock_guard lock(mutex);
        requests.push_back(*request);
      }
      if (!socket.write_all("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) return;
    }
  });
  Options options;
  options.http = server.endpoint();
  options.faults = false;
  Access access;
  access.ingest = "collector";
  access.devices["ST-01"] = "stop-token";
  HttpTown http(options, small_town(), {}, access, kNoon);
  const auto failed = http.step(kNoon + 10 * kMinute);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().message.find("stop-token"), std::string::npos) << "messages are logged, tokens are not";
  refusing = false;
  EXPECT_TRUE(http.step(kNoon + 10 * kMinute).has_value());
  std::size_t posts = 0, lines = 0;
  for (const Request& request : requests) {
    if (request.head.starts_with("POST /api/v1/stop-token/telemetry HTTP/1.1\r\n")) {
      posts++;
      EXPECT_TRUE(json::parse(request.body).at("values").at("temperature").is_number());
    } else {
      EXPECT_TRUE(request.head.starts_with("POST /api/v2/write?precision=ms HTTP/1.1\r\n")) << request.head;
      EXPECT_NE(request.head.find("Authorization: Token collector\r\n"), std::string::npos);
      lines += lines_of(request.body).size();
    }
  }
  EXPECT_EQ(posts, 2U);
  EXPECT_GT(lines, 9U);
}

}  // namespace
}  // namespace qala::sim

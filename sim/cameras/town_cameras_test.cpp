// That the town's cameras hang where something happens, and what the server is told of them.
#include <gtest/gtest.h>

#include <mutex>
#include <set>

#include <boost/json.hpp>

#include "sim/cameras/scene.h"
#include "sim/cameras/town_cameras.h"
#include "sim/tiny_server.h"

namespace qala::sim {
namespace {

namespace json = boost::json;

TEST(TownCameras, HangBesideWhatAlarms) {
  const Town town = build_town(1);
  const auto places = watched_places(town, 16);
  ASSERT_EQ(places.size(), 16U);
  EXPECT_EQ(std::set(places.begin(), places.end()).size(), 16U);
  for (const std::uint32_t place : places) EXPECT_EQ(town.devices[place].model, Model::camera);
  const Metres first = town.devices[static_cast<std::size_t>(town.find("ZhP-1"))].at;
  EXPECT_LT(distance(town.devices[places[0]].at, first), 200);
  EXPECT_EQ(watched_places(town, 150).size(), 150U);
}

TEST(TownCameras, MaskTheWindowsOfAHouse) {
  for (const std::string_view scene : {"street", "dusk", "snow"}) {
    const auto ring = private_windows(scene);
    ASSERT_EQ(ring.size(), 4U);
    double area = 0;
    for (std::size_t i = 0; i < 4; i++) {
      EXPECT_GE(std::min(ring[i].x, ring[i].y), 0);
      EXPECT_LE(std::max(ring[i].x, ring[i].y), 1);
      const Dot& next = ring[(i + 1) % 4];
      area += (ring[i].x * next.y - next.x * ring[i].y) / 2;
    }
    EXPECT_GT(std::abs(area), 0.01);
    EXPECT_LT(std::abs(area), 0.3);
  }
}

/// A server that knows one camera, and keeps what it is told.
class Told {
 public:
  explicit Told(std::string cameras)
      : cameras_(std::move(cameras)), server_([this](Socket& socket, int) { serve(socket); }) {}
  Endpoint endpoint() const { return server_.endpoint(); }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve(Socket& socket) {
    std::string input;
    for (;;) {
      while (input.find("\r\n\r\n") == std::string::npos) {
        if (!socket.read_some(input)) return;
      }
      const std::size_t head = input.find("\r\n\r\n") + 4;
      const auto at = input.find("Content-Length: ");
      const std::size_t length = at < head ? std::stoul(input.substr(at + 16)) : 0;
      while (input.size() < head + length) {
        if (!socket.read_some(input)) return;
      }
      const std::string line = input.substr(0, input.find(" HTTP/"));
      const std::string body = input.substr(head, length);
      input.erase(0, head + length);
      std::string answer = R"({"id":40})";
      if (line == "GET /api/v1/things") answer = things();
      else if (line == "GET /api/v1/cameras") answer = cameras_;
      else {
        const std::lock_guard lock(mutex_);
        requests_.push_back(line + " " + body);
      }
      const std::string status = answer.empty() ? "404 Not Found" : "200 OK";
      if (!socket.write_all("HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(answer.size()) + "\r\n\r\n" +
                            answer))
        return;
    }
  }
  static std::string things() {
    static const Town town = build_town(1);
    json::array list;
    for (std::size_t i = 0; i < town.devices.size(); i++)
      list.push_back({{"id", 1000 + i}, {"key", town.devices[i].key}});
    return json::serialize(json::value{{"things", list}});
  }
  std::string cameras_;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  TinyServer server_;
};

TEST(TownCameras, NewOnesAreAddedAndKnownOnesMoved) {
  const Town town = build_town(1);
  const auto places = watched_places(town, 2);
  Told told(R"({"cameras":[{"id":7,"thing":)" + std::to_string(1000 + places[1]) + "}]}");
  Options options;
  options.http = told.endpoint();
  const auto done = register_cameras(options, town, {"127.0.0.1", "554"}, places);
  ASSERT_TRUE(done) << done.error().message;
  const auto requests = told.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0], R"(POST /api/v1/cameras {"thing":)" + std::to_string(1000 + places[0]) +
                             R"(,"record":"always","main":{"url":"rtsp://127.0.0.1:554/camera/1/main"},)"
                             R"("sub":{"url":"rtsp://127.0.0.1:554/camera/1/sub"}})");
  EXPECT_TRUE(requests[1].starts_with(R"(PUT /api/v1/cameras/40/masks {"masks":[{"name":"Терезелер","points":[[)"))
      << requests[1];
  EXPECT_EQ(requests[2], R"(PATCH /api/v1/cameras/7 {"main":{"url":"rtsp://127.0.0.1:554/camera/2/main"},)"
                         R"("sub":{"url":"rtsp://127.0.0.1:554/camera/2/sub"}})");
}

TEST(TownCameras, AServerWithoutCamerasIsNoHarm) {
  const Town town = build_town(1);
  Told told("");
  Options options;
  options.http = told.endpoint();
  EXPECT_EQ(register_cameras(options, town, {"127.0.0.1", "554"}, watched_places(town, 2)).error().kind,
            ErrorKind::not_found);
  EXPECT_TRUE(told.requests().empty());
}

}  // namespace
}  // namespace qala::sim

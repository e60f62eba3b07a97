// Programs of others against the server: mosquitto_pub and mosquitto_sub, plain and over TLS.
#include <fcntl.h>
#include <sys/wait.h>

#include "mqtt/server_fixture.h"
#include "mqtt/test_certificates.h"

namespace qala::mqtt::testing {
namespace {

/// A child process; its output is read while the server runs.
class Program {
 public:
  explicit Program(std::vector<std::string> words) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], 1);
      ::dup2(ends[1], 2);
      std::vector<char*> arguments;
      for (auto& word : words) arguments.push_back(word.data());
      arguments.push_back(nullptr);
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    out_ = ends[0];
    ::fcntl(out_, F_SETFL, O_NONBLOCK);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(out_);
  }
  bool ended() {
    char bytes[4096];
    for (ssize_t n; (n = ::read(out_, bytes, sizeof bytes)) > 0;) output.append(bytes, static_cast<std::size_t>(n));
    if (pid_ <= 0) return true;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
    pid_ = -1;
    code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    for (ssize_t n; (n = ::read(out_, bytes, sizeof bytes)) > 0;) output.append(bytes, static_cast<std::size_t>(n));
    return true;
  }
  std::string output;
  int code = -1;

 private:
  pid_t pid_ = -1;
  int out_ = -1;
};

class ClientsTest : public ServerTest {
 protected:
  void SetUp() override {
    if (std::system("command -v mosquitto_pub mosquitto_sub >/dev/null 2>&1") != 0) {
      GTEST_SKIP() << "mosquitto-clients is not installed";
    }
    options.clock = nullptr;
  }
  std::string bus_port() const { return std::to_string(server->endpoints().anonymous_bus->port); }
  std::string port() const { return std::to_string(server->endpoints().plain->port); }
  std::pair<int, std::string> run(std::vector<std::string> words) {
    Program program(std::move(words));
    run_until([&] { return program.ended(); });
    return {program.code, program.output};
  }
};

TEST_F(ClientsTest, MosquittoPublishesAndSubscribesInEveryQosAndVersion) {
  start();
  for (const char* version : {"31", "311", "5"}) {
    for (const char* qos : {"0", "1", "2"}) {
      const auto before = server->counters().subscriptions;
      Program reader({"mosquitto_sub", "-h", "127.0.0.1", "-p", bus_port(), "-V", version, "-t", "a/#", "-q", qos, "-C",
                      "2", "-F", "%t %p %q"});
      ASSERT_TRUE(run_until([&] { return server->counters().subscriptions == before + 1; }));
      for (const char* text : {"сәлем", "two"}) {
        const auto [code, output] = run(
            {"mosquitto_pub", "-h", "127.0.0.1", "-p", bus_port(), "-V", version, "-t", "a/b", "-m", text, "-q", qos});
        EXPECT_EQ(code, 0) << output;
      }
      EXPECT_TRUE(run_until([&] { return reader.ended(); }));
      EXPECT_EQ(reader.output, std::string("a/b сәлем ") + qos + "\na/b two " + qos + "\n") << version;
      ASSERT_TRUE(run_until([&] { return server->counters().subscriptions == before; }));
    }
  }
}

TEST_F(ClientsTest, MosquittoPublishesAsADeviceWithItsToken) {
  start();
  handler.answer_at_once = true;
  for (const char* qos : {"0", "1", "2"}) {
    const auto [code, output] = run({"mosquitto_pub", "-h", "127.0.0.1", "-p", port(), "-u", "device:7", "-t",
                                     "v1/devices/me/telemetry", "-m", "{\"temperature\":21.5}", "-q", qos});
    EXPECT_EQ(code, 0) << output;
  }
  ASSERT_TRUE(run_until([&] { return handler.seen.size() == 3; }));
  EXPECT_EQ(handler.seen[2].payload, "{\"temperature\":21.5}");
  const auto [code, output] =
      run({"mosquitto_pub", "-h", "127.0.0.1", "-p", port(), "-u", "stranger", "-t", "x", "-m", "y"});
  EXPECT_NE(code, 0);
}

TEST_F(ClientsTest, ManyMessagesOverOneConnectionAllArrive) {
  start();
  Program reader({"mosquitto_sub", "-h", "127.0.0.1", "-p", bus_port(), "-t", "many", "-q", "1", "-C", "2000"});
  ASSERT_TRUE(run_until([&] { return server->counters().subscriptions == 1; }));
  std::string lines;
  for (int i = 0; i < 2000; i++) lines += std::to_string(i) + "\n";
  folder = std::filesystem::temp_directory_path() / ("qala-mqtt-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  if (auto* file = std::fopen((folder / "lines").c_str(), "w")) {
    std::fputs(lines.c_str(), file);
    std::fclose(file);
  }
  const auto [code, output] =
      run({"sh", "-c",
           "exec mosquitto_pub -h 127.0.0.1 -p " + bus_port() + " -t many -q 1 -l < " + (folder / "lines").string()});
  EXPECT_EQ(code, 0) << output;
  EXPECT_TRUE(run_until([&] { return reader.ended(); }));
  EXPECT_EQ(reader.output, lines);
}

TEST_F(ClientsTest, ClientCertificatesReachTheHandlerAsFingerprints) {
  use_session_file();
  write_certificate(folder / "server.pem", folder / "server.key", "localhost");
  write_certificate(folder / "device.pem", folder / "device.key", "device");
  options.tls = TlsEndpoint{.at = {},
                            .certificate_file = folder / "server.pem",
                            .key_file = folder / "server.key",
                            .client_ca_file = folder / "device.pem"};
  start();
  handler.answer_at_once = true;
  const std::vector<std::string> base{"mosquitto_pub",
                                      "-h",
                                      "127.0.0.1",
                                      "-p",
                                      std::to_string(server->endpoints().tls->port),
                                      "--cafile",
                                      folder / "server.pem",
                                      "-t",
                                      "v1/devices/me/telemetry",
                                      "-q",
                                      "1",
                                      "-u",
                                      "device:7"};
  auto plain = base, with_certificate = base;
  plain.insert(plain.end(), {"-m", std::string(100'000, 'x')});
  with_certificate.insert(with_certificate.end(),
                          {"-m", "{}", "--cert", folder / "device.pem", "--key", folder / "device.key"});
  auto [code, output] = run(plain);
  EXPECT_EQ(code, 0) << output;
  EXPECT_EQ(handler.last.certificate_fingerprint, "");
  EXPECT_EQ(handler.seen.at(0).payload.size(), 100'000u);
  std::tie(code, output) = run(with_certificate);
  EXPECT_EQ(code, 0) << output;
  EXPECT_EQ(handler.last.certificate_fingerprint.size(), 64u);
  const auto first = handler.last.certificate_fingerprint;

  write_certificate(folder / "other.pem", folder / "other.key", "other");
  auto stranger = base;
  stranger.insert(stranger.end(), {"-m", "{}", "--cert", folder / "other.pem", "--key", folder / "other.key"});
  handler.last = {};
  std::tie(code, output) = run(stranger);
  EXPECT_NE(code, 0);
  EXPECT_EQ(handler.last.client_id, "");

  write_certificate(folder / "server.pem", folder / "server.key", "localhost");
  ASSERT_TRUE(server->reload_certificates());
  std::tie(code, output) = run(with_certificate);  // knows only the new authority
  EXPECT_EQ(code, 0) << output;
  EXPECT_EQ(handler.last.certificate_fingerprint, first);
}

TEST_F(ClientsTest, AnonymousListenersMustBeOnLoopback) {
  options.anonymous_bus = Endpoint{.address = "0.0.0.0"};
  Server other(io, handler, options);
  EXPECT_FALSE(other.start());
}

}  // namespace
}  // namespace qala::mqtt::testing

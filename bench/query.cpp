// Times GET requests on one keep-alive connection: `query port=8080 token=T file=PATHS`; the file has one path a line,
// each is asked once, after three to warm up; a time includes reading the whole answer. Prints one line of JSON.
// `seconds=N`: stops after that time (with at least five answers); `again=1`: begins anew at the end of the file.
#include <cstdio>
#include <fstream>

#include "client.h"

int main(int argc, char** argv) {
  using namespace qala::bench;
  const Arguments arguments(argc, argv,
                            {{"port", "8080"}, {"token", ""}, {"file", ""}, {"seconds", "0"}, {"again", "0"}});
  std::vector<std::string> heads;
  std::ifstream file(arguments.text("file"));
  const std::string token =
      arguments.text("token").empty() ? "" : "Authorization: Bearer " + arguments.text("token") + "\r\n";
  for (std::string path; std::getline(file, path);) {
    if (!path.empty()) heads.push_back("GET " + path + " HTTP/1.1\r\nHost: bench\r\n" + token);
  }
  if (heads.empty()) give_up("no requests in " + arguments.text("file"));

  HttpConnection http(static_cast<int>(arguments.number("port")));
  std::size_t bytes = 0;
  std::string sample;
  const auto ask = [&](const std::string& head) {
    const std::int64_t before = monotonic_ns();
    const int status = http.exchange(head, {}, false);
    const std::int64_t took = monotonic_ns() - before;
    if (status != 200)
      give_up("HTTP " + std::to_string(status) + " to " + head.substr(0, 200) + http.body().substr(0, 300));
    bytes += http.body().size();
    if (sample.empty()) sample = http.body().substr(0, 160);
    return took;
  };
  for (std::size_t i = 0; i < 3; i++) (void)ask(heads[heads.size() - 1 - i % heads.size()]);
  bytes = 0;
  Times times;
  const std::int64_t start = monotonic_ns(), most = arguments.number("seconds") * 1'000'000'000;
  for (std::size_t i = 0; i < heads.size() || arguments.number("again") != 0; i++) {
    times.add(ask(heads[i % heads.size()]));
    if (most > 0 && times.size() >= 5 && monotonic_ns() - start > most) break;
  }
  for (char& c : sample) c = c == '"' || c == '\\' || static_cast<unsigned char>(c) < 32 ? ' ' : c;
  std::printf("{\"times\":%s,\"bytes_each\":%zu,\"sample\":\"%s\"}\n", times.json().c_str(), bytes / times.size(),
              sample.c_str());
  return 0;
}

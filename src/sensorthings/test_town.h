#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "ingest/unclaimed.h"
#include "readings/embedded_store.h"
#include "readings/test_store.h"
#include "sensorthings/batch.h"
#include "sensorthings/data_array.h"
#include "sensorthings/rows.h"
#include "sensorthings/service.h"
#include "temporary_folder.h"

namespace qala::sensorthings::test {

/// How much is recorded, and how often: an append is a sync of the disk.
class CountedAudit final : public audit::AuditSink {
 public:
  Result<> record(const audit::Actor&, std::string_view, std::string_view, std::string_view) override {
    appends++;
    entries++;
    return {};
  }
  Result<> record_all(const audit::Actor&, std::string_view, std::span<const std::string> objects) override {
    appends++;
    entries += objects.size();
    return {};
  }
  std::size_t appends = 0, entries = 0;
};

/// A whole town without its transports, in a folder; one thread is the writer and everybody else.
struct TestTown {
  TestTown() { open(); }

  void open() {
    service.reset();
    admission.reset();
    unclaimed.reset();
    registry.reset();
    store.reset();
    db = std::make_unique<sqlite::Database>(*sqlite::Database::open(folder.path() + "/town.db"));
    registry = *registry::Registry::open(*db, clock, audit);
    store = std::make_unique<readings::test::WatchedStore>(*readings::open_embedded(
        folder.path() + "/readings", *Zone::find("Asia/Almaty"), clock, {.background = false}));
    unclaimed = *ingest::Unclaimed::open(*db, clock);
    index = std::make_unique<ingest::SeriesIndex>(7);
    admission = std::make_unique<ingest::Admission>(*store, *registry, *unclaimed, receipts, *index, probe, clock,
                                                    ingest::AdmissionOptions{});
    auto opened = Service::open(*db, *registry, *store, *admission, audit, clock, 5 * Instant::kMinute,
                                [this](std::function<void()> job) { jobs.push_back(std::move(job)); }, {});
    ASSERT_TRUE(opened) << opened.error().message;
    service = std::move(*opened);
    admission->add_listener(*service);
  }

  Ask ask(std::string method, std::string target, std::string body = {}) const {
    Ask out;
    out.method = std::move(method);
    const auto mark = target.find('?');
    out.path = target.substr(0, mark);
    std::string_view rest = mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
    while (!rest.empty()) {
      const auto end = std::min(rest.find('&'), rest.size());
      const auto equals = rest.find('=');
      out.options.emplace_back(rest.substr(0, equals), rest.substr(equals + 1, end - equals - 1));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    out.body = std::move(body);
    out.content_type = "application/json";
    out.root = "http://town/v1.1";
    out.actor = {"user", "aigul"};
    out.source = "aigul";
    out.may_edit = out.may_observe = true;
    return out;
  }

  Answer batch(const Ask& what) {
    Batch steps(*service, what, true);
    return run_at_once(steps);
  }
  Answer create_many(const Ask& what) {
    ObservationsUpload steps(service->writer(), what);
    return run_at_once(steps);
  }
  Answer run(const Ask& what) {
    Answer answer = what.method == "GET"                 ? service->reader().get(what)
                    : what.path == "/$batch"             ? batch(what)
                    : what.path == "/CreateObservations" ? create_many(what)
                                                         : service->writer().run(what);
    while (!jobs.empty()) std::exchange(jobs.front(), {})(), jobs.erase(jobs.begin());
    return answer;
  }
  Answer run(std::string method, std::string target, std::string body = {}) {
    return run(ask(std::move(method), std::move(target), std::move(body)));
  }
  /// The answer's body; a failure of the test if it is not 200.
  Json get(const std::string& target) {
    const Answer answer = run("GET", target);
    EXPECT_EQ(answer.status, 200u) << target << ": " << answer.body;
    registry::JsonProblem problem;
    Json json = registry::parse_json(answer.body, problem);
    EXPECT_EQ(problem.what, "") << answer.body;
    return json;
  }
  std::string text(const std::string& target) { return json_text(get(target)); }
  /// Its path: "/Things(1)".
  std::string post(const std::string& target, const std::string& body) {
    const Answer answer = run("POST", target, body);
    EXPECT_EQ(answer.status, 201u) << target << " " << body << ": " << answer.body;
    return answer.location.empty() ? "" : answer.location.substr(std::string("http://town/v1.1").size());
  }
  static std::string id_in(const std::string& path) {
    return path.substr(path.rfind('(') + 1, path.size() - path.rfind('(') - 2);
  }
  std::vector<std::string> ids(const std::string& target) {
    std::vector<std::string> out;
    const Json json = get(target);
    if (const Json* value = json.find("value"))
      for (const Json& one : value->items) out.push_back(one.find("@iot.id")->text);
    return out;
  }

  std::size_t count(const std::string& path) {
    return static_cast<std::size_t>(std::stoul(get(path + "?$count=true&$top=0").find("@iot.count")->text));
  }
  /// A second apart from 2024-01-01 on, results 0, 1, …: the body of a CreateObservations.
  static std::string many(const std::string& stream, std::size_t rows) {
    std::string out =
        R"([{"Datastream":{"@iot.id":)" + stream + R"(},"components":["phenomenonTime","result"],"dataArray":[)";
    const Instant start = *parse_iso("2024-01-01T00:00:00Z");
    for (std::size_t i = 0; i < rows; i++)
      out += fmt::format(R"({}["{}",{}])", i == 0 ? "" : ",", to_iso(start + std::chrono::seconds(i)), i);
    return out + "]}]";
  }
  /// Steps for the writer; `between` is called before each of them, as by another who comes in.
  static std::size_t take(Steps& steps, const std::function<void()>& between = {}) {
    std::size_t writes = 0;
    for (auto next = steps.next(); next != Steps::Next::done; next = steps.next()) {
      if (next == Steps::Next::write && between) between();
      writes += next == Steps::Next::write;
      steps.step();
    }
    return writes;
  }

  /// tests/sensorthings/town.txt; what was made of each kind, in order.
  std::map<std::string, std::vector<std::string>> made;
  std::string filled(std::string text) const {
    for (std::size_t at = 0; (at = text.find('$', at)) != std::string::npos;) {
      const auto dot = text.find('.', at);
      if (dot == std::string::npos) break;
      const auto known = made.find(text.substr(at + 1, dot - at - 1));
      std::size_t end = dot + 1;
      while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end]))) end++;
      if (known == made.end() || end == dot + 1) {
        at++;
        continue;
      }
      text.replace(at, end - at, known->second.at(std::stoul(text.substr(dot + 1, end - dot - 1))));
    }
    return text;
  }
  void load() {
    clock.set(*parse_iso("2026-11-29T12:00:00Z"));
    std::ifstream lines("tests/sensorthings/town.txt");
    ASSERT_TRUE(lines.good());
    for (std::string line; std::getline(lines, line);) {
      if (line.empty() || line[0] == '#') continue;
      const auto blank = line.find(' ');
      const std::string set = line.substr(1, blank - 1);
      made[set].push_back(id_in(post("/" + set, filled(line.substr(blank + 1)))));
    }
    for (const char* set : {"Locations", "HistoricalLocations"}) made[set] = ids(std::string("/") + set + "?$top=1000");
  }

  tests::TemporaryFolder folder;
  FakeClock clock;
  CountedAudit audit;
  std::unique_ptr<sqlite::Database> db;
  std::unique_ptr<registry::Registry> registry;
  std::unique_ptr<readings::test::WatchedStore> store;
  std::unique_ptr<ingest::Unclaimed> unclaimed;
  ingest::ReceiptBook receipts;
  std::unique_ptr<ingest::SeriesIndex> index;
  ingest::Probe probe;
  std::unique_ptr<ingest::Admission> admission;
  std::unique_ptr<Service> service;
  std::vector<std::function<void()>> jobs;
};

}  // namespace qala::sensorthings::test

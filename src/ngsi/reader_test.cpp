// The parameters of the requests, pages, places, the past, errors.
#include "ngsi/area.h"
#include "ngsi/negotiate.h"
#include "ngsi/test_town.h"

namespace qala::ngsi {

namespace {

using registry::Kind;
using test::Json;
using test::TestTown;

/// Ten containers along a street, about 68 m from one to the next; the n-th is n x 10 % full.
class Street : public testing::Test {
 protected:
  Street() {
    for (int i = 0; i < 10; i++) {
      registry::Thing bin{.key = "K-" + std::to_string(i),
                          .kind = Kind::bin,
                          .street = "Абай",
                          .location = registry::Point{70.95 + 0.001 * i, 52}};
      level[i] = town.measure(town.put(bin), "fill_level");
      town.read(level[i], 10 * i);
    }
  }
  std::string detail(const std::string& target, unsigned status, const std::string& type) {
    const Answer answer = town.ask(target);
    EXPECT_EQ(answer.status, status) << target << ": " << answer.body;
    const Json json = TestTown::parsed(answer.body);
    EXPECT_EQ(TestTown::at(json, "type"), "\"https://uri.etsi.org/ngsi-ld/errors/" + type + "\"") << target;
    EXPECT_EQ(TestTown::at(json, "status"), std::to_string(status));
    const auto* detail = json.find("detail");
    return detail ? detail->text : "";
  }
  std::string header(const Answer& answer, std::string_view name, std::string_view part = "") {
    for (const auto& [key, text] : answer.headers)
      if (key == name && text.contains(part)) return text;
    return "";
  }

  TestTown town;
  DatastreamId level[10];
};

TEST_F(Street, IsFoundByTypeNameValueAndPlace) {
  const std::pair<const char*, const char*> table[] = {
      {"type=WasteContainer", "K-0 K-1 K-2 K-3 K-4 K-5 K-6 K-7 K-8 K-9"},
      {"type=https://smartdatamodels.org/dataModel.WasteManagement/WasteContainer&limit=1", "K-0"},
      {"type=Streetlight", ""},
      {"type=NoSuchType", ""},
      {"type=NoSuchType,WasteContainer&q=fillingLevel>=0.8", "K-8 K-9"},
      {"id=urn:ngsi-ld:WasteContainer:K-3,urn:ngsi-ld:WasteContainer:K-5,urn:x:y", "K-3 K-5"},
      {"type=WasteContainer&idPattern=K-[23]$", "K-2 K-3"},
      {"q=fillingLevel==0.2..0.4", "K-2 K-3 K-4"},
      {"q=status==\"ok\";fillingLevel<0.1|fillingLevel>0.85", "K-0 K-9"},
      {"attrs=fillingLevel&q=fillingLevel==0.3", "K-3"},
      {"type=WasteContainer&attrs=voltage", ""},
      {"georel=near;maxDistance==70&geometry=Point&coordinates=[70.951,52]", "K-0 K-1 K-2"},
      {"georel=near;minDistance==500&geometry=Point&coordinates=[70.95,52]", "K-8 K-9"},
      {"georel=near;minDistance==60;maxDistance==140&geometry=Point&coordinates=[70.95,52]", "K-1 K-2"},
      {"georel=within&geometry=Polygon&coordinates=[[[70.9535,51],[70.9565,51],[70.9565,53],[70.9535,53],[70.9535,51]]"
       "]",
       "K-4 K-5 K-6"},
      {"georel=intersects&geometry=Polygon&coordinates=[[[70.95,52],[70.9515,52],[70.9515,53],[70.95,52]]]", "K-0 K-1"},
      {"georel=within&geometry=Polygon&coordinates=[[[70.95,52],[70.9515,52],[70.9515,53],[70.95,52]]]", ""},
      {"georel=disjoint&geometry=Polygon&coordinates=[[[70,51],[70.9575,51],[70.9575,53],[70,53],[70,51]]]", "K-8 K-9"},
      {"georel=within&geometry=MultiPoint&coordinates=[[70.95,52],[70.959,52],[1,1]]", "K-0 K-9"},
      {"local=true&limit=2&offset=9", "K-9"},
  };
  for (const auto& [parameters, expected] : table) EXPECT_EQ(town.found(parameters), expected) << parameters;
}

TEST_F(Street, TellsWhatIsWrongWhereAndWhatToDo) {
  const std::pair<const char*, const char*> table[] = {
      {"", "parameters: say what is wanted"},
      {"?typ=WasteContainer", "parameter \"typ\": is not known here; known are type, id"},
      {"?type=WasteContainer&type=Streetlight", "type: stands twice"},
      {"?type=", "type: is empty"},
      {"?type=(A|B)", "type: types are joined by commas"},
      {"?type=A,,B", "type at 3: something is missing"},
      {"?q=fillingLevel=0.3", "q at 13: \"=\" is no comparison"},
      {"?local=yes", "local: is true or false"},
      {"?local=true&limit=ten", "limit: \"ten\" is no whole number"},
      {"?local=true&limit=0", "limit: 0 goes with count=true only"},
      {"?local=true&options=sysAttrs", "options: \"sysAttrs\" is not known here; known are normalized, keyValues"},
      {"?local=true&idPattern=(", "idPattern: the pattern at 2"},
      {"?georel=near;maxDistance==5", "geometry: is missing"},
      {"?georel=near&geometry=Point&coordinates=[1,2]", "georel at 5: how near is missing"},
      {"?georel=near;maxDistance=5&geometry=Point&coordinates=[1,2]", "georel at 6: only near is followed"},
      {"?georel=near;maxDistance==five&geometry=Point&coordinates=[1,2]", "georel at 19: metres are expected"},
      {"?georel=north&geometry=Point&coordinates=[1,2]", "georel at 1: \"north\" is not known"},
      {"?georel=within;x==1&geometry=Point&coordinates=[1,2]", "georel at 8: only near"},
      {"?georel=within&geometry=Circle&coordinates=[1,2]", "geometry: \"Circle\" is not known"},
      {"?georel=near;maxDistance==5&geometry=Polygon&coordinates=[[[1,2],[3,4],[5,6],[1,2]]]",
       "geometry: near goes with Point"},
      {"?georel=within&geometry=Point&coordinates=[1,2", "coordinates at 5: no JSON"},
      {"?georel=within&geometry=Point&coordinates=[51.99,170.95]",
       "coordinates: [51.99, 170.95] is no place: the longitude comes first"},
      {"?georel=within&geometry=Polygon&coordinates=[[[1,2],[3,4],[5,6]]]", "coordinates: a ring has at least four"},
      {"?georel=within&geometry=Point&coordinates=[1,2]&geoproperty=area", "geoproperty: entities have their place"},
  };
  for (const auto& [parameters, expected] : table) {
    const auto told = detail(std::string("/entities") + parameters, 400, "BadRequestData");
    EXPECT_EQ(told.substr(0, std::string_view(expected).size()), expected) << parameters;
  }
  EXPECT_NE(detail("/entities?type=WasteContainer&limit=1001", 403, "TooManyResults").find("at most 1,000"),
            std::string::npos);
  EXPECT_NE(detail("/entities/urn:ngsi-ld:WasteContainer:none", 404, "ResourceNotFound")
                .find("/ngsi-ld/v1/entities?type=WasteContainer lists them"),
            std::string::npos);
  EXPECT_NE(detail("/entities/K-1", 400, "BadRequestData").find("is no URI"), std::string::npos);
  EXPECT_NE(detail("/entities/urn:ngsi-ld:Tree:1", 404, "ResourceNotFound").find("a TYPE of /ngsi-ld/v1/types"),
            std::string::npos);
  EXPECT_NE(detail("/subscriptions", 501, "OperationNotSupported").find("is not done here"), std::string::npos);
  EXPECT_NE(detail("/nothing", 404, "ResourceNotFound").find("nothing is at /ngsi-ld/v1/nothing"), std::string::npos);
}

TEST_F(Street, ComesInPagesWithLinksToTheOthers) {
  const Answer page = town.ask("/entities?type=WasteContainer&q=fillingLevel>0.05&limit=4&offset=4&count=true");
  EXPECT_EQ(header(page, "NGSILD-Results-Count"), "9");
  EXPECT_EQ(header(page, "Link", "rel=\"next\""),
            "<http://town/ngsi-ld/v1/entities?type=WasteContainer&q=fillingLevel%3E0.05&limit=4&count=true&offset=8>; "
            "rel=\"next\"; "
            "type=\"application/json\"");
  EXPECT_NE(header(page, "Link", "rel=\"prev\"").find("&offset=0>"), std::string::npos);
  EXPECT_EQ(header(town.ask("/entities?type=WasteContainer&limit=10"), "Link", "rel=\"next\""), "");
  const Answer none = town.ask("/entities?type=WasteContainer&limit=0&count=true");
  EXPECT_EQ(none.body, "[]");
  EXPECT_EQ(header(none, "NGSILD-Results-Count"), "10");
}

TEST_F(Street, TellsTheContextInTheBodyOrInAHeader) {
  const Answer plain = town.ask("/entities/urn:ngsi-ld:WasteContainer:K-1");
  EXPECT_EQ(plain.type, "application/json");
  EXPECT_EQ(header(plain, "Link"),
            "<http://town/ngsi-ld/v1/context.jsonld>; rel=\"http://www.w3.org/ns/json-ld#context\"; "
            "type=\"application/ld+json\"");
  EXPECT_EQ(plain.body.find("@context"), std::string::npos);
  const Answer linked = town.ask("/entities?type=WasteContainer&limit=2", "application/ld+json");
  EXPECT_EQ(linked.type, "application/ld+json");
  EXPECT_EQ(header(linked, "Link", "json-ld#context"), "");
  for (const Json& one : TestTown::parsed(linked.body).items)
    EXPECT_EQ(
        TestTown::at(one, "@context"),
        R"(["http://town/ngsi-ld/v1/context.jsonld","https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"])");
  EXPECT_EQ(town.ask("/types", "text/html").status, 406u);
}

TEST_F(Street, TellsItsTypes) {
  EXPECT_EQ(TestTown::at(town.get("/types"), "typeList"), R"(["WasteContainer"])");
  const Json types = town.get("/types?details=true");
  ASSERT_EQ(types.items.size(), 1u);
  EXPECT_EQ(TestTown::at(types.items[0], "attributeNames"),
            R"(["fillingLevel","status","location","name","address","dataProvider"])");
  const Json one = town.get("/types/WasteContainer");
  EXPECT_EQ(TestTown::at(one, "entityCount"), "10");
  EXPECT_EQ(detail("/types/Streetlight", 404, "ResourceNotFound").substr(0, 39),
            "there is no entity of type \"Streetlight");
}

TEST_F(Street, TellsThePastOldestFirst) {
  town.read(level[1], 20, 30);
  town.read(level[1], 30, 20);
  town.read(level[1], 50, 15, readings::flag::doubtful);
  town.read(level[1], 40, 10);
  const std::string past = "/temporal/entities/urn:ngsi-ld:WasteContainer:K-1?options=temporalValues";
  const auto values = [&](const std::string& more) {
    return TestTown::at(town.get(past + more), "fillingLevel.values");
  };
  EXPECT_EQ(
      values(""),
      R"([[0.200,"2026-01-17T14:10:00Z"],[0.300,"2026-01-17T14:20:00Z"],[0.400,"2026-01-17T14:30:00Z"],[0.100,"2026-01-17T14:40:00Z"]])");
  EXPECT_EQ(values("&timerel=before&timeAt=2026-01-17T14:20:00Z"), R"([[0.200,"2026-01-17T14:10:00Z"]])");
  EXPECT_EQ(values("&timerel=after&timeAt=2026-01-17T14:30:00Z"), R"([[0.100,"2026-01-17T14:40:00Z"]])");
  EXPECT_EQ(values("&timerel=between&timeAt=2026-01-17T14:20:00Z&endTimeAt=2026-01-17T14:30:00Z"),
            R"([[0.300,"2026-01-17T14:20:00Z"]])");
  EXPECT_EQ(values("&lastN=2"), R"([[0.400,"2026-01-17T14:30:00Z"],[0.100,"2026-01-17T14:40:00Z"]])");
  EXPECT_EQ(values("&lastN=2&timerel=before&timeAt=2026-01-17T14:40:00Z"),
            R"([[0.300,"2026-01-17T14:20:00Z"],[0.400,"2026-01-17T14:30:00Z"]])")
      << "the suspect one is not counted";
  EXPECT_EQ(values("&timerel=after&timeAt=2027-01-01"), "[]");
  const Json normalized = town.get("/temporal/entities/urn:ngsi-ld:WasteContainer:K-1?attrs=fillingLevel&lastN=1");
  EXPECT_EQ(TestTown::at(normalized, "fillingLevel"),
            R"([{"type":"Property","value":0.100,"unitCode":"C62","observedAt":"2026-01-17T14:40:00Z"}])");
}

TEST_F(Street, ReadsNoMoreOfThePastThanItTells) {
  readings::Batch batch;
  for (int i = 5000; i > 0; i--)
    batch.rows.push_back({.datastream = level[2], .time = town.clock.now().ns - i * Instant::kMinute, .bits = i % 100});
  const readings::Batch* const batches[] = {&batch};
  ASSERT_TRUE(town.store->append(batches, {}));
  town.store->rows_read = 0;
  EXPECT_EQ(town.get("/temporal/entities/urn:ngsi-ld:WasteContainer:K-2?lastN=3").find("fillingLevel")->items.size(),
            3u);
  EXPECT_LE(town.store->rows_read, 10u);
}

TEST_F(Street, SaysWhatIsWrongOfTheTime) {
  const std::string past = "/temporal/entities/urn:ngsi-ld:WasteContainer:K-1?";
  const std::pair<const char*, const char*> table[] = {
      {"timerel=since&timeAt=2026-01-17T14:20:00Z", "timerel: \"since\" is not known"},
      {"timerel=before", "timeAt: is missing"},
      {"timeAt=2026-01-17T14:20:00Z", "timerel: is missing"},
      {"timerel=before&timeAt=yesterday", "timeAt: \"yesterday\" is no time"},
      {"timerel=between&timeAt=2026-01-17", "endTimeAt: is missing"},
      {"timerel=between&timeAt=2026-01-17&endTimeAt=2026-01-16", "endTimeAt: is before timeAt"},
      {"timerel=before&timeAt=2026-01-17&endTimeAt=2026-01-18", "endTimeAt: goes with timerel=between only"},
      {"timeproperty=modifiedAt", "timeproperty: values go by observedAt only"},
      {"lastN=0", "lastN: is at least 1"},
      {"aggrMethods=avg", "parameter \"aggrMethods\": is not known"},
      {"options=keyValues", "options: \"keyValues\" is not known"},
  };
  for (const auto& [parameters, expected] : table)
    EXPECT_EQ(detail(past + parameters, 400, "BadRequestData").substr(0, std::string_view(expected).size()), expected)
        << parameters;
  EXPECT_NE(detail(past + "lastN=10001", 403, "TooManyResults").find("at most 10,000"), std::string::npos);
  detail(past + "attrs=voltage", 404, "ResourceNotFound");
}

TEST(Past, OfMoreValuesThanAreToldAtOnceIsRefusedAndNotCut) {
  TestTown town;
  const auto level = town.measure(town.add("K-1", Kind::bin), "fill_level");
  readings::Batch batch;
  for (int i = 0; i <= static_cast<int>(kMostValues); i++)
    batch.rows.push_back({.datastream = level, .time = town.clock.now().ns - i * Instant::kSecond, .bits = i % 100});
  const readings::Batch* const batches[] = {&batch};
  ASSERT_TRUE(town.store->append(batches, {}));
  const Answer answer = town.ask("/temporal/entities/urn:ngsi-ld:WasteContainer:K-1");
  EXPECT_EQ(answer.status, 403u);
  EXPECT_NE(answer.body.find("more than 10,000 values of \\\"fillingLevel\\\": ask for less time"), std::string::npos)
      << answer.body;
  EXPECT_EQ(
      town.get("/temporal/entities/urn:ngsi-ld:WasteContainer:K-1?lastN=10000").find("fillingLevel")->items.size(),
      kMostValues);
}

TEST(Writing, IsRefusedWithTheWayIn) {
  const std::pair<const char*, unsigned> table[] = {{"/entities", 405},
                                                    {"/entities/urn:ngsi-ld:WasteContainer:1", 405},
                                                    {"/entities/urn:ngsi-ld:WasteContainer:1/attrs", 405},
                                                    {"/types", 405},
                                                    {"/temporal/entities/urn:x:y", 405},
                                                    {"/context.jsonld", 405},
                                                    {"/subscriptions", 501},
                                                    {"/entityOperations/upsert", 501},
                                                    {"/csourceRegistrations", 501},
                                                    {"/temporal/entities", 501},
                                                    {"/else", 404}};
  for (const auto& [path, status] : table) {
    const Answer answer = Reader::refuse_writing({.path = path});
    EXPECT_EQ(answer.status, status) << path;
    EXPECT_NE(answer.body.find("SensorThings (/v1.1) is the way in"), std::string::npos) << answer.body;
    EXPECT_EQ(!answer.headers.empty(), status == 405) << "Allow";
  }
}

TEST(Context, NamesEveryAttributeOnceForEachModel) {
  TestTown town;
  const Json json = town.get("/context.jsonld");
  const Json& terms = json.find("@context")->items.at(0);
  EXPECT_EQ(json.find("@context")->items.at(1).text, "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld");
  for (const Model& model : models()) {
    const Json* type = terms.find(model.type);
    ASSERT_NE(type, nullptr);
    EXPECT_EQ(type->find("@id")->text, uri_of(model, model.type));
    for (const auto name : attributes_of(model)) {
      if (name == "location" || name == "description") continue;  // the core context has them
      const Json* own = type->find("@context")->find(name);
      const Json* term = own ? own : terms.find(name);
      ASSERT_NE(term, nullptr) << name;
      EXPECT_EQ(term->find("@id") ? term->find("@id")->text : term->text, uri_of(model, name));
    }
  }
}

TEST(Accept, IsWeighed) {
  const std::pair<const char*, std::optional<bool>> table[] = {{"", false},
                                                               {"*/*", false},
                                                               {"application/json", false},
                                                               {"application/ld+json", true},
                                                               {"application/json, application/ld+json", false},
                                                               {"application/json;q=0.5, application/ld+json", true},
                                                               {"application/*;q=0.1, application/ld+json", true},
                                                               {"text/html", std::nullopt},
                                                               {"text/html, */*;q=0.1", false},
                                                               {"application/ld+json;q=0", std::nullopt},
                                                               {"Application/LD+JSON", true},
                                                               {"application/json;q=0, */*", true}};
  for (const auto& [accept, expected] : table) EXPECT_EQ(wants_ld(accept), expected) << accept;
}

TEST(Link, NamesAContextThatIsKnownOrIsRefused) {
  const auto is = [](const std::string& address) {
    return is_known_context("<" + address + ">; rel=\"http://www.w3.org/ns/json-ld#context\"",
                            "http://town/ngsi-ld/v1/context.jsonld");
  };
  EXPECT_TRUE(is("http://town/ngsi-ld/v1/context.jsonld"));
  EXPECT_TRUE(is("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"));
  EXPECT_TRUE(is("https://raw.githubusercontent.com/smart-data-models/dataModel.Environment/master/context.jsonld"));
  EXPECT_FALSE(is("https://example.org/own.jsonld"));
  EXPECT_FALSE(
      is_known_context("<https://a.b/style.css>; rel=\"stylesheet\", <https://example.org/x>; "
                       "rel=\"http://www.w3.org/ns/json-ld#context\"",
                       ""));
  EXPECT_TRUE(is_known_context("<https://a.b/style.css>; rel=\"stylesheet\"", ""));
  EXPECT_TRUE(is_known_context("", ""));
}

TEST(Area, MeasuresOnTheSphere) {
  // A degree of a great circle is 111.195 km on the sphere of the mean radius.
  EXPECT_NEAR(metres_between({0, 0}, {1, 0}), 111'195, 1);
  EXPECT_NEAR(metres_between({0, 0}, {0, 1}), 111'195, 1);
  EXPECT_NEAR(metres_between({70, 60}, {71, 60}), 111'195 * 0.5, 5);
  EXPECT_NEAR(metres_between({179.999, 0}, {-179.999, 0}), 222.4, 0.1);
  EXPECT_EQ(metres_between({70.95, 51.99}, {70.95, 51.99}), 0);
}

TEST(Area, KnowsInsideEdgeHoleAndOutside) {
  Area area;
  area.polygons = {{{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}, {{4, 4}, {6, 4}, {6, 6}, {4, 6}, {4, 4}}}};
  const auto is = [&](double lon, double lat, bool edge) { return lies_in(area, {lon, lat}, edge); };
  EXPECT_TRUE(is(1, 1, false));
  EXPECT_TRUE(is(1, 4, false)) << "level with a corner of the hole";
  EXPECT_FALSE(is(5, 5, true)) << "in the hole";
  EXPECT_FALSE(is(11, 5, true));
  EXPECT_FALSE(is(-1, 10, true)) << "level with the upper edge";
  for (const auto& [lon, lat] : {std::pair{0., 5.}, {10., 10.}, {4., 5.}}) {
    EXPECT_TRUE(is(lon, lat, true));
    EXPECT_FALSE(is(lon, lat, false));
  }
}

}  // namespace

}  // namespace qala::ngsi

// A town.db of the first version, as it lies in data folders, under today's program.
#include <gtest/gtest.h>

#include "alarms/testbed.h"

namespace qala::alarms::testing {
namespace {

/// Version 1 as it was released, with an open alarm that was acknowledged and a closed one with a comment.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE room_version (room TEXT PRIMARY KEY, version INTEGER NOT NULL CHECK (version >= 0)) STRICT, WITHOUT ROWID;
INSERT INTO room_version VALUES ('alarms', 1);
CREATE TABLE alarm (
  id INTEGER PRIMARY KEY, rule TEXT NOT NULL, severity INTEGER NOT NULL CHECK (severity BETWEEN 1 AND 5),
  condition INTEGER NOT NULL CHECK (condition IN (0, 1)), handling INTEGER NOT NULL CHECK (handling IN (0, 1)),
  thing INTEGER NOT NULL, datastream INTEGER, kind TEXT NOT NULL, zone INTEGER NOT NULL, raised INTEGER NOT NULL,
  cleared INTEGER, acknowledged INTEGER, acknowledged_by TEXT NOT NULL, value REAL, "limit" REAL NOT NULL,
  comparison TEXT NOT NULL, unit TEXT NOT NULL, count INTEGER NOT NULL CHECK (count >= 1), covers INTEGER NOT NULL,
  cause INTEGER, sequence INTEGER NOT NULL, open INTEGER NOT NULL CHECK (open IN (0, 1))
) STRICT;
CREATE INDEX alarm_by_open ON alarm (open, severity, raised);
CREATE INDEX alarm_by_thing ON alarm (thing, raised);
CREATE TABLE alarm_comment (alarm INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL,
  text TEXT NOT NULL, PRIMARY KEY (alarm, number)) STRICT, WITHOUT ROWID;
CREATE TABLE alarm_pending (datastream INTEGER NOT NULL, rule TEXT NOT NULL, since INTEGER NOT NULL,
  value REAL NOT NULL, PRIMARY KEY (datastream, rule)) STRICT, WITHOUT ROWID;
CREATE TABLE alarm_position (one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL,
  next_id INTEGER NOT NULL, clock INTEGER NOT NULL) STRICT;
INSERT INTO alarm VALUES (1,'pm2_5_high',3,1,1,1,1,'air_station',0,1768650000000000000,1768651000000000000,
  1768650500000000000,'serik',201.0,160.0,'>','µg/m³',2,0,NULL,0,0);
INSERT INTO alarm_comment VALUES (1,0,1768650600000000000,'serik','stoves');
INSERT INTO alarm VALUES (2,'pm2_5_high',3,0,1,1,1,'air_station',0,1768660000000000000,NULL,
  1768660100000000000,'aigul',186.0,160.0,'>','µg/m³',1,0,NULL,0,1);
INSERT INTO alarm_position VALUES (1,0,3,1768660200000000000);
)sql";

TEST(Migration, AlarmsOfTheFirstVersionAreKeptAndHaveAHistory) {
  Town town;
  {
    auto db = sqlite::Database::open(town.folder_.file("town.db"));
    ASSERT_TRUE(db);
    const auto made = db->exec(kVersion1);
    ASSERT_TRUE(made) << made.error().message;
  }
  const ThingId station = town.directory.add_thing("AB-4", registry::Kind::air_station);
  town.directory.add_stream(station, "pm2_5", "pm2_5", 600, "µg/m³");
  town.open();
  ASSERT_EQ(town.tray().size(), 1u);
  const Alarm open = town.tray()[0];
  EXPECT_EQ(open.id, AlarmId(2));
  EXPECT_EQ(open.acknowledged_by, "aigul");
  EXPECT_FALSE(open.shelved);
  EXPECT_FALSE(open.out_of_service);
  const auto steps = town.engine->board().history(AlarmId(1))->steps;
  ASSERT_EQ(steps.size(), 4u);
  EXPECT_EQ(steps[0].kind, StepKind::raised);
  EXPECT_EQ(steps[0].value, 201);
  EXPECT_EQ(steps[1].by, "serik");
  EXPECT_EQ(steps[2].text, "stoves");
  EXPECT_EQ(steps[3].kind, StepKind::cleared);
  ASSERT_TRUE(town.engine->shelve(open.id, {"user", "aigul"}, town.clock.now() + std::chrono::hours(1), "later"));
}

/// Killed between committing a large write and spreading it, then upgraded: the rows lack what is new since.
TEST(Migration, ALargeWriteOfAnOlderVersionIsCompleted) {
  Town town;
  const ThingId station = town.directory.add_thing("AB-4", registry::Kind::air_station);
  town.directory.add_stream(station, "pm2_5", "pm2_5", 600, "µg/m³");
  town.open();
  ASSERT_TRUE(town.engine->apply());
  town.kill();
  {
    auto db = sqlite::Database::open(town.folder_.file("town.db"));
    ASSERT_TRUE(db);
    const auto staged = db->exec(R"sql(
INSERT INTO alarm_batch VALUES (0, '{"alarm":[[7,"pm2_5_high",2,0,0,1,1,"air_station",0,1768660000000000000,null,null,"",
  186.0,160.0,">","µg/m³",1,0,null,0,null,null,"","",null,"","","",null,1768660000000000000,0,1]],"comment":[],
  "step":[[7,1768660000000000000,"raised","","",null,186.0,1]],"pending":[],"over":[]}');
UPDATE alarm_position SET batch = 1, next_id = 8;
)sql");
    ASSERT_TRUE(staged) << staged.error().message;
  }
  town.open();
  ASSERT_EQ(town.tray().size(), 1u);
  EXPECT_EQ(town.tray()[0].id, AlarmId(7));
  EXPECT_EQ(town.tray()[0].exercise, 0u);
}

}  // namespace
}  // namespace qala::alarms::testing

#include <gtest/gtest.h>

#include <rapidcheck.h>

#include "mqtt/test_client.h"

namespace qala::mqtt::testing {
namespace {

/// "10 0c 00 04" as bytes; text in quotes stands for itself.
std::string bytes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ' ') {
      i++;
    } else if (text[i] == '\'') {
      const auto end = text.find('\'', i + 1);
      out += text.substr(i + 1, end - i - 1);
      i = end + 1;
    } else {
      out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
      i += 2;
    }
  }
  return out;
}

Code code_of(const std::string& packet, Version version) {
  Frame frame;
  if (next_frame(packet, frame) != FrameStatus::complete) return Code::malformed_packet;
  Connect connect;
  Publish publish;
  Properties properties;
  Subscribe subscribe;
  Unsubscribe unsubscribe;
  Acknowledgement acknowledgement;
  Disconnect disconnect;
  switch (frame.type) {
    case PacketType::connect: return parse_connect(frame, connect);
    case PacketType::publish: return parse_publish(frame, version, publish, properties);
    case PacketType::subscribe: return parse_subscribe(frame, version, subscribe);
    case PacketType::unsubscribe: return parse_unsubscribe(frame, version, unsubscribe);
    case PacketType::disconnect: return parse_disconnect(frame, version, disconnect);
    case PacketType::pingreq: return parse_empty(frame);
    default: return parse_acknowledgement(frame, version, acknowledgement);
  }
}

struct Case {
  const char* what;
  const char* packet;
  Version version;
  Code expected;
};

constexpr auto k3 = Version::v311;
constexpr auto k5 = Version::v5;

const Case kCases[] = {
    {"3.1.1 hello", "10 0d 00 04 'MQTT' 04 02 00 3c 00 01 'a'", k3, Code::success},
    {"3.1 hello", "10 0f 00 06 'MQIsdp' 03 02 00 3c 00 01 'a'", k3, Code::success},
    {"5 hello", "10 0e 00 04 'MQTT' 05 02 00 3c 00 00 01 'a'", k5, Code::success},
    {"unknown protocol name", "10 0b 00 02 'hj' 04 02 00 3c 00 01 'a'", k3, Code::malformed_packet},
    {"version 6", "10 0d 00 04 'MQTT' 06 02 00 3c 00 01 'a'", k5, Code::unsupported_protocol_version},
    {"reserved connect flag", "10 0d 00 04 'MQTT' 04 03 00 3c 00 01 'a'", k3, Code::malformed_packet},
    {"will qos without will", "10 0d 00 04 'MQTT' 04 0a 00 3c 00 01 'a'", k3, Code::malformed_packet},
    {"will qos 3", "10 13 00 04 'MQTT' 04 1e 00 3c 00 01 'a' 00 01 't' 00 01 'p'", k3, Code::malformed_packet},
    {"password without user before 5", "10 10 00 04 'MQTT' 04 42 00 3c 00 01 'a' 00 01 'p'", k3,
     Code::malformed_packet},
    {"password without user in 5", "10 11 00 04 'MQTT' 05 42 00 3c 00 00 01 'a' 00 01 'p'", k5, Code::success},
    {"bytes behind the payload", "10 0e 00 04 'MQTT' 04 02 00 3c 00 01 'a' 00", k3, Code::malformed_packet},
    {"client id cut off", "10 0d 00 04 'MQTT' 04 02 00 3c 00 02 'a'", k3, Code::malformed_packet},
    {"client id with U+0000", "10 0d 00 04 'MQTT' 04 02 00 3c 00 01 00", k3, Code::malformed_packet},
    {"client id not UTF-8", "10 0d 00 04 'MQTT' 04 02 00 3c 00 01 ff", k3, Code::malformed_packet},
    {"client id with a surrogate", "10 0f 00 04 'MQTT' 04 02 00 3c 00 03 ed a0 80", k3, Code::malformed_packet},
    {"receive maximum 0", "10 11 00 04 'MQTT' 05 02 00 3c 03 21 00 00 00 01 'a'", k5, Code::protocol_error},
    {"maximum packet size 0", "10 13 00 04 'MQTT' 05 02 00 3c 05 27 00 00 00 00 00 01 'a'", k5, Code::protocol_error},
    {"session expiry twice", "10 18 00 04 'MQTT' 05 02 00 3c 0a 11 00 00 00 01 11 00 00 00 01 00 01 'a'", k5,
     Code::protocol_error},
    {"request problem information 2", "10 10 00 04 'MQTT' 05 02 00 3c 02 17 02 00 01 'a'", k5, Code::protocol_error},
    {"authentication data without method", "10 12 00 04 'MQTT' 05 02 00 3c 04 16 00 01 'x' 00 01 'a'", k5,
     Code::protocol_error},
    {"property that does not belong", "10 11 00 04 'MQTT' 05 02 00 3c 03 23 00 01 00 01 'a'", k5,
     Code::malformed_packet},
    {"unknown property", "10 10 00 04 'MQTT' 05 02 00 3c 02 7f 01 00 01 'a'", k5, Code::malformed_packet},
    {"property list longer than the packet", "10 0e 00 04 'MQTT' 05 02 00 3c 7f 00 01 'a'", k5, Code::malformed_packet},
    {"will topic with a wildcard", "10 13 00 04 'MQTT' 04 06 00 3c 00 01 'a' 00 01 '#' 00 01 'p'", k3,
     Code::topic_name_invalid},

    {"publish", "30 04 00 01 't' 'x'", k3, Code::success},
    {"publish with empty payload", "30 03 00 01 't'", k3, Code::success},
    {"publish qos 3", "36 06 00 01 't' 00 01 'x'", k3, Code::malformed_packet},
    {"duplicate of qos 0", "38 04 00 01 't' 'x'", k3, Code::malformed_packet},
    {"packet id 0", "32 06 00 01 't' 00 00 'x'", k3, Code::protocol_error},
    {"packet id missing", "32 03 00 01 't'", k3, Code::malformed_packet},
    {"topic with +", "30 04 00 01 '+' 'x'", k3, Code::protocol_error},
    {"topic with #", "30 05 00 02 'a#' 'x'", k5, Code::malformed_packet},
    {"empty topic", "30 03 00 00 'x'", k3, Code::malformed_packet},
    {"empty topic without alias", "30 03 00 00 00", k5, Code::protocol_error},
    {"alias 0", "30 07 00 01 't' 03 23 00 00", k5, Code::topic_alias_invalid},
    {"subscription identifier from a client", "30 06 00 01 't' 02 0b 01", k5, Code::malformed_packet},
    {"response topic with a wildcard", "30 08 00 01 't' 04 08 00 01 '#'", k5, Code::protocol_error},
    {"payload format 2", "30 06 00 01 't' 02 01 02", k5, Code::success},

    {"subscribe", "82 06 00 01 00 01 't' 02", k3, Code::success},
    {"subscribe with wrong flags", "80 06 00 01 00 01 't' 02", k3, Code::malformed_packet},
    {"subscribe with packet id 0", "82 06 00 00 00 01 't' 02", k3, Code::malformed_packet},
    {"subscribe to nothing", "82 02 00 01", k3, Code::malformed_packet},
    {"subscribe sent again in 3.1", "8a 06 00 01 00 01 't' 02", Version::v31, Code::success},
    {"subscribe sent again in 3.1.1", "8a 06 00 01 00 01 't' 02", k3, Code::malformed_packet},
    {"subscribe qos 3", "82 06 00 01 00 01 't' 03", k3, Code::malformed_packet},
    {"options of version 5 before it", "82 06 00 01 00 01 't' 04", k3, Code::malformed_packet},
    {"options of version 5", "82 07 00 01 00 00 01 't' 2e", k5, Code::success},
    {"retain handling 3", "82 07 00 01 00 00 01 't' 30", k5, Code::malformed_packet},
    {"reserved options", "82 07 00 01 00 00 01 't' 40", k5, Code::malformed_packet},
    {"identifier 0", "82 09 00 01 02 0b 00 00 01 't' 00", k5, Code::malformed_packet},
    {"no local on a shared subscription", "82 10 00 01 00 00 0a '$share/g/t' 04", k5, Code::protocol_error},
    {"unsubscribe", "a2 05 00 01 00 01 't'", k3, Code::success},
    {"unsubscribe from nothing", "a2 02 00 01", k3, Code::malformed_packet},

    {"puback", "40 02 00 01", k3, Code::success},
    {"puback with a reason before 5", "40 03 00 01 00", k3, Code::malformed_packet},
    {"puback with a reason", "40 03 00 01 10", k5, Code::success},
    {"puback with a reason string", "40 08 00 01 10 04 1f 00 01 'x'", k5, Code::success},
    {"pubrel without its flags", "60 02 00 01", k3, Code::malformed_packet},
    {"pubrel", "62 02 00 01", k3, Code::success},
    {"pubrel sent again in 3.1", "6a 02 00 01", Version::v31, Code::success},
    {"pubrel sent again in 3.1.1", "6a 02 00 01", k3, Code::malformed_packet},
    {"ping", "c0 00", k3, Code::success},
    {"ping with a body", "c0 01 00", k3, Code::malformed_packet},
    {"disconnect", "e0 00", k3, Code::success},
    {"disconnect with a body before 5", "e0 01 00", k3, Code::malformed_packet},
    {"disconnect with expiry", "e0 07 00 05 11 00 00 00 05", k5, Code::success},
    {"remaining length of five bytes", "30 ff ff ff ff 01", k3, Code::malformed_packet},
    {"remaining length not in its shortest form", "c0 80 00", k3, Code::malformed_packet},
};

TEST(Packets, AreTakenOrRefusedAsTheSpecificationSays) {
  for (const auto& c : kCases) EXPECT_EQ(code_of(bytes(c.packet), c.version), c.expected) << c.what;
}

TEST(Packets, CutAnywhereAreIncompleteAndNeverAnythingElse) {
  for (const auto& c : kCases) {
    if (c.expected != Code::success) continue;
    const auto whole = bytes(c.packet);
    for (std::size_t size = 0; size < whole.size(); size++) {
      Frame frame;
      EXPECT_EQ(next_frame(std::string_view(whole).substr(0, size), frame), FrameStatus::incomplete) << c.what;
    }
  }
}

TEST(Packets, ConnectIsReadWhole) {
  Hello hello{.id = "me",
              .clean = false,
              .keep_alive = 30,
              .properties = {},
              .user = "u",
              .will_topic = "w",
              .will_payload = "gone",
              .will_qos = 2,
              .will_retain = true};
  put_u8(hello.properties, 0x11), put_u32(hello.properties, 60);
  put_u8(hello.will_properties, 0x18), put_u32(hello.will_properties, 9);
  const auto packet = connect_packet(hello);
  Frame frame;
  ASSERT_EQ(next_frame(packet, frame), FrameStatus::complete);
  Connect out;
  ASSERT_EQ(parse_connect(frame, out), Code::success);
  EXPECT_EQ(out.client_id, "me");
  EXPECT_FALSE(out.clean_start);
  EXPECT_EQ(out.keep_alive, 30);
  EXPECT_EQ(out.properties.session_expiry, 60u);
  EXPECT_EQ(out.user_name, "u");
  EXPECT_EQ(out.will_topic, "w");
  EXPECT_EQ(out.will_payload, "gone");
  EXPECT_EQ(out.will_qos, 2);
  EXPECT_TRUE(out.will_retain);
  EXPECT_EQ(out.will_properties.will_delay, 9u);
}

TEST(Packets, PublishComesBackAsItWasWritten) {
  EXPECT_TRUE(rc::check([](const std::string& payload, std::uint16_t id, bool retain, bool duplicate) {
    const auto qos = static_cast<std::uint8_t>(1 + id % 2);
    const auto version = id & 4 ? Version::v5 : Version::v311;
    std::string out;
    const Delivery sent{.topic = "a/ы",
                        .payload = payload,
                        .packet_id = static_cast<std::uint16_t>(id | 1),
                        .qos = qos,
                        .duplicate = duplicate,
                        .retain = retain};
    write_publish(out, version, sent);
    RC_ASSERT(out.size() == publish_size(version, sent));
    Frame frame;
    RC_ASSERT(next_frame(out, frame) == FrameStatus::complete);
    Publish got;
    Properties properties;
    RC_ASSERT(parse_publish(frame, version, got, properties) == Code::success);
    RC_ASSERT(got.topic == sent.topic && got.payload == payload && got.packet_id == sent.packet_id);
    RC_ASSERT(got.qos == qos && got.retain == retain && got.duplicate == duplicate);
  }));
}

TEST(Packets, RandomBytesNeverDoHarm) {
  EXPECT_TRUE(rc::check([](std::string noise, std::uint8_t first) {
    std::string packet(1, static_cast<char>(first));
    put_varint(packet, static_cast<std::uint32_t>(noise.size()));
    packet += noise;
    for (const auto version : {Version::v311, Version::v5}) code_of(packet, version);
  }));
}

/// What a client reads of a server.
Code answer_of(const std::string& packet, Version version) {
  Frame frame;
  if (next_frame(packet, frame) != FrameStatus::complete) return Code::malformed_packet;
  Connack connack;
  Suback suback;
  Publish publish;
  Properties properties;
  Disconnect disconnect;
  switch (frame.type) {
    case PacketType::connack: return parse_connack(frame, version, connack);
    case PacketType::suback: return parse_suback(frame, version, suback);
    case PacketType::publish: return parse_publish(frame, version, publish, properties, PropertyPlace::server_publish);
    default: return parse_disconnect(frame, version, disconnect, PropertyPlace::server_disconnect);
  }
}

TEST(ClientPackets, OfAServerAreReadStrictly) {
  const Case cases[] = {
      {"a welcome", "20 03 00 00 00", k5, Code::success},
      {"a welcome of 3.1.1", "20 02 01 00", k3, Code::success},
      {"3.1.1 answers to 5 that it does not know it", "20 02 00 01", k5, Code::success},
      {"a welcome of 3.1.1 is none in 5", "20 02 00 00", k5, Code::malformed_packet},
      {"a reserved bit", "20 02 02 00", k3, Code::malformed_packet},
      {"a session and a refusal", "20 02 01 05", k3, Code::protocol_error},
      {"something behind it", "20 03 00 00 00", k3, Code::malformed_packet},
      {"no code", "20 01 00", k5, Code::malformed_packet},
      {"a code that is neither", "20 03 00 02 00", k5, Code::malformed_packet},
      {"what a server tells", "20 10 00 00 0d 11 00 00 00 05 21 00 0a 24 01 13 00 3c", k5, Code::success},
      {"the same twice", "20 09 00 00 06 21 00 0a 21 00 0a", k5, Code::protocol_error},
      {"none at a time", "20 06 00 00 03 21 00 00", k5, Code::protocol_error},
      {"a QoS there is not", "20 05 00 00 02 24 02", k5, Code::protocol_error},
      {"a property of a PUBLISH", "20 08 00 00 05 02 00 00 00 01", k5, Code::malformed_packet},
      {"two topics", "90 04 00 01 01 80", k3, Code::success},
      {"a QoS of 3", "90 03 00 01 03", k3, Code::malformed_packet},
      {"a refusal of 5 in 3.1.1", "90 03 00 01 87", k3, Code::malformed_packet},
      {"refused", "90 05 00 01 00 01 87", k5, Code::success},
      {"nobody asked", "90 03 00 00 00", k3, Code::malformed_packet},
      {"no codes", "90 02 00 01", k3, Code::malformed_packet},
      {"two subscriptions it is for", "32 0a 00 01 't' 00 07 04 0b 01 0b 02", k5, Code::success},
      {"an expiry twice", "30 0e 00 01 't' 0a 02 00 00 00 01 02 00 00 00 01", k5, Code::protocol_error},
      {"taken over", "e0 01 8e", k5, Code::success},
      {"with a reason and another server", "e0 0a 9c 08 1f 00 01 'a' 1c 00 01 'b'", k5, Code::success},
      {"an expiry, which only clients send", "e0 07 00 05 11 00 00 00 01", k5, Code::malformed_packet},
  };
  for (const auto& test : cases) EXPECT_EQ(answer_of(bytes(test.packet), test.version), test.expected) << test.what;
}

TEST(ClientPackets, SayWhatTheServerSaid) {
  const auto packet = bytes("20 1a 01 00 17 11 00 00 00 05 21 00 0a 24 01 13 00 3c 27 00 00 10 00 1f 00 02 'no'");
  Frame frame;
  ASSERT_EQ(next_frame(packet, frame), FrameStatus::complete);
  Connack answer;
  ASSERT_EQ(parse_connack(frame, k5, answer), Code::success);
  EXPECT_TRUE(answer.session_present);
  EXPECT_EQ(answer.properties.session_expiry, 5U);
  EXPECT_EQ(answer.properties.receive_maximum, 10);
  EXPECT_EQ(answer.properties.maximum_qos, 1);
  EXPECT_EQ(answer.properties.server_keep_alive, 60);
  EXPECT_EQ(answer.properties.maximum_packet_size, 4096U);
  EXPECT_EQ(answer.properties.reason, "no");
}

TEST(ClientPackets, AreWhatTheServerReads) {
  for (const auto version : {k3, k5}) {
    Connect hello;
    hello.version = version;
    hello.clean_start = false;
    hello.keep_alive = 30;
    hello.client_id = "town";
    hello.user_name = "u";
    hello.password = "p";
    hello.properties.has_session_expiry = true;
    hello.properties.session_expiry = 60;
    hello.properties.receive_maximum = 9;
    hello.properties.maximum_packet_size = 1000;
    std::string out;
    write_connect(out, hello);
    Frame frame;
    ASSERT_EQ(next_frame(out, frame), FrameStatus::complete);
    Connect read;
    ASSERT_EQ(parse_connect(frame, read), Code::success);
    EXPECT_EQ(read.client_id, "town");
    EXPECT_EQ(read.user_name, "u");
    EXPECT_EQ(read.password, "p");
    EXPECT_FALSE(read.clean_start);
    EXPECT_EQ(read.properties.session_expiry, version == k5 ? 60U : 0U);
    EXPECT_EQ(read.properties.receive_maximum, version == k5 ? 9 : 65535);

    Subscribe wish;
    wish.packet_id = 3;
    wish.entries = {{"a/+", {.qos = 1, .no_local = true, .retain_handling = 1}}, {"b/#", {.qos = 2}}};
    out.clear();
    write_subscribe(out, version, wish);
    ASSERT_EQ(next_frame(out, frame), FrameStatus::complete);
    Subscribe again;
    ASSERT_EQ(parse_subscribe(frame, version, again), Code::success);
    ASSERT_EQ(again.entries.size(), 2U);
    EXPECT_EQ(again.entries[0].filter, "a/+");
    EXPECT_EQ(again.entries[0].options.no_local, version == k5);
    EXPECT_EQ(again.entries[1].options.qos, 2);

    out.clear();
    write_goodbye(out, version);
    ASSERT_EQ(next_frame(out, frame), FrameStatus::complete);
    Disconnect goodbye;
    EXPECT_EQ(parse_disconnect(frame, version, goodbye), Code::success);
    out.clear();
    write_pingreq(out);
    ASSERT_EQ(next_frame(out, frame), FrameStatus::complete);
    EXPECT_EQ(parse_empty(frame), Code::success);
  }
}

}  // namespace
}  // namespace qala::mqtt::testing

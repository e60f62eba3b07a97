// qala-paho URL TOKEN VERSION(4|5) COUNT [bus]: Eclipse Paho C as a device publishes COUNT readings, QoS 1 and 2 by
// turns, and waits for each acknowledgement; as a bus client it hears all it publishes. 0: everything was as it should
// be.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include <MQTTClient.h>

namespace {

constexpr int kWaitMs = 20'000;

class Client {
 public:
  Client(const std::string& url, const std::string& token, bool version5) : token_(token), version5_(version5) {
    MQTTClient_createOptions options = MQTTClient_createOptions_initializer;
    options.MQTTVersion = version5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
    check(MQTTClient_createWithOptions(&client_, url.c_str(), "", MQTTCLIENT_PERSISTENCE_NONE, nullptr, &options),
          "create");
  }
  ~Client() { MQTTClient_destroy(&client_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void connect() {
    MQTTClient_connectOptions plain = MQTTClient_connectOptions_initializer;
    MQTTClient_connectOptions newer = MQTTClient_connectOptions_initializer5;
    auto& options = version5_ ? newer : plain;
    options.MQTTVersion = version5_ ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
    options.username = token_.c_str();
    if (version5_) {
      response(MQTTClient_connect5(client_, &options, nullptr, nullptr), "connect");
    } else {
      check(MQTTClient_connect(client_, &options), "connect");
    }
  }

  void subscribe(const char* filter, int qos) {
    if (version5_) {
      response(MQTTClient_subscribe5(client_, filter, qos, nullptr, nullptr), "subscribe", qos);
    } else {
      check(MQTTClient_subscribe(client_, filter, qos), "subscribe");
    }
  }

  void publish(const std::string& topic, const std::string& payload, int qos) {
    MQTTClient_deliveryToken delivery = 0;
    if (version5_) {
      MQTTClient_message message = MQTTClient_message_initializer;
      message.payload = const_cast<char*>(payload.data());
      message.payloadlen = static_cast<int>(payload.size());
      message.qos = qos;
      response(MQTTClient_publishMessage5(client_, topic.c_str(), &message, &delivery), "publish");
    } else {
      check(MQTTClient_publish(client_, topic.c_str(), static_cast<int>(payload.size()), payload.data(), qos, 0,
                               &delivery),
            "publish");
    }
    if (qos > 0) check(MQTTClient_waitForCompletion(client_, delivery, kWaitMs), "acknowledgement");
  }

  std::string receive() {
    char* topic = nullptr;
    int length = 0;
    MQTTClient_message* message = nullptr;
    check(MQTTClient_receive(client_, &topic, &length, &message, kWaitMs), "receive");
    if (!message) check(MQTTCLIENT_FAILURE, "a message in time");
    std::string text(static_cast<const char*>(message->payload), static_cast<std::size_t>(message->payloadlen));
    MQTTClient_freeMessage(&message);
    MQTTClient_free(topic);
    return text;
  }

  void disconnect() {
    if (version5_) {
      check(MQTTClient_disconnect5(client_, kWaitMs, MQTTREASONCODE_SUCCESS, nullptr), "disconnect");
    } else {
      check(MQTTClient_disconnect(client_, kWaitMs), "disconnect");
    }
  }

 private:
  static void check(int code, const char* what) {
    if (code == MQTTCLIENT_SUCCESS) return;
    std::fprintf(stderr, "%s failed: %d\n", what, code);
    std::exit(1);
  }
  static void response(MQTTResponse answer, const char* what, int fine = 0) {
    const int code = static_cast<int>(answer.reasonCode);
    MQTTResponse_free(answer);
    if (code != fine) check(code, what);
  }

  std::string token_;
  bool version5_;
  MQTTClient client_ = nullptr;
};

void device(Client& client, const std::string& key, int count) {
  client.subscribe("v1/devices/me/rpc/request/+", 1);
  for (int i = 1; i <= count; i++) {
    const std::string time = std::to_string(1'768'608'000'000 + i);
    client.publish("v1/devices/me/telemetry",
                   R"({"ts":)" + time + R"(,"values":{")" + key + "\":" + std::to_string(i) + "}}", 1 + i % 2);
  }
}

void listener(Client& client, int count) {
  client.subscribe("paho/+", 2);
  for (int i = 1; i <= count; i++) {
    const std::string text = std::to_string(i);
    client.publish("paho/" + text, text, i % 3);
    const std::string heard = client.receive();
    if (heard == text) continue;
    std::fprintf(stderr, "heard \"%s\" instead of \"%s\"\n", heard.c_str(), text.c_str());
    std::exit(1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: qala-paho URL TOKEN VERSION COUNT [bus]\n");
    return 2;
  }
  const bool version5 = std::strcmp(argv[3], "5") == 0;
  const int count = std::atoi(argv[4]);
  Client client(argv[1], argv[2], version5);
  client.connect();
  if (argc > 5) {
    listener(client, count);
  } else {
    device(client, version5 ? "v5" : "v4", count);
  }
  client.disconnect();
  return 0;
}

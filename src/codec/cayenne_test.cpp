#include "codec/cayenne.h"

#include <gtest/gtest.h>

#include "codec/lines.h"

namespace qala::codec {
namespace {

std::string decoded(std::string_view hex) { return decode_cayenne(*from_hex(hex)).text; }

TEST(Cayenne, ExamplesOfItsDescriptionAreDecoded) {
  EXPECT_EQ(decoded("03670110056700FF"), R"({"data":{"temperature_3":27.2,"temperature_5":25.5}})");
  EXPECT_EQ(decoded("0167FFD7"), R"({"data":{"temperature_1":-4.1}})");
  EXPECT_EQ(decoded("067104D2FB2E0000"), R"({"data":{"accelerometer_6":{"x":1.234,"y":-1.234,"z":0}}})");
  EXPECT_EQ(decoded("018806765FF2960A0003E8"),
            R"({"data":{"gps_1":{"latitude":42.3519,"longitude":-87.9094,"altitude":10}}})");
  EXPECT_EQ(decoded("0768A1"), R"({"data":{"relative_humidity_7":80.5}})");
}

TEST(Cayenne, WhatCannotBeReadIsSaidAndTheRestKept) {
  EXPECT_EQ(
      decoded("03670110FF05"),
      R"({"data":{"temperature_3":27.2},"warnings":["unknown type 0x05 at byte 6: what follows cannot be read"]})");
  EXPECT_EQ(decoded("0367011005"),
            R"({"data":{"temperature_3":27.2},"warnings":["the payload ends within a value, at byte 5"]})");
  EXPECT_EQ(decode_cayenne("\x01\x05").outcome, Outcome::failed);
  EXPECT_EQ(decoded(""), R"({"data":{}})");
}

TEST(Cayenne, WhatWasDecodedIsEncodedTheSame) {
  for (const char* hex :
       {"0167ffd7", "018806765ff2960a0003e8", "0202fed4", "01650064", "0378ff", "0a8eff", "0588800000000000000000"}) {
    const std::string text = decoded(hex);
    const std::string data = text.substr(8, text.size() - 9);
    EXPECT_EQ(encode_cayenne(data, 2).text, std::string(R"({"bytes":")") + hex + R"(","fPort":2})");
  }
}

TEST(Cayenne, WhatDoesNotFitIsRefused) {
  for (const char* data :
       {R"({"temperature_1":4000})", R"({"temperature":1})", R"({"nothing_1":1})", R"({"digital_out_300":1})",
        R"({"digital_out_1":-1})", R"({"gps_1":{"latitude":1}})", R"({"digital_out_1":"on"})", "[1]", "{"}) {
    EXPECT_EQ(encode_cayenne(data, {}).outcome, Outcome::failed) << data;
  }
}

}  // namespace
}  // namespace qala::codec

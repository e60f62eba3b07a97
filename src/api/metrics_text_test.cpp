#include "api/metrics_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace qala::api {
namespace {

TEST(MetricsText, AFamilyHasItsHelpAndTypeOnceAndThenItsSamples) {
  std::string out;
  MetricsText text(out);
  text.counter("qala_readings_total", "Readings taken in").value("transport", "mqtt", 3).value("transport", "http", 4);
  text.gauge("qala_lag_seconds", "How far behind").value(0.25);
  EXPECT_EQ(out,
            "# HELP qala_readings_total Readings taken in\n"
            "# TYPE qala_readings_total counter\n"
            "qala_readings_total{transport=\"mqtt\"} 3\n"
            "qala_readings_total{transport=\"http\"} 4\n"
            "# HELP qala_lag_seconds How far behind\n"
            "# TYPE qala_lag_seconds gauge\n"
            "qala_lag_seconds 0.25\n");
}

TEST(MetricsText, NoTextCanLeaveItsLine) {
  std::string out;
  MetricsText(out).gauge("g", "back\\slash\nline \"quoted\"").value("label", "a\\b\"c\nd", 1);
  EXPECT_EQ(out,
            "# HELP g back\\\\slash\\nline \"quoted\"\n"
            "# TYPE g gauge\n"
            "g{label=\"a\\\\b\\\"c\\nd\"} 1\n");
}

TEST(MetricsText, NumbersKeepTheirDigitsAndTheOddOnesHaveTheirNames) {
  std::string out;
  MetricsText text(out);
  text.gauge("g", "h");
  out.clear();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double value : {0.0, 1e9, 9007199254740991.0, -0.001, infinity, -infinity, std::nan("")}) {
    text.value(value);
  }
  EXPECT_EQ(out, "g 0\ng 1000000000\ng 9007199254740991\ng -0.001\ng +Inf\ng -Inf\ng NaN\n");
}

}  // namespace
}  // namespace qala::api

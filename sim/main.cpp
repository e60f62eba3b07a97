#include <cstdio>

#include <CLI/CLI.hpp>

#include "sim/plan.h"
#include "sim/town.h"

int main(int argc, char** argv) {
  CLI::App app{"The simulated town"};
  app.require_subcommand(1);
  std::uint64_t seed = 20260117;
  std::size_t things = 3012;
  auto* plan = app.add_subcommand("plan", "Print the plan");
  auto* list = app.add_subcommand("things", "Print the registry file");
  list->add_option("--seed", seed);
  list->add_option("--things", things);
  CLI11_PARSE(app, argc, argv);
  if (plan->parsed()) std::fputs(qala::sim::plan_geojson(qala::sim::build_layout()).c_str(), stdout);
  if (list->parsed()) std::fputs(qala::sim::things_geojson(qala::sim::build_town(seed, things)).c_str(), stdout);
  return 0;
}

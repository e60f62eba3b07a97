#include "app/modbus_service.h"

namespace qala::app {

namespace {

const char* name_of(modbus::DeviceState::Is is) {
  switch (is) {
    case modbus::DeviceState::Is::waiting: return "waiting";
    case modbus::DeviceState::Is::answers: return "answers";
    case modbus::DeviceState::Is::silent: return "silent";
  }
  return "";
}

}  // namespace

void ModbusService::fill(api::ServiceHealth& into) const {
  for (auto& state : poller_.states()) {
    into.modbus.push_back({.name = std::move(state.name),
                           .address = std::move(state.address),
                           .thing = std::move(state.thing),
                           .words = std::move(state.words),
                           .state = name_of(state.is),
                           .since = state.since,
                           .heard = state.heard,
                           .polls = state.polls,
                           .failures = state.failures,
                           .skipped = state.skipped,
                           .refused = state.refused});
  }
}

}  // namespace qala::app

#pragma once

#include "api/context.h"
#include "app/config.h"
#include "app/data_folder.h"
#include "modbus/deliver.h"
#include "modbus/poller.h"

namespace qala::app {

/// Reading of the configuration's Modbus devices, and what the health page says of it. Network thread.
class ModbusService {
 public:
  /// Everything must outlive it.
  ModbusService(const Config& config, DataFolder& folder, boost::asio::io_context& network, ingest::Intake& intake,
                ingest::Probe& probe, Worker& writer)
      : deliver_(*folder.registry, intake, probe, writer, folder.clock),
        poller_(network, folder.clock, folder.random, deliver_, config.modbus) {}

  void start() { poller_.start(); }
  boost::asio::awaitable<void> stop() { return poller_.stop(); }
  void fill(api::ServiceHealth& into) const;

 private:
  modbus::Deliver deliver_;
  modbus::Poller poller_;
};

}  // namespace qala::app

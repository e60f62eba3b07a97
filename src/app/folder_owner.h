#pragma once

#include <string>

#include "base/result.h"

namespace qala::app {

/// For commands that write into a data folder: one that root runs on a folder of another user (its parent's, if it is
/// absent) goes on as that user, for the whole process and for good, and says so on standard error. What root made
/// there the service could not open. Nothing happens for anybody else than root. Before any thread is started.
Result<> become_owner_of(const std::string& data);

}  // namespace qala::app

#pragma once

#include "app/config.h"
#include "warnings/warning_book.h"

namespace qala::app {

/// What the configuration says of public warnings. A sender that is not set is alerts@ and the host of notify.address,
/// or else a name of the town that ends in .invalid (RFC 2606: nobody else can have it).
warnings::Settings warning_settings(const Config& config);

}  // namespace qala::app

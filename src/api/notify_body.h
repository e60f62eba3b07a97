#pragma once

#include "api/body.h"
#include "notify/recipient.h"

namespace qala::api {

/// `base` changed by the fields given: name, address, language, user, paused, what it wants to hear. `invalid` begins
/// with the field. The notifier looks at the whole.
Result<notify::Recipient> recipient_from(const Body& body, notify::Recipient base);

}  // namespace qala::api

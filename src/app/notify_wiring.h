#pragma once

#include "access/access.h"
#include "app/config.h"
#include "notify/notifier.h"

namespace qala::app {

/// How mail, web-hooks and push leave the town, from the configuration; the password is read from its file.
/// `invalid` names the key.
Result<notify::CourierOptions> courier_options(const Config& config);
notify::Settings notify_settings(const Config& config);

/// Whoever may sign in may see all alarms; who is gone hears nothing.
class NotifyAudience final : public notify::Audience {
 public:
  explicit NotifyAudience(access::Access& access) : access_(access) {}
  bool knows(UserId user) const override;
  bool may_hear(UserId user, const alarms::Alarm&) const override { return knows(user); }

 private:
  access::Access& access_;
};

}  // namespace qala::app

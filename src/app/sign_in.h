#pragma once

#include <memory>
#include <string>

#include "access/sign_in_policy.h"
#include "api/provider_desk.h"
#include "app/config.h"

namespace qala::app {

/// What the section [sign_in] says, for the folder `data`.
access::SignInPolicy sign_in_policy(const Config& config, const std::string& data);
/// What the section [oidc] says; null if no provider is named. `invalid`: names the key that is missing or wrong.
Result<std::unique_ptr<api::ProviderDesk>> provider_desk(const Config& config, const Clock& clock, Random& random);

}  // namespace qala::app

#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/time.h"

namespace qala::onvif {

// What is sent: SOAP 1.2. Pure.

/// Base64(SHA1(nonce + created + password)), of WS-Security UsernameToken Profile 1.0.
std::string password_digest(std::string_view nonce, std::string_view created, std::string_view password);

/// The header that signs a request. `created`: the camera's time, or it will be refused as too old or of the future.
std::string username_token(std::string_view user, std::string_view password, std::string_view nonce, Instant created);

/// A whole message. `headers` and `body` are XML.
std::string envelope(std::string_view headers, std::string_view body);

/// WS-Discovery: asks for devices of a type. `id`: urn:uuid:…, which answers relate to.
std::string probe(std::string_view id, std::string_view type);

/// Of WS-Addressing, as pull points and subscriptions want them.
std::string addressing(std::string_view action, std::string_view to, std::string_view id);

}  // namespace qala::onvif

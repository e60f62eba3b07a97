#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "http/server.h"

namespace qala::http {

/// `folder/tls.crt` and `folder/tls.key`: made if either is absent (EC P-256, self-signed, ten years, every host name
/// or address of `hosts` as subject alternative name; the key and a folder that is made for it readable by the owner
/// only). Nothing is overwritten when both exist. `hosts` must not be empty.
Result<TlsFiles> ensure_self_signed(const std::string& folder, const std::vector<std::string>& hosts);

/// When the first certificate of a PEM file ends.
Result<Instant> certificate_end(const std::string& pem_file);

}  // namespace qala::http

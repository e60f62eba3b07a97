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

/// Of the first certificate of a PEM file.
struct CertificateFacts {
  std::string subject;  ///< its common name, or the whole of its name
  bool self_signed = false;
  Instant end;
};
Result<CertificateFacts> certificate_facts(const std::string& pem_file);

}  // namespace qala::http

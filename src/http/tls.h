#pragma once

#include <memory>

#include "base/result.h"
#include "http/server.h"

namespace boost::asio::ssl {
class context;
}

namespace qala::http {

/// A server context: TLS 1.2 and 1.3, forward secrecy, session cache. `invalid` names the file that does not fit.
Result<std::shared_ptr<asio::ssl::context>> load_tls(const TlsFiles& files);

}  // namespace qala::http

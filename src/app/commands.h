#pragma once

#include <string>

#include "app/config.h"
#include "base/result.h"

namespace qala::app {

// One function per command; each prints what it did to stdout.

struct ImportOptions {
  std::string data, file, format, precision = "ns", to_url;
  bool restart = false;  ///< forget how far an earlier run came
  Config config;
};
/// CSV, GeoJSON (things) or line protocol into DATA; what cannot be read goes to FILE.errors with line numbers; goes on
/// where an interrupted run stopped.
Result<> import_file(const ImportOptions& options);

struct ExportOptions {
  std::string data, what = "things", format = "csv", thing, from, to;
  Config config;
};
Result<> export_data(const ExportOptions& options);

Result<> backup(const std::string& data, const std::string& to, const Config& config);
Result<> restore(const std::string& from, const std::string& data, const Config& config);
/// Brings the folder to this program's format.
Result<> upgrade(const std::string& data);
/// 0: sound; 1: damage was found and named.
Result<int> check(const std::string& data, const Config& config);
Result<> check_config(const std::string& file);
Result<int> audit_verify(const std::string& data, const std::string& head);

/// Needs no data folder. 0: whole, 1: changed (said what), 2: cannot be told. `key`: a fingerprint it must have.
Result<int> evidence_verify(const std::string& folder, const std::string& key);
/// Prints the fingerprint of the key that this town signs evidence with; makes the key if there is none.
Result<> evidence_key(const std::string& data);
/// Makes the index of the recordings anew from their files; not while they are being recorded.
Result<> footage_rebuild(const std::string& data, const Config& config);
/// Every recorded fragment against its checksum. 0: sound, 1: damage was found and named.
Result<int> footage_check(const std::string& data, const Config& config);

struct TokenOptions {
  std::string data, name, scope = "ingest", thing, text;
  std::string user;  ///< a login by user name and password (from standard input) instead of a token
  std::string certificate;  ///< SHA-256 fingerprint of a client certificate instead of a token
};
Result<> token_create(const TokenOptions& options);
Result<> token_list(const std::string& data);
Result<> token_revoke(const std::string& data, std::uint32_t id);

struct UserOptions {
  std::string data, name, role = "operator", language = "kk", password;
  bool link = false;  ///< no password: a one-time link is made and printed
  std::string zone, kind;  ///< of a grant: key of the zone, kind of thing; empty: any
  bool provider = false;  ///< add: signs in at the provider, has no password here
  Config config;  ///< what passwords must be
};
Result<> user_add(const UserOptions& options);
Result<> user_list(const std::string& data);
Result<> user_password(const UserOptions& options);
/// Gives the role for a part of the town, or takes it back.
Result<> user_grant(const UserOptions& options);
Result<> user_revoke(const UserOptions& options);
/// Takes the second factor of somebody who has lost it away.
Result<> user_totp_reset(const UserOptions& options);
/// From now on this user signs in at the provider.
Result<> user_to_provider(const UserOptions& options);
Result<> user_remove(const std::string& data, const std::string& name);

struct CodecRunOptions {
  bool lines = false;  ///< requests as lines of JSON on standard input; nothing of the following then
  std::string script, routine = "decodeUplink", hex, input, received;
  bool cayenne = false;
  int port = -1;  ///< none
};
/// Runs a payload codec in its sandbox; needs no data folder. 0: answered (as JSON lines: whatever was answered), 1:
/// not.
Result<int> codec_run(const CodecRunOptions& options);

struct ModbusReadOptions {
  std::string map, host;
  int unit = 1, timeout_ms = 1500;
};
/// Asks a device for everything of a map, once, and prints each register raw and scaled; needs no data folder. 0: all
/// is there and possible, 1: not.
Result<int> modbus_read(const ModbusReadOptions& options);

}  // namespace qala::app

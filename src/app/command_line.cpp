#include "app/command_line.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/commands.h"
#include "app/folder_owner.h"
#include "app/town.h"
#include "app/version.h"
#include "base/file.h"
#include "base/log.h"

namespace qala::app {

namespace {

/// Options that many commands share, and what they give.
struct Shared {
  std::string data, config_file;
  Config config;

  void data_option(CLI::App& app) { app.add_option("--data", data, "Data folder")->required()->envname("QALA_DATA"); }
  void config_option(CLI::App& app) { app.add_option("--config", config_file, "Configuration file (TOML)"); }
  Result<> read() {
    if (!config_file.empty()) TRY_VOID(read_config(config_file, config));
    TRY_VOID(read_environment(environ, config));
    log::set_level(config.log_level);
    return {};
  }
};

int finish(const Result<>& result) {
  if (result) return 0;
  fmt::print(stderr, "qala: {}\n", result.error().message);
  return result.error().kind == ErrorKind::invalid ? 2 : 1;
}

/// Whether all that was printed went out; a failure is told. What the stream itself still holds is written before.
bool output_is_whole() {
  const bool flushed = std::fflush(stdout) == 0;
  if (flushed && std::ferror(stdout) == 0) return true;
  fmt::print(stderr,
             "qala: the output could not be written to its end{}; what there is of it is cut off: make room where it "
             "goes, and do it again\n",
             flushed ? std::string() : std::string(": ") + std::strerror(errno));
  return false;
}

int finish(const Result<int>& result) { return result ? *result : finish(Result<>(result.error())); }

struct Serve {
  std::string http, mqtt, https, mqtts, bus, web;
  bool auto_claim = false;

  void apply(Config& config) const {
    const std::pair<const std::string*, std::string*> pairs[] = {
        {&http, &config.http_listen},      {&mqtt, &config.mqtt_listen},    {&https, &config.http_tls_listen},
        {&mqtts, &config.mqtt_tls_listen}, {&bus, &config.mqtt_bus_listen}, {&web, &config.web_folder}};
    for (const auto& [from, to] : pairs) {
      if (!from->empty()) *to = *from;
    }
    if (auto_claim) config.ingest_auto_claim = true;
  }
};

int run_serve(Shared& shared, const Serve& flags) {
  if (auto read = shared.read(); !read) return finish(read);
  flags.apply(shared.config);
  ServeOptions options;
  options.data = shared.data;
  options.config = shared.config;
  options.ready = [](const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
  };
  options.setup = [&shared](const std::string& link) {
    const std::string path = shared.data + "/setup-link";
    std::remove(path.c_str());  // of an earlier start
    if (link.empty()) return;
    const std::string text = link + "\n";
    if (const auto written = write_file_atomically(path, std::as_bytes(std::span(text))); !written) {
      log::warn("setup link not written", {{"why", written.error().message}});
    }
    if (::isatty(STDOUT_FILENO)) fmt::print("make the first administrator here: {}\n", link);
  };
  return finish(serve(options));
}

/// The whole command line. `code` is what the chosen command returned.
class Line {
 public:
  Line() : app_("Qala: the control room of a small town. One program, one data folder.", "qala") {
    app_.require_subcommand(1);
    app_.set_help_all_flag("--help-all", "Help of all commands");
    serve();
    data_commands();
    token_commands();
    user_commands();
    footage_commands();
    codec_commands();
    modbus_commands();
    small_commands();
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
      const int code = app_.exit(e);
      return code == 0 ? 0 : 2;
    } catch (const std::system_error&) {
      if (std::ferror(stdout) == 0) throw;  // else: from fmt::print
      code_ = 1;
    }
    if (app_.got_subcommand("serve")) return code_;  // it prints one line and lives on without its reader
    return output_is_whole() || code_ != 0 ? code_ : 1;
  }

 private:
  void serve() {
    auto* command = app_.add_subcommand("serve", "Serve a town until SIGTERM; prints one line 'ready http=… mqtt=…'");
    shared_.data_option(*command);
    shared_.config_option(*command);
    command->add_option("--http", serve_.http, "HTTP listener HOST:PORT");
    command->add_option("--mqtt", serve_.mqtt, "MQTT listener HOST:PORT");
    command->add_option("--https", serve_.https, "HTTPS listener HOST:PORT");
    command->add_option("--mqtts", serve_.mqtts, "MQTT over TLS listener HOST:PORT");
    command->add_option("--bus", serve_.bus, "Anonymous MQTT bus on loopback HOST:PORT");
    command->add_option("--web", serve_.web, "Folder of the built screens");
    command->add_flag("--auto-claim", serve_.auto_claim, "Make things for names nobody knows (bulk loads)");
    command->callback([this] { code_ = run_serve(shared_, serve_); });
  }

  void with_config(CLI::App& command) {
    shared_.data_option(command);
    shared_.config_option(command);
  }

  template <class Run>
  void on(CLI::App* command, Run run) {
    command->callback([this, run] {
      if (auto read = shared_.read(); !read) {
        code_ = finish(read);
        return;
      }
      if (auto owner = become_owner_of(shared_.data); !owner) {
        code_ = finish(owner);
        return;
      }
      code_ = finish(run());
    });
  }

  void data_commands() {
    auto* import = app_.add_subcommand("import", "Import history or things from a file; goes on where it stopped");
    with_config(*import);
    import->add_option("file", import_.file, "CSV, GeoJSON or line protocol")->required();
    import->add_option("--format", import_.format, "lines, csv, geojson or things-csv; by the name's ending if absent");
    import->add_option("--precision", import_.precision, "Unit of line protocol timestamps: ns, us, ms, s");
    import->add_flag("--restart", import_.restart, "Begin at the start again");
    on(import, [this] {
      import_.data = shared_.data;
      import_.config = shared_.config;
      return import_file(import_);
    });

    auto* out = app_.add_subcommand("export", "Print things or readings");
    with_config(*out);
    out->add_option("what", export_.what, "things or readings");
    out->add_option("--format", export_.format, "csv or geojson (things)");
    out->add_option("--thing", export_.thing, "Only this thing's readings");
    out->add_option("--from", export_.from, "ISO 8601");
    out->add_option("--to", export_.to, "ISO 8601");
    on(out, [this] {
      export_.data = shared_.data;
      export_.config = shared_.config;
      return export_data(export_);
    });

    auto* save = app_.add_subcommand("backup", "Write a consistent copy, also while the server runs");
    with_config(*save);
    save->add_option("--to", other_, "Folder of the backup; what is unchanged there is not copied again")->required();
    on(save, [this] { return backup(shared_.data, other_, shared_.config); });

    auto* load = app_.add_subcommand("restore", "Make a data folder from a backup and verify it");
    with_config(*load);
    load->add_option("--from", other_, "Folder of the backup")->required();
    on(load, [this] { return restore(other_, shared_.data, shared_.config); });

    auto* up = app_.add_subcommand("upgrade", "Bring an older data folder to this program's format; what was is kept");
    shared_.data_option(*up);
    on(up, [this] { return upgrade(shared_.data); });

    auto* verify = app_.add_subcommand("check", "Verify every byte; names file, datastream and range of any damage");
    with_config(*verify);
    on(verify, [this] { return check(shared_.data, shared_.config); });
  }

  void token_commands() {
    auto* token = app_.add_subcommand("token", "Tokens of devices and scripts")->require_subcommand(1);
    auto* create = token->add_subcommand(
        "create", "Make a token, or let a login or certificate in; prints only the token. Works while serving");
    shared_.data_option(*create);
    create->add_option("--name", token_.name, "What it is called in lists")->required();
    create->add_option("--scope", token_.scope, "ingest, read, bus, admin, device, gateway or provisioning");
    create->add_option("--thing", token_.thing, "Key of the thing (device and gateway)");
    auto* text = create->add_option("--token", token_.text, "The token a device already has");
    auto* user = create->add_option("--user", token_.user, "MQTT user name; the password comes on standard input");
    auto* certificate =
        create->add_option("--certificate", token_.certificate, "SHA-256 fingerprint of a client certificate");
    user->excludes(text)->excludes(certificate);
    certificate->excludes(text);
    on(create, [this] {
      token_.data = shared_.data;
      return token_create(token_);
    });
    auto* list = token->add_subcommand("list", "List tokens, never their secrets");
    shared_.data_option(*list);
    on(list, [this] { return token_list(shared_.data); });
    auto* revoke = token->add_subcommand("revoke", "Withdraw a token");
    shared_.data_option(*revoke);
    revoke->add_option("--id", id_, "Number of the token, from the list")->required();
    on(revoke, [this] { return token_revoke(shared_.data, id_); });
  }

  void user_commands() {
    auto* user = app_.add_subcommand("user", "People who sign in")->require_subcommand(1);
    const auto named = [this](CLI::App* command, bool with_rules = false) {
      if (with_rules) with_config(*command);
      else shared_.data_option(*command);
      command->add_option("--name", user_.name, "User name")->required();
    };
    const auto does = [this](CLI::App* command, Result<> (*run)(const UserOptions&)) {
      on(command, [this, run] {
        user_.data = shared_.data;
        user_.config = shared_.config;
        return run(user_);
      });
    };
    const auto linked = [this](CLI::App* command) {
      command->add_flag("--link", user_.link, "Print a one-time link instead: the person chooses the password");
    };
    auto* add = user->add_subcommand("add", "Add a user; the password comes on standard input");
    named(add, true);
    linked(add);
    add->add_option("--role", user_.role, "viewer, operator, engineer or admin, in the whole town");
    add->add_option("--language", user_.language, "kk, ru or en");
    add->add_flag("--provider", user_.provider, "Signs in at the provider of [oidc]; no password is asked for");
    does(add, &user_add);
    auto* password = user->add_subcommand("password", "Set a password, from standard input");
    named(password, true);
    linked(password);
    does(password, &user_password);
    auto* reset = user->add_subcommand("totp-reset", "Take away the second factor of somebody who has lost it");
    named(reset);
    does(reset, &user_totp_reset);
    auto* provider = user->add_subcommand("to-provider", "From now on this user signs in at the provider of [oidc]");
    named(provider);
    does(provider, &user_to_provider);
    const auto part = [this, named](CLI::App* command) {
      named(command);
      command->add_option("--role", user_.role, "operator or engineer");
      command->add_option("--zone", user_.zone, "Key of the zone; absent: every zone");
      command->add_option("--kind", user_.kind, "Kind of thing (lamp, heat_substation ...); absent: every kind");
    };
    auto* grant = user->add_subcommand("grant", "Give a role for a zone, a kind of thing, or a kind in a zone");
    part(grant);
    does(grant, &user_grant);
    auto* revoke = user->add_subcommand("revoke", "Take such a role back");
    part(revoke);
    does(revoke, &user_revoke);
    auto* remove = user->add_subcommand("remove", "Remove a user");
    named(remove);
    on(remove, [this] { return user_remove(shared_.data, user_.name); });
    auto* list =
        user->add_subcommand("list", "List users, their roles for parts of the town, and when they last signed in");
    shared_.data_option(*list);
    on(list, [this] { return user_list(shared_.data); });
  }

  void footage_commands() {
    auto* evidence = app_.add_subcommand("evidence", "Footage that leaves the house with proof")->require_subcommand(1);
    auto* verify = evidence->add_subcommand(
        "verify", "Tell whether evidence is unchanged; needs nothing but its folder. 0: yes, 1: no, 2: cannot tell");
    verify->add_option("folder", other_, "Folder with video.mp4, manifest.json and manifest.sig")->required();
    verify->add_option("--key", head_, "Fingerprint that the town has published: evidence of another key is refused");
    verify->callback([this] { code_ = finish(evidence_verify(other_, head_)); });
    auto* key = evidence->add_subcommand("key", "Print the fingerprint of the town's key, to be published");
    shared_.data_option(*key);
    on(key, [this] { return evidence_key(shared_.data); });
    auto* footage = app_.add_subcommand("footage", "What the cameras have recorded")->require_subcommand(1);
    auto* rebuild = footage->add_subcommand("rebuild", "Make the index anew from the files, while nothing records");
    with_config(*rebuild);
    on(rebuild, [this] { return footage_rebuild(shared_.data, shared_.config); });
    auto* sound = footage->add_subcommand("check", "Verify every recorded fragment; also while it records");
    with_config(*sound);
    on(sound, [this] { return footage_check(shared_.data, shared_.config); });
  }

  void codec_commands() {
    auto* codec = app_.add_subcommand("codec", "Payload codecs of devices' makers")->require_subcommand(1);
    auto* run = codec->add_subcommand("run", "Run one in its sandbox; prints its answer as JSON");
    auto* lines = run->add_flag("--jsonl", codec_.lines,
                                "Requests on standard input, a line of JSON each: {\"script\":..,\"routine\":..,"
                                "\"fPort\":..,\"bytes\":\"hex\",\"input\":{..}}; an answer a line, in order");
    auto* script = run->add_option("--script", codec_.script, "File of the codec");
    auto* cayenne = run->add_flag("--cayenne-lpp", codec_.cayenne, "Cayenne LPP, which needs no script");
    run->add_option("--routine", codec_.routine, "decodeUplink, encodeDownlink, decodeDownlink or normalizeUplink");
    run->add_option("--fport", codec_.port, "LoRaWAN port")->check(CLI::Range(0, 255));
    run->add_option("--hex", codec_.hex, "Payload, hexadecimal");
    run->add_option("--input", codec_.input, "What more the routine is given, JSON: data, variables");
    run->add_option("--received", codec_.received, "When it was received, ISO 8601: what the codec's clock says");
    lines->excludes(script)->excludes(cayenne);
    script->excludes(cayenne);
    run->callback([this] { code_ = finish(codec_run(codec_)); });
  }

  void modbus_commands() {
    auto* modbus = app_.add_subcommand("modbus", "Devices that are read over Modbus TCP")->require_subcommand(1);
    auto* read =
        modbus->add_subcommand("read", "Try a map: ask a device for all of it, print each register raw and scaled");
    read->add_option("--map", modbus_.map, "Map file of the type of device")->required();
    read->add_option("--host", modbus_.host, "HOST or HOST:PORT of the device or its gateway; 502 if no port")
        ->required();
    read->add_option("--unit", modbus_.unit, "Unit id")->check(CLI::Range(0, 255));
    read->add_option("--timeout-ms", modbus_.timeout_ms, "How long an answer may take")->check(CLI::Range(50, 60'000));
    read->callback([this] { code_ = finish(modbus_read(modbus_)); });
  }

  void small_commands() {
    auto* config = app_.add_subcommand("check-config", "Check a configuration file");
    config->add_option("file", other_, "TOML file")->required();
    config->callback([this] { code_ = finish(check_config(other_)); });
    auto* audit = app_.add_subcommand("audit", "The record of who did and saw what")->require_subcommand(1);
    auto* verify = audit->add_subcommand("verify", "Walk the whole chain");
    shared_.data_option(*verify);
    verify->add_option("--head", head_, "A head published earlier: shows whether the chain was cut or rewritten since");
    on(verify, [this] { return audit_verify(shared_.data, head_); });
    app_.add_subcommand("version", "Print the version")->callback([this] {
      fmt::print("qala {}\n", kVersion);
      code_ = 0;
    });
  }

  CLI::App app_;
  Shared shared_;
  Serve serve_;
  ImportOptions import_;
  ExportOptions export_;
  TokenOptions token_;
  UserOptions user_;
  CodecRunOptions codec_;
  ModbusReadOptions modbus_;
  std::string other_, head_;
  std::uint32_t id_ = 0;
  int code_ = 0;
};

}  // namespace

int run_command_line(int argc, char** argv) { return Line().run(argc, argv); }

}  // namespace qala::app

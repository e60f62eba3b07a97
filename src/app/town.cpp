#include "app/town.h"

#include <csignal>
#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "alarms/registry_directory.h"
#include "api/health_facts.h"
#include "api/glance_routes.h"
#include "api/lorawan_routes.h"
#include "api/ngsi_routes.h"
#include "api/right.h"
#include "api/routes.h"
#include "api/sensorthings_routes.h"
#include "api/thing_routes.h"
#include "api/warning_routes.h"
#include "app/backup_keeper.h"
#include "app/bridge_service.h"
#include "app/camera_service.h"
#include "app/control.h"
#include "app/data_folder.h"
#include "app/folder_format.h"
#include "app/notify_wiring.h"
#include "app/readings_export.h"
#include "app/sensorthings_mqtt.h"
#include "app/sparkplug_service.h"
#include "app/machine_watch.h"
#include "app/modbus_service.h"
#include "app/republisher.h"
#include "app/sign_in.h"
#include "app/store_check.h"
#include "app/version.h"
#include "app/warning_settings.h"
#include "app/web_folder.h"
#include "app/writer_chores.h"
#include "base/file.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "http/certificate.h"
#include "ingest/mqtt_entrance.h"
#include "registry/photos.h"
#include "residents/page.h"

namespace qala::app {

namespace asio = boost::asio;

namespace {

bool is_loopback(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

Result<http::Listener> http_listener(const Config& config, const std::string& text, bool tls) {
  TRY(const auto where, parse_host_port(text));
  if (!tls && !is_loopback(where.host) && !config.http_plain_outside) {
    return fail(ErrorKind::denied, "plain HTTP on " + where.host +
                                       " would show passwords to the network: use http.tls_listen, or set "
                                       "http.plain_outside behind a proxy that does TLS");
  }
  return http::Listener{.host = where.host, .port = where.port, .tls = tls};
}

/// Rooms that need each other's references, in the order they come to life.
class Town {
 public:
  explicit Town(const ServeOptions& options) : options_(options), config_(options.config), network_(1) {}

  Result<> run() {
    TRY_VOID(open());
    TRY_VOID(start_listening());
    announce();
    network_.run();
    close();
    return {};
  }

 private:
  Result<> open() {
    TRY(zone_, Zone::find(config_.town_zone).context("town.zone"));
    TRY([[maybe_unused]] const int was, upgrade_folder(options_.data));
    TRY(folder_, DataFolder::open(options_.data, true));
    TRY_VOID(registry::Photos(options_.data).sweep(*folder_->registry).context("pictures"));
    folder_->access->set_policy(sign_in_policy(config_, options_.data));
    TRY(provider_, provider_desk(config_, folder_->clock, folder_->random));
    TRY(store_, folder_->open_store(config_, true));
    TRY(rules_, alarms::RuleBook::open(options_.data + "/rules"));
    directory_ = std::make_unique<alarms::RegistryDirectory>(*folder_->registry);
    folder_->registry->add_listener(*directory_);
    alarms::EngineOptions engine_options;
    engine_options.place = {config_.town_lon, config_.town_lat};
    engine_options.zone = zone_;
    engine_options.shelve_at_most_s = config_.alarms_shelve_at_most_h * 3600;
    engine_options.escalate_s = {0,
                                 config_.alarms_escalate_critical_s,
                                 config_.alarms_escalate_high_s,
                                 config_.alarms_escalate_medium_s,
                                 config_.alarms_escalate_low_s,
                                 0};
    engine_options.audit = folder_->audit_sink.get();
    TRY(alarms_, alarms::RuleEngine::open(*folder_->town, folder_->town_path(), *directory_, folder_->clock,
                                          rules_->rules(), engine_options));
    directory_->watch(*alarms_);
    TRY_VOID(alarms_->recover(*store_).context("alarms"));
    TRY(const auto receipts_at, receipts_.load(folder_->receipts_path()));
    TRY_VOID(store_->replay(receipts_at, [this](std::uint64_t, const readings::Batch&, std::string_view attachment) {
      return receipts_.decode(attachment);
    }));
    TRY(shifts_,
        incidents::ShiftBook::open(*folder_->town, folder_->town_path(), folder_->clock, *folder_->audit_sink));
    TRY(views_, views::SavedViews::open(*folder_->town, folder_->clock, *folder_->audit_sink));
    TRY(warnings_, warnings::WarningBook::open(*folder_->town, folder_->clock, folder_->random, *folder_->audit_sink,
                                               *zone_, warning_settings(config_)));
    TRY(cameras_, CameraService::open(config_, *folder_, *zone_, network_));
    TRY_VOID(open_notifications());
    TRY(unclaimed_, ingest::Unclaimed::open(*folder_->town, folder_->clock));
    index_ = std::make_unique<ingest::SeriesIndex>(folder_->random.next());
    admission_ = std::make_unique<ingest::Admission>(
        *store_, *folder_->registry, *unclaimed_, receipts_, *index_, probe_, folder_->clock,
        ingest::AdmissionOptions{.auto_claim = config_.ingest_auto_claim,
                                 .keys_of_thing = static_cast<std::size_t>(config_.ingest_keys_of_thing),
                                 .future_tolerance_ns = config_.ingest_future_tolerance_s * Instant::kSecond});
    chores_ = std::make_unique<WriterChores>(
        *store_, *alarms_, *rules_, receipts_, *folder_->access,
        Retention(*store_, *folder_->registry, probe_,
                  {.standard = config_.retention_standard_days, .brief = config_.retention_short_days}, folder_->clock),
        folder_->receipts_path(), receipts_at, folder_->clock);
    TRY(sensorthings_, sensorthings::Service::open(
                           *folder_->town, *folder_->registry, *store_, *admission_, *folder_->audit_sink,
                           folder_->clock, config_.ingest_future_tolerance_s * Instant::kSecond,
                           [this](std::function<void()> job) { writer_.post(std::move(job), "sensorthings"); },
                           [this](ThingId id, const registry::Actor& actor) -> Result<> {
                             if (cameras_->cameras().of_thing(id))
                               return fail(ErrorKind::conflict, "the thing is a camera: remove the camera first");
                             return folder_->access->revoke_tokens_of(id, actor);
                           }));
    intake_ = std::make_unique<ingest::Intake>(*admission_, writer_, folder_->clock);
    TRY(lorawan_,
        lorawan::Service::open(
            {.network = network_,
             .writer = writer_,
             .clock = folder_->clock,
             .random = folder_->random,
             .town = *folder_->town,
             .audit = *folder_->audit_sink,
             .registry = *folder_->registry,
             .intake = *intake_,
             .probe = probe_,
             .series = *index_},
            {.path = folder_->path + "/lorawan.db", .keep_raw_days = config_.lorawan_keep_raw_days, .runner = {}}));
    keeper_ = std::make_unique<BackupKeeper>(config_, *zone_, folder_->clock, *folder_, *store_, writer_);
    started_ns_ = folder_->clock.monotonic_ns();
    return {};
  }

  Result<> open_notifications() {
    TRY(auto options, courier_options(config_));
    courier_ = std::make_unique<notify::Courier>(std::move(options));
    audience_ = std::make_unique<NotifyAudience>(*folder_->access);
    TRY(notifier_, notify::Notifier::open(
                       {.db = *folder_->town,
                        .clock = folder_->clock,
                        .random = folder_->random,
                        .audit = *folder_->audit_sink,
                        .carrier = *courier_,
                        .audience = *audience_,
                        .zone = *zone_,
                        .names = notify::names_of(*folder_->registry, *rules_,
                                                  {config_.town_name_kk, config_.town_name_ru, config_.town_name_en}),
                        .post = [this](std::function<void()> job) { writer_.post(std::move(job)); }},
                       notify_settings(config_)));
    return {};
  }

  Result<> start_listening() {
    TRY_VOID(make_certificate());
    TRY_VOID(make_mqtt());
    make_context();
    api::add_routes(router_, *context_, *hub_);
    api::add_glance_routes(router_, *context_, *views_);
    api::add_camera_routes(router_, *desk_);
    api::add_discovery_routes(router_, *desk_);
    api::add_steering_routes(router_, *desk_);
    api::add_footage_routes(router_, *desk_);
    api::add_look_routes(router_, *desk_);
    api::add_sensorthings_routes(router_, *context_, *sensorthings_);
    api::add_ngsi_routes(router_, *context_);
    api::add_lorawan_routes(router_, *context_, *lorawan_);
    api::add_warning_routes(router_, *context_, *warnings_);
    residents::add_routes(router_, *page_, api::for_anybody);
    if (!context_->web_folder.empty()) {
      router_.files("/control", context_->web_folder + "/control");
      router_.spa("/control", context_->web_folder + "/control/index.html");
    }
    http::ServerOptions server;
    server.tls = tls_;
    server.content_security_policy =
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self' blob:; "
        "style-src 'self' 'unsafe-inline'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'";
    for (const auto& [text, tls] : {std::pair(config_.http_listen, false), std::pair(config_.http_tls_listen, true)}) {
      if (text.empty()) continue;
      TRY(auto listener, http_listener(config_, text, tls));
      server.listeners.push_back(std::move(listener));
    }
    http_ = std::make_unique<http::Server>(network_, router_, std::move(server));
    TRY_VOID(http_->start());
    TRY_VOID(mqtt_->start());
    if (sparkplug_) sparkplug_->start();
    name_sensorthings();
    control_ = std::make_unique<Control>(
        network_, folder_->control_path(),
        [this](std::string line, ControlOutput& output) { return command(std::move(line), output); });
    TRY_VOID(control_->start());
    asio::co_spawn(network_, control_->run(), asio::detached);
    asio::co_spawn(network_, hub_->run(), asio::detached);
    asio::co_spawn(network_, desk_->run(), asio::detached);
    TRY_VOID(cameras_->start(*intake_, writer_));
    modbus_ = std::make_unique<ModbusService>(config_, *folder_, network_, *intake_, probe_, writer_);
    modbus_->start();
    lorawan_->start();
    bridges_ = std::make_unique<BridgeService>(config_, network_, folder_->clock, folder_->random, *lorawan_, *intake_,
                                               *index_, probe_);
    health_->set_bridges([this] { return bridges_->health(); });
    bridges_->start();
    asio::co_spawn(network_, tick(), asio::detached);
    signals_.emplace(network_, SIGTERM, SIGINT, SIGHUP);  // before the ready line: who reads that may stop us at once
    asio::co_spawn(network_, wait_for_signals(), asio::detached);
    return {};
  }

  /// Where SensorThings is found, for the links in what is told by MQTT.
  void name_sensorthings() {
    const auto at = http_->endpoints();
    if (at.empty()) return;
    const std::string scheme = config_.http_listen.empty() ? "https://" : "http://";
    sta_mqtt_->set_root(scheme + at[0].first + ":" + std::to_string(at[0].second) + "/v1.1");
    const auto mqtt = mqtt_->endpoints();
    sensorthings::Endpoints endpoints;
    const auto add = [&](std::string_view protocol, const auto& where) {
      if (where) endpoints.mqtt.push_back(fmt::format("{}://{}:{}", protocol, where->address, where->port));
    };
    add("mqtt", mqtt.plain);
    add("mqtts", mqtt.tls);
    sensorthings_->reader().set_endpoints(std::move(endpoints));
  }

  Result<> make_certificate() {
    if (config_.http_tls_listen.empty() && config_.mqtt_tls_listen.empty()) return {};
    tls_ = {.certificate = config_.http_certificate, .key = config_.http_key};
    if (!tls_.certificate.empty()) return {};
    std::vector<std::string> hosts{"localhost", "127.0.0.1"};
    for (const auto& text : {config_.http_tls_listen, config_.mqtt_tls_listen}) {
      const auto where = parse_host_port(text);
      if (where && !is_loopback(where->host) && where->host != "0.0.0.0" && where->host != "::")
        hosts.push_back(where->host);
    }
    TRY(tls_, http::ensure_self_signed(options_.data + "/tls", hosts));
    return {};
  }

  Result<> make_mqtt() {
    entrance_ = std::make_unique<ingest::MqttEntrance>(
        network_.get_executor(), *folder_->access, *intake_, *index_, probe_, folder_->clock,
        ingest::MqttEntranceOptions{
            .messages_per_second = static_cast<std::uint32_t>(config_.mqtt_device_rate),
            .gateway_messages_per_second = static_cast<std::uint32_t>(config_.mqtt_gateway_rate)});
    mqtt::ServerOptions server;
    const auto endpoint = [](const std::string& text) -> Result<mqtt::Endpoint> {
      TRY(auto where, parse_host_port(text));
      return mqtt::Endpoint{where.host, where.port};
    };
    if (!config_.mqtt_listen.empty()) {
      TRY(server.plain, endpoint(config_.mqtt_listen));
    }
    if (!config_.mqtt_tls_listen.empty()) {
      TRY(auto at, endpoint(config_.mqtt_tls_listen));
      server.tls = mqtt::TlsEndpoint{at, tls_.certificate, tls_.key, config_.mqtt_client_ca};
    }
    if (!config_.mqtt_bus_listen.empty()) {
      TRY(auto at, endpoint(config_.mqtt_bus_listen));
      if (!is_loopback(at.address)) return fail(ErrorKind::denied, "mqtt.bus_listen knows no passwords: loopback only");
      server.anonymous_bus = at;
    }
    server.session_file = options_.data + "/mqtt.db";
    server.good_tokens = folder_->access->good_credentials();
    server.limits.connections = static_cast<std::size_t>(config_.mqtt_max_connections);
    server.clock = &folder_->clock;
    sta_mqtt_ = std::make_unique<SensorThingsMqtt>(network_, *entrance_, *sensorthings_, writer_, pool_, probe_,
                                                   folder_->clock);
    if (!config_.sparkplug_host_id.empty()) {
      sparkplug_ = std::make_unique<SparkplugService>(config_.sparkplug_host_id, network_, *intake_, *index_, probe_,
                                                      folder_->clock);
      sparkplug_->listen(server);
    }
    mqtt_ = std::make_unique<mqtt::Server>(network_, *sta_mqtt_, std::move(server));
    sta_mqtt_->set_server(*mqtt_);
    if (sparkplug_) sparkplug_->set_server(*mqtt_);
    republisher_ = std::make_unique<Republisher>(network_, *mqtt_, *folder_->registry);
    return {};
  }

  /// Wherever a training copy says its name it says what it is: screens, sheets, the residents' page.
  registry::LocalText town_name() const {
    registry::LocalText name{config_.town_name_kk, config_.town_name_ru, config_.town_name_en};
    if (!config_.town_exercise) return name;
    return {name.kk + " · ЖАТТЫҒУ КӨШІРМЕСІ", name.ru + " · УЧЕБНАЯ КОПИЯ", name.en + " · TRAINING COPY"};
  }

  void make_context() {
    const std::string web = config_.web_folder.empty() ? find_web_folder() : config_.web_folder;
    context_ = std::make_unique<api::Context>(api::Context{.network = network_,
                                                           .writer = writer_,
                                                           .pool = pool_,
                                                           .clock = folder_->clock,
                                                           .random = folder_->random,
                                                           .registry = *folder_->registry,
                                                           .access = *folder_->access,
                                                           .audit = *folder_->audit,
                                                           .store = *store_,
                                                           .intake = *intake_,
                                                           .admission = *admission_,
                                                           .unclaimed = *unclaimed_,
                                                           .series = *index_,
                                                           .probe = probe_,
                                                           .alarms = *alarms_,
                                                           .rules = *rules_,
                                                           .shifts = *shifts_,
                                                           .zone = *zone_,
                                                           .town = {.name = town_name(),
                                                                    .center = {config_.town_lon, config_.town_lat},
                                                                    .version = std::string(kVersion),
                                                                    .exercise = config_.town_exercise},
                                                           .folder = options_.data,
                                                           .web_folder = web,
                                                           .service_health = [this] { return service_health(); },
                                                           .auto_claim = config_.ingest_auto_claim,
                                                           .behind_proxy = config_.http_plain_outside,
                                                           .provider = provider_.get(),
                                                           .notifier = notifier_.get(),
                                                           .cameras = &cameras_->cameras()});
    desk_ = std::make_unique<api::CameraDesk>(*context_, cameras_->rooms());
    machine_ = std::make_unique<MachineWatch>(config_, folder_->clock, options_.data, web, tls_.certificate);
    machine_->look();
    health_ = std::make_unique<api::HealthWatch>(*context_);
    context_->health = health_.get();
    health_->set_lorawan([this] { return lorawan_->health(); });
    hub_ = std::make_unique<api::StreamHub>(*context_);
    hub_->watch_warnings([this] { return warnings_->generation(); });
    page_ = std::make_unique<residents::Page>(residents::PageContext{.pool = pool_,
                                                                     .clock = folder_->clock,
                                                                     .registry = *folder_->registry,
                                                                     .store = *store_,
                                                                     .board = alarms_->board(),
                                                                     .rules = *rules_,
                                                                     .zone = *zone_,
                                                                     .town_name = context_->town.name,
                                                                     .warnings = warnings_.get()});
    admission_->add_listener(*republisher_);
    admission_->add_listener(rule_feed_);
    admission_->add_listener(*sensorthings_);
    admission_->add_listener(*sta_mqtt_);
    sensorthings_->writer().set_listener(sta_mqtt_.get());
    admission_->add_listener(*hub_);
    alarms_->add_listener(*hub_);
  }

  /// For the screens, which show lines to try a device's credential with.
  void write_ports() const {
    const auto at = http_->endpoints();
    const auto mqtt = mqtt_->endpoints();
    std::size_t next = 0;
    std::string out;
    JsonWriter json(out);
    json.object().field("http", config_.http_listen.empty() ? 0 : at[next++].second);
    json.field("https", config_.http_tls_listen.empty() ? 0 : at[next].second);
    json.field("mqtt", mqtt.plain ? mqtt.plain->port : 0).field("mqtts", mqtt.tls ? mqtt.tls->port : 0).end();
    const auto written =
        write_file_atomically(options_.data + "/" + api::kListeningFile, std::as_bytes(std::span(out)));
    if (!written) log::warn("ports not written", {{"why", written.error().message}});
  }

  void announce() {
    write_ports();
    const auto at = http_->endpoints();
    std::string line = "ready";
    std::size_t next = 0;
    if (!config_.http_listen.empty()) line += fmt::format(" http={}:{}", at[next].first, at[next].second), next++;
    const auto mqtt = mqtt_->endpoints();
    if (mqtt.plain) line += fmt::format(" mqtt={}:{}", mqtt.plain->address, mqtt.plain->port);
    if (!config_.http_tls_listen.empty()) line += fmt::format(" https={}:{}", at[next].first, at[next].second);
    if (mqtt.tls) line += fmt::format(" mqtts={}:{}", mqtt.tls->address, mqtt.tls->port);
    if (mqtt.anonymous_bus) line += fmt::format(" bus={}:{}", mqtt.anonymous_bus->address, mqtt.anonymous_bus->port);
    std::string setup;
    if (folder_->access->setup_open() && !at.empty()) {
      if (const auto code = folder_->access->make_setup_code()) {
        const char* scheme = config_.http_listen.empty() ? "https" : "http";
        setup = fmt::format("{}://{}:{}/control/setup?code={}", scheme, at[0].first, at[0].second, *code);
      }
    }
    if (options_.setup) options_.setup(setup);
    options_.ready(line);
    log::info("town serves", {{"version", kVersion}, {"data", options_.data}, {"at", line}});
  }

  asio::awaitable<void> tick() {
    asio::steady_timer timer(network_);
    for (unsigned step = 0; !stopping_; step++) {
      timer.expires_after(std::chrono::seconds(1));
      auto [ec] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
      if (ec || stopping_) co_return;
      for (const TokenId token : folder_->access->take_withdrawn()) mqtt_->drop(token);
      writer_.post(
          [this] {
            chores_->every_second();
            if (alarms_->has_unsaved_alarms()) write_alarms();
            notify();
          },
          "upkeep");
      if (chores_->expiry_is_due()) writer_.post([this] { chores_->expire(); }, "retention");
      keeper_->tick();
      if (step % 10 == 0) pool_.post([this] { machine_->look(); });
      machine_->note_step(writer_.take_longest());
      health_->tick();
      lorawan_->tick();
      if (step % 60 == 25) writer_.post([this] { forget_views(); }, "views");
    }
  }

  /// What people who are gone kept for themselves goes, too.
  void forget_views() {
    std::vector<UserId> people;
    for (const auto& user : folder_->access->users()) people.push_back(user.id);
    if (const auto kept = views_->keep_only(people); !kept)
      log::warn("views of people who are gone not removed", {{"why", kept.error().message}});
  }

  /// Step by step, with room for commits in between.
  void write_alarms() {
    if (chores_->write_alarms()) writer_.post([this] { write_alarms(); }, "alarms");
  }

  /// Likewise: what the alarms' journal holds becomes messages.
  void notify() {
    if (config_.town_exercise) return;  // a training copy tells nobody, nor does it give up what the town has to say
    if (notifier_->work()) writer_.post([this] { notify(); }, "notify");
  }

  asio::awaitable<void> wait_for_signals() {
    for (;;) {
      auto [ec, number] = co_await signals_->async_wait(asio::as_tuple(asio::use_awaitable));
      if (ec) co_return;
      if (number != SIGHUP) break;
      co_await reload_rules();
      const auto http = http_->reload_tls();
      const auto mqtt = mqtt_->reload_certificates();
      log::info("certificates read again",
                {{"http", http ? "fine" : http.error().message}, {"mqtt", mqtt ? "fine" : mqtt.error().message}});
    }
    log::info("stopping");
    stopping_ = true;
    control_->stop();
    hub_->stop();
    desk_->stop();
    asio::co_spawn(network_, stop_at_the_latest(), asio::detached);
    co_await desk_->end_steering();
    if (sparkplug_) sparkplug_->stop();
    co_await bridges_->stop();
    co_await mqtt_->stop();
    co_await http_->stop();
    co_await cameras_->stop();
    co_await modbus_->stop();
    network_.stop();
  }

  /// Files of rules as they are now; if one does not read, the rules in force stay and the health page says why.
  asio::awaitable<void> reload_rules() {
    const auto done = co_await run_on(writer_, [this]() -> Result<bool> {
      TRY(const bool others, rules_->reload([this] {
        return folder_->audit->append({.actor = {"system", "SIGHUP"}, .action = "rules.reloaded", .object = "rules"});
      }));
      // If this fails it is tried again every second.
      if (const auto taken = alarms::keep_in_force(*rules_, *alarms_); !taken)
        log::error("rules read again, not in force yet", {{"why", taken.error().message}});
      return others;
    });
    if (done) log::info("rules read again", {{"changed", *done}});
    else log::error("rules not read again, those before stay in force", {{"why", done.error().message}});
  }

  /// A request that does not end must not hold up the end of the process.
  asio::awaitable<void> stop_at_the_latest() {
    asio::steady_timer timer(network_, std::chrono::milliseconds(3500));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    log::warn("requests were cut off at the end");
    network_.stop();
  }

  asio::awaitable<Result<std::string>> command(std::string line, ControlOutput& output) {
    if (line.starts_with("backup ")) {
      co_return co_await run_on(keeper_->worker(), [this, to = line.substr(7)]() -> Result<std::string> {
        TRY([[maybe_unused]] const auto contents, keeper_->copy_now(to));
        return std::string("written to " + to);
      });
    }
    if (line == "settle") {
      CO_TRY_VOID(co_await run_on(pool_, [this] { return store_->settle(); }));
      co_return co_await run_on(writer_, [this]() -> Result<std::string> {
        chores_->finish();  // log rows that are in files now may go
        return std::string("settled");
      });
    }
    if (line == "check") co_return co_await check(output);
    if (line.starts_with("export\t")) co_return co_await export_readings(line, output);
    co_return fail(ErrorKind::invalid, "unknown command");
  }

  asio::awaitable<Result<std::string>> check(ControlOutput& output) {
    CO_TRY(const auto found, co_await run_on(pool_, [this] { return check_store(*store_, true); }));
    for (const auto& damage : found.damages) {
      if (!co_await output.print(damage + "\n")) break;
    }
    co_return to_answer(found.counts);
  }

  asio::awaitable<Result<std::string>> export_readings(std::string line, ControlOutput& output) {
    CO_TRY(const auto selection, selection_from(line));
    CO_TRY(auto pieces, ReadingsExport::make(selection, *folder_->registry, *store_));
    for (;;) {
      CO_TRY(auto piece, co_await run_on(pool_, [&pieces] { return pieces.next(); }));
      if (piece.empty()) co_return std::string("exported");
      if (!co_await output.print(std::move(piece)))
        co_return fail(ErrorKind::cancelled, "nobody reads the export any more");
    }
  }

  api::ServiceHealth service_health() const {
    const auto& mqtt = mqtt_->counters();
    const auto http = http_->counters();
    const std::int64_t now_ns = folder_->clock.monotonic_ns();
    const std::int64_t since_ns = now_ns - Instant::kMinute;
    api::ServiceHealth health{.mqtt = mqtt,
                              .http = http,
                              .tabs = hub_->tabs(),
                              .stream_queue = hub_->queued(),
                              .uptime_s = (now_ns - started_ns_) / Instant::kSecond,
                              .backup = keeper_->health(),
                              .screens_p50_ms = hub_->lag_ms(0.5, since_ns),
                              .screens_p99_ms = hub_->lag_ms(0.99, since_ns),
                              .stream_limit = api::StreamHub::kMostQueued,
                              .http_limit = http::ServerOptions().max_connections,
                              .mqtt_limit = static_cast<std::uint64_t>(config_.mqtt_max_connections),
                              .zone_rules = Zone::rules_version(),
                              .folder_format = kFolderFormat};
    machine_->fill(health);
    chores_->fill(health);
    cameras_->fill(health);
    if (modbus_) modbus_->fill(health);
    if (sparkplug_) sparkplug_->fill(health);
    return health;
  }

  void close() {
    keeper_->stop();
    lorawan_->stop();
    courier_->stop(std::chrono::milliseconds(800));  // what it brought is noted before the writer ends
    writer_.post([this] { chores_->finish(); });
    writer_.stop();
    pool_.stop();
    http_.reset();
    mqtt_.reset();
  }

  /// Rules see every commit.
  struct RuleFeed final : ingest::CommitListener {
    explicit RuleFeed(Town& town) : town_(town) {}
    void committed(std::uint64_t sequence, std::span<const readings::Batch* const> batches,
                   std::span<const readings::Outcome> outcomes, Instant) override {
      std::size_t at = 0;
      for (const auto* batch : batches) {
        town_.alarms_->evaluate(sequence, batch->rows, outcomes.subspan(at, batch->rows.size()));
        at += batch->rows.size();
      }
    }
    Town& town_;
  };

  const ServeOptions& options_;
  const Config& config_;
  asio::io_context network_;
  std::optional<asio::signal_set> signals_;
  std::optional<Zone> zone_;
  std::unique_ptr<DataFolder> folder_;
  std::unique_ptr<readings::ReadingStore> store_;
  std::unique_ptr<alarms::RuleBook> rules_;
  std::unique_ptr<incidents::ShiftBook> shifts_;
  std::unique_ptr<views::SavedViews> views_;
  std::unique_ptr<warnings::WarningBook> warnings_;
  std::unique_ptr<CameraService> cameras_;
  std::unique_ptr<notify::Courier> courier_;
  std::unique_ptr<NotifyAudience> audience_;
  std::unique_ptr<notify::Notifier> notifier_;
  std::unique_ptr<alarms::RegistryDirectory> directory_;
  std::unique_ptr<alarms::RuleEngine> alarms_;
  ingest::ReceiptBook receipts_;
  ingest::Probe probe_;
  std::unique_ptr<ingest::Unclaimed> unclaimed_;
  std::unique_ptr<ingest::SeriesIndex> index_;
  std::unique_ptr<ingest::Admission> admission_;
  std::unique_ptr<sensorthings::Service> sensorthings_;
  std::unique_ptr<SensorThingsMqtt> sta_mqtt_;
  std::unique_ptr<WriterChores> chores_;
  std::unique_ptr<ingest::Intake> intake_;
  std::unique_ptr<ModbusService> modbus_;
  std::unique_ptr<lorawan::Service> lorawan_;
  std::unique_ptr<BridgeService> bridges_;
  std::unique_ptr<BackupKeeper> keeper_;
  RuleFeed rule_feed_{*this};
  http::TlsFiles tls_;
  http::Router router_;
  std::unique_ptr<ingest::MqttEntrance> entrance_;
  std::unique_ptr<SparkplugService> sparkplug_;
  std::unique_ptr<mqtt::Server> mqtt_;
  std::unique_ptr<Republisher> republisher_;
  std::unique_ptr<api::ProviderDesk> provider_;
  std::unique_ptr<api::Context> context_;
  std::unique_ptr<api::CameraDesk> desk_;
  std::unique_ptr<api::HealthWatch> health_;
  std::unique_ptr<api::StreamHub> hub_;
  std::unique_ptr<residents::Page> page_;
  std::unique_ptr<http::Server> http_;
  std::unique_ptr<Control> control_;
  std::int64_t started_ns_ = 0;
  std::unique_ptr<MachineWatch> machine_;
  bool stopping_ = false;
  // Last, so that they end first.
  Worker pool_{2, "pool"};
  Worker writer_{1, "writer"};
};

}  // namespace

Result<> serve(const ServeOptions& options) { return Town(options).run(); }

}  // namespace qala::app

#include <fmt/core.h>

#include "base/json_writer.h"
#include "registry/catalogue.h"
#include "registry/csv.h"
#include "registry/csv_columns.h"
#include "registry/registry.h"

namespace qala::registry {

namespace {

/// Builds one line after another; the sensor and property columns are there only if a datastream needs them.
class Writer {
 public:
  explicit Writer(const Registry::View& view) : view_(view) {
    view.each_datastream([&](const Datastream& datastream) {
      const Sensor* sensor = view.sensor(datastream.sensor);
      const ObservedProperty* property = view.property(datastream.property);
      with_sensors_ = with_sensors_ || (sensor && (!sensor->description.empty() || !sensor->metadata.empty()));
      with_properties_ = with_properties_ || (property && is_own(*property));
    });
  }

  std::string write() {
    for (std::size_t at = 0; at < kColumns; at++)
      if (is_written(at)) cell(kColumnNames[at]);
    end_line();
    view_.each_thing([&](const Thing& thing) { write_thing(thing); });
    return std::move(out_);
  }

 private:
  static bool is_own(const ObservedProperty& property) {
    for (const auto& built_in : catalogue())
      if (built_in.key == property.key) {
        ObservedProperty same_id = property;
        same_id.id = built_in.id;
        return same_id != built_in;
      }
    return true;
  }

  bool is_written(std::size_t column) const {
    if (column >= kFirstPropertyColumn) return with_properties_;
    if (column >= kFirstSensorColumn) return with_sensors_;
    return true;
  }

  void cell(std::string_view text) {
    if (!first_) out_ += ',';
    first_ = false;
    append_cell(out_, text);
  }
  void number(double value) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += fmt::format("{}", value);
  }
  void blank(std::size_t cells) {
    for (std::size_t n = 0; n < cells; n++) cell("");
  }
  void end_line() {
    out_ += "\r\n";
    first_ = true;
  }

  void write_thing(const Thing& thing) {
    const auto datastreams = view_.datastreams_of(thing.id);
    write_thing_cells(thing);
    if (datastreams.empty()) {
      blank_datastream();
      end_line();
    }
    for (std::size_t at = 0; at < datastreams.size(); at++) {
      if (at > 0) {
        cell(thing.key);
        blank(kFirstDatastreamColumn - 1);
      }
      write_datastream(*view_.datastream(datastreams[at]));
      end_line();
    }
  }

  std::string key_of(ThingId id) const {
    const Thing* thing = view_.thing(id);
    return thing ? thing->key : std::string();
  }

  void write_thing_cells(const Thing& thing) {
    const ZoneArea* zone = view_.zone(thing.zone);
    const LocalText zone_name = zone ? zone->name : LocalText{};
    cell(thing.key);
    cell(thing.name);
    cell(thing.description);
    cell(name_of(thing.kind));
    cell(zone ? zone->key : "");
    cell(zone_name.kk);
    cell(zone_name.ru);
    cell(zone_name.en);
    cell(thing.street);
    cell(thing.owner);
    cell(key_of(thing.parent));
    cell(key_of(thing.gateway));
    if (thing.location) {
      number(thing.location->lon);
      number(thing.location->lat);
    } else {
      blank(2);
    }
    cell(thing.installed);
    cell(thing.calibrated);
    cell(thing.photo);
    cell(thing.properties == "{}" ? "" : thing.properties);
  }

  void blank_datastream() {
    for (std::size_t at = kFirstDatastreamColumn; at < kColumns; at++)
      if (is_written(at)) cell("");
  }

  void write_datastream(const Datastream& datastream) {
    const ObservedProperty* property = view_.property(datastream.property);
    const Sensor* sensor = view_.sensor(datastream.sensor);
    std::string interval;
    if (datastream.interval_ms % 1000 == 0) interval = std::to_string(datastream.interval_ms / 1000);
    else append_decimal(interval, datastream.interval_ms, 3);
    cell(datastream.key);
    cell(datastream.name);
    cell(property ? std::string_view(property->key) : kNoProperty);
    cell(datastream.unit);
    cell(datastream.interval_ms == 0 ? "" : interval);
    cell(sensor ? sensor->name : "");
    cell(datastream.retention);
    if (with_sensors_) {
      cell(sensor ? sensor->description : "");
      cell(sensor ? sensor->metadata : "");
    }
    if (with_properties_) write_property(property);
  }

  void write_property(const ObservedProperty* property) {
    if (!property || !is_own(*property)) return blank(kColumns - kFirstPropertyColumn);
    cell(property->name.kk);
    cell(property->name.ru);
    cell(property->name.en);
    cell(property->definition);
    cell(property->unit);
    number(property->decimals);
    number(property->plausible_min);
    number(property->plausible_max);
  }

  const Registry::View& view_;
  std::string out_;
  bool first_ = true;
  bool with_sensors_ = false, with_properties_ = false;
};

}  // namespace

std::string export_csv(const Registry& registry) {
  std::string out;
  registry.read([&](const Registry::View& view) { out = Writer(view).write(); });
  return out;
}

}  // namespace qala::registry

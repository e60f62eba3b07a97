#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "audit/sink.h"
#include "base/clock.h"
#include "base/sqlite.h"
#include "cameras/camera.h"

namespace qala::cameras {

/// The town's cameras in town.db. All are in memory: reading from any thread, changes on the writer thread, each with
/// its audit entry (never a password, never an address) in the same step. Errors: `invalid` begins with the field,
/// `conflict`: the thing is a camera already; `not_found`.
class Cameras {
 public:
  /// All references must outlive this.
  static Result<std::unique_ptr<Cameras>> open(sqlite::Database& db, const Clock& clock, audit::AuditSink& audit);

  using List = std::shared_ptr<const std::vector<Camera>>;
  List all() const;  ///< by id
  std::optional<Camera> find(CameraId id) const;
  std::optional<Camera> of_thing(ThingId thing) const;
  using Groups = std::shared_ptr<const std::vector<Group>>;
  Groups groups() const;  ///< that somebody set, by name
  std::uint64_t generation() const { return generation_; }

  // Writer thread.
  Result<Camera> add(Camera camera, const audit::Actor& actor);
  /// Masks stay as they are: they are changed by set_masks only.
  Result<Camera> change(Camera camera, const audit::Actor& actor);
  Result<Camera> set_masks(CameraId id, std::vector<Mask> masks, const audit::Actor& actor);
  Result<> remove(CameraId id, const audit::Actor& actor);
  /// How long a group keeps its recordings; one that is forgotten goes by the configuration again.
  Result<> set_group(const Group& group, const audit::Actor& actor);
  Result<> forget_group(const std::string& name, const audit::Actor& actor);
  /// Called after each change, on the writer thread.
  void on_change(std::function<void()> told) { told_ = std::move(told); }

 private:
  Cameras(sqlite::Database& db, const Clock& clock, audit::AuditSink& audit) : db_(db), clock_(clock), audit_(audit) {}
  Result<> load();
  Result<> store(Camera& camera, std::string_view action, const std::string& detail, const audit::Actor& actor);
  Result<> change_group(const Group& group, bool keep, const audit::Actor& actor);
  void publish(std::vector<Camera> next);
  void publish(std::vector<Group> next);
  void told();

  sqlite::Database& db_;
  const Clock& clock_;
  audit::AuditSink& audit_;
  std::function<void()> told_;
  std::atomic<std::uint64_t> generation_ = 1;
  mutable std::mutex mutex_;  ///< guards the two pointers, held for a copy of one
  List list_ = std::make_shared<std::vector<Camera>>();
  Groups groups_ = std::make_shared<std::vector<Group>>();
};

}  // namespace qala::cameras

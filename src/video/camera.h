#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/zone.h"
#include "video/analysis.h"
#include "video/masked_view.h"
#include "video/stream.h"

namespace qala::video {

/// A live subscription as the worker holds it.
struct Watching {
  Watching(Link& link, std::uint32_t subject, const Watch& wanted) : looker(link, subject), watch(wanted) {}
  Looker looker;
  Watch watch;
  bool ended = false;  ///< told so; to be forgotten
};

/// Recording and time, the same for all cameras.
struct Common {
  Zone zone;
  Duration pre{}, post{};
};

/// One camera: its streams, who looks at them and whether through masks, what its pictures say. The io_context's
/// thread; held by a shared_ptr because the analysis answers later.
class Camera final : public std::enable_shared_from_this<Camera>, private Stream::User {
 public:
  Camera(Services& services, KeyFrameDecoders& decoders, const Common& common, std::uint32_t id);
  ~Camera() override;
  Camera(const Camera&) = delete;
  Camera& operator=(const Camera&) = delete;

  /// Ends lookers of streams that are no more, moves the others to what they may see now.
  void setup(const CameraSetup& setup);
  const CameraSetup& current_setup() const { return setup_; }
  /// `watching` outlives its place here; ended at once if it may not see what it asks for.
  void add(Watching& watching);
  void remove(Watching& watching);
  void caught_up(Watching& watching);
  /// The camera goes: everybody is told.
  void end_all(Why why, std::string_view words);

  using OnStill = std::function<void(Result<std::string> jpeg, Instant at, bool masked, Why why)>;
  /// Connects if it must, and waits for a key frame until the worker gives up.
  void still(const StillWanted& wanted, OnStill done);

  /// Something moves, for so long at least: as the camera says itself, or as is seen.
  void noticed(Instant at, Duration lasts = {});
  /// Once a second.
  void tick(Instant now);
  CameraStatus status() const;
  std::size_t lookers() const { return watchers_.size(); }
  std::uint64_t frames_dropped() const;

 private:
  static constexpr std::int64_t kMotionLasts = 8 * Instant::kSecond, kStillPatience = 8 * Instant::kSecond;
  struct WaitingStill {
    StillWanted wanted;
    OnStill done;
    std::int64_t until_ns;
  };
  void on_format(Stream& stream) override;
  void on_picture(Stream& stream, bool key) override;

  void place(Watching& watching);
  void unplace(Watching& watching);
  void end(Watching& watching, Why why, std::string_view words);
  bool through_masks(const Watch& watch) const { return !setup_.masks.empty() && !watch.unmasked; }
  /// Of which the masked pictures are made; null: none can be decoded.
  Stream* masked_source();
  void begin_masked();
  Stream* analysed();
  Stream* still_source(const StillWanted& wanted);
  bool make_still(const WaitingStill& still);
  void answer_stills();
  void analyse(Stream& stream);
  void seen(const Analysis::Seen& seen);
  void tell(std::string_view kind, bool on, Instant at);
  void needs(Instant now);
  RecordPolicy policy(Instant now, std::uint8_t stream) const;

  Services& services_;
  KeyFrameDecoders& decoders_;
  const Common& common_;
  std::uint32_t id_;
  CameraSetup setup_;
  std::array<std::unique_ptr<Stream>, 2> streams_;
  std::map<std::uint32_t, Watching*> watchers_;
  std::shared_ptr<MaskedView> masked_;
  Stream* masked_from_ = nullptr;
  std::vector<WaitingStill> stills_;

  std::shared_ptr<Analysis> analysis_ = std::make_shared<Analysis>();
  bool analysing_ = false, motion_ = false;
  std::int64_t analysed_ns_ = 0;
  std::optional<Instant> motion_at_, analysed_at_;
  std::optional<double> brightness_;
  std::vector<Condition> conditions_;
  std::string analysis_words_;
};

}  // namespace qala::video

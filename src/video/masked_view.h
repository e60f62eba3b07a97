#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "video/fan.h"
#include "video/masked_engine.h"
#include "video/services.h"

namespace qala::video {

/// A masked camera as its lookers get it: one transcode that all share, or, when as many as the budget allows are
/// running already, a masked still once a second. What was made with earlier masks is thrown away, wherever it is on
/// its way: after masks() returns nothing leaves that they do not cover. The io_context's thread; held by a shared_ptr.
class MaskedView : public std::enable_shared_from_this<MaskedView> {
 public:
  explicit MaskedView(Services& services);
  ~MaskedView();
  MaskedView(const MaskedView&) = delete;
  MaskedView& operator=(const MaskedView&) = delete;

  /// `newest` is the source's; each call begins anew. Null: there is no source for now.
  void begin(const media::Track& source, Newest& newest, std::vector<Polygon> masks);
  void pause();
  void add(Looker& looker);
  void remove(Looker& looker);
  void caught_up(Looker& looker) { fan_.caught_up(looker); }
  bool empty() const { return lookers_.empty(); }
  std::size_t size() const { return lookers_.size(); }

  /// A picture was pushed to the source's newest.
  void pushed();
  /// Once a second: stills, and who may transcode.
  void tick();
  Way way() const { return way_; }
  std::uint64_t frames_dropped() const { return fan_.frames_dropped(); }
  /// Why nothing is seen, if so.
  const std::string& words() const { return words_; }

 private:
  static constexpr std::size_t kMostPending = 90;
  void restart();
  void choose_way();
  void become(Way way);
  void run_engine();
  void done(MaskedEngine::Ran ran, std::uint64_t generation);
  void show(MaskedEngine::Out& out);
  void make_still();
  void still_done(Result<std::string> jpeg, Instant at, std::uint64_t generation);
  void tell_format(Looker& looker);

  Services& services_;
  Worker& worker_;
  std::vector<Looker*> lookers_;
  Way way_ = Way::stills;
  bool counted_ = false;  ///< in services_.masked_now
  std::uint64_t generation_ = 0;
  std::optional<media::Track> source_;
  Newest* input_ = nullptr;
  std::vector<Polygon> masks_;

  std::shared_ptr<MaskedEngine> engine_;
  std::vector<MaskedEngine::In> pending_;
  std::optional<std::uint64_t> next_;  ///< serial of the source's sample that the engine is fed next
  bool busy_ = false, wait_for_key_ = false;
  Newest output_;
  Fan fan_{output_, true};
  std::optional<media::Track> track_;

  bool still_busy_ = false;
  std::optional<std::uint64_t> still_serial_;
  std::string words_;
};

/// The newest key frame as a JPEG, masked if there are masks. Any thread.
Result<std::string> make_still(const media::Track& track, const media::Sample& key_frame,
                               const std::vector<Polygon>& masks, Size most);

}  // namespace qala::video

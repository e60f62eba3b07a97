#include "sim/cameras/loops.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "base/log.h"
#include "sim/cameras/clock_strip.h"
#include "sim/cameras/codec.h"
#include "sim/cameras/scene.h"

namespace qala::sim {

namespace {

constexpr int kDrawings = 3;  // goes up when scenes are drawn or encoded otherwise: old files are made anew

constexpr std::uint8_t kUnlike = 235;

int type_of(const std::string& unit) { return unit.empty() ? 0 : unit[0] & 0x1F; }

/// Takes parameter sets and the slice of the clock out of an encoded picture.
Result<> take(Encoder::Encoded encoded, Loop& loop, LoopPicture& picture) {
  picture.key = encoded.key;
  for (std::string& unit : encoded.units) {
    const int type = type_of(unit);
    if (type == 7) loop.sps = std::move(unit);
    else if (type == 8) loop.pps = std::move(unit);
    else if (type == 1 || type == 5) picture.units.push_back(std::move(unit));
  }
  if (loop.clock_scale == 0) return {};
  if (picture.key) {
    TRY(loop.sets, read_parameter_sets(loop.sps, loop.pps));
  }
  if (picture.units.size() != 2) return fail(ErrorKind::internal, "the encoder made other slices than asked");
  picture.units.erase(picture.units.begin());
  TRY(picture.head, read_slice_head(loop.sets, picture.units[0]));
  if (picture.head.first_mb != loop.clock_macroblocks())
    return fail(ErrorKind::internal, "the encoder cut its slices elsewhere");
  return {};
}

std::vector<std::string> with_clock(const Loop& loop, const LoopPicture& picture, ClockStrip& strip,
                                    const BurntClock& clock) {
  std::vector<std::string> units;
  if (picture.key) units = {loop.sps, loop.pps};
  units.push_back(strip.draw(loop.sets, picture.head, clock));
  units.insert(units.end(), picture.units.begin(), picture.units.end());
  return units;
}

}  // namespace

int LoopOrder::key_every() const { return std::max(1, static_cast<int>(std::floor(fps * key_interval + 1e-6))); }
int LoopOrder::pictures() const {
  return key_every() * std::max(1, static_cast<int>(std::lround(seconds * fps / key_every())));
}
std::string LoopOrder::key() const {
  return fmt::format("{}-{}x{}-{}fps-{}kbit-{}-{}-seed{}-v{}", scene, width, height, fps, kbit, key_every(), pictures(),
                     seed, kDrawings);
}

Result<LoopPtr> encode_loop(const LoopOrder& order, const std::function<bool()>& stop) {
  const int count = order.pictures();
  const double seconds = count / order.fps;
  TRY(const auto scene, make_scene(order.scene, order.width, order.height, seconds, order.seed));
  auto loop = std::make_shared<Loop>();
  loop->name = order.scene;
  loop->width = order.width;
  loop->height = order.height;
  loop->fps = order.fps;
  loop->length = std::llround(90'000 * seconds);
  loop->clock_scale = ClockStrip::scale_of(order.width, order.height);
  TRY(Encoder encoder, Encoder::make({.width = order.width,
                                      .height = order.height,
                                      .fps = order.fps,
                                      .kbit = order.kbit,
                                      .key_every = order.key_every(),
                                      .first_slice_macroblocks = loop->clock_macroblocks()}));
  Picture drawn(order.width, order.height);
  for (int n = 0; n < count; n++) {
    if (stop()) return fail(ErrorKind::cancelled, "told to stop");
    const double t = n / order.fps;
    scene->draw(t, static_cast<std::uint64_t>(n), drawn);
    // White above a dark edge: nothing below is ever foretold from it, it would fit too badly.
    std::fill_n(drawn.y.begin(), static_cast<std::ptrdiff_t>(loop->clock_macroblocks()) * 256, kUnlike);
    LoopPicture picture;
    picture.at = std::llround(90'000 * t);
    TRY(auto encoded, encoder.encode(drawn, std::llround(1000 * t)));
    TRY_VOID(take(std::move(encoded), *loop, picture));
    loop->pictures.push_back(std::move(picture));
  }
  if (!loop->pictures.front().key) return fail(ErrorKind::internal, "the encoder did not begin with a key frame");
  if (loop->clock_scale > 0) {
    TRY_VOID(prove_clock_apart(*loop).context(order.key()));
  }
  return LoopPtr(std::move(loop));
}

Result<> prove_clock_apart(const Loop& loop) {
  ClockStrip one(loop.clock_scale), other(loop.clock_scale);
  Decoder first, second;
  std::int64_t n = 0;
  for (const LoopPicture& picture : loop.pictures) {
    n++;
    TRY(const auto a, first.decode(with_clock(loop, picture, one, {1'768'660'800'000 + 80 * n, 17})));
    TRY(const auto b, second.decode(with_clock(loop, picture, other, {3'000'000'000'000 - 12'345'678 * n, 1000})));
    if (!a || !b) return fail(ErrorKind::internal, fmt::format("picture {} is not decoded", n));
    const std::ptrdiff_t top = std::ptrdiff_t{16} * loop.clock_scale * loop.width;
    if (!std::equal(a->y.begin() + top, a->y.end(), b->y.begin() + top) ||
        !std::equal(a->u.begin() + top / 4, a->u.end(), b->u.begin() + top / 4) ||
        !std::equal(a->v.begin() + top / 4, a->v.end(), b->v.begin() + top / 4))
      return fail(ErrorKind::internal, fmt::format("picture {} was foretold from the clock above it", n));
  }
  return {};
}

Result<LoopPtr> LoopStore::get(const LoopOrder& order, const std::function<bool()>& stop) {
  const std::string key = order.key();
  const std::string path = folder_.empty() ? "" : folder_ + "/" + key + ".loop";
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = loops_.find(key); found != loops_.end()) return found->second;
  }
  LoopPtr loop;
  if (!path.empty() && std::filesystem::exists(path)) {
    auto loaded = load_loop(path, key);
    if (loaded) loop = *loaded;
    else log::warn("loop not read", {{"reason", loaded.error().message}});
  }
  if (!loop) {
    log::info("drawing and encoding", {{"loop", key}});
    TRY(loop, encode_loop(order, stop));
    if (!path.empty()) {
      std::error_code code;
      std::filesystem::create_directories(folder_, code);
      if (const auto saved = save_loop(*loop, path, key); !saved)
        log::warn("loop not kept", {{"reason", saved.error().message}});
    }
  }
  const std::lock_guard lock(mutex_);
  return loops_.emplace(key, loop).first->second;
}

}  // namespace qala::sim

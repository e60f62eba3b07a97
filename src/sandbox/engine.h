#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/wire.h"

namespace qala::sandbox {

/// The JavaScript engine (mozjs 102: interpreter only, no JIT, no WebAssembly) and the codecs loaded into it.
///
/// A codec is run anew from its first line for every call, as network servers do, so that nothing it keeps in its own
/// variables is seen by the next call. That costs microseconds: its script is compiled once, as the body of a function,
/// in a realm of its own whose built-in objects are frozen; names it leaves at the global object are taken away. A
/// script that changes built-in objects itself, or looks for its functions at the global object, gets a realm of its
/// own for every call instead (a millisecond): found by its text, or because it throws in a frozen realm and not in a
/// new one.
///
/// `new Date()` says the time of the request. One thread; one engine in the life of a process. It has no limit of time:
/// whoever started the process kills it.
class Engine {
 public:
  /// `progress` outlives it: `step` counts up when time is to be counted anew.
  static Result<std::unique_ptr<Engine>> start(codec::Progress& progress);
  virtual ~Engine() = default;

  virtual void load(std::uint32_t codec, std::string_view script) = 0;
  virtual void forget(std::uint32_t codec) = 0;
  virtual codec::Answer run(const codec::Run& run) = 0;
};

}  // namespace qala::sandbox

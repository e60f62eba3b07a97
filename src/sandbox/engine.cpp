#include "sandbox/engine.h"

#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <jsapi.h>
#include <jsfriendapi.h>

#include <js/Array.h>
#include <js/CallArgs.h>
#include <js/CharacterEncoding.h>
#include <js/CompilationAndEvaluation.h>
#include <js/ContextOptions.h>
#include <js/Conversions.h>
#include <js/Date.h>
#include <js/ErrorReport.h>
#include <js/Exception.h>
#include <js/GlobalObject.h>
#include <js/Initialization.h>
#include <js/JSON.h>
#include <js/SourceText.h>
#include <js/experimental/JSStencil.h>
#include <js/shadow/Object.h>

#include "sandbox/finders.h"
#include "sandbox/helper.h"
#include "sandbox/power.h"
#include "sandbox/prelude.h"
#include "sandbox/text.h"

namespace qala::sandbox {

namespace {

using codec::Answer;
using codec::Outcome;
using codec::Routine;
using codec::Run;

constexpr std::uint32_t kHeapBytes = 32u << 20;
constexpr std::size_t kStackBytes = 1u << 20;
constexpr int kFruitless = 32;  ///< so often an exception is looked at in a new realm; then it is believed

const JSClass kGlobal = {"global", JSCLASS_GLOBAL_FLAGS, &JS::DefaultGlobalClassOps, nullptr, nullptr, nullptr};

double now_us = 0;  ///< what `new Date()` says
double now_of_request(double, JSContext*) { return now_us; }

bool math_pow(JSContext* cx, unsigned count, JS::Value* values) {
  const JS::CallArgs arguments = JS::CallArgsFromVp(count, values);
  double x = 0, y = 0;
  if (!JS::ToNumber(cx, arguments.get(0), &x) || !JS::ToNumber(cx, arguments.get(1), &y)) return false;
  arguments.rval().setNumber(power(x, y));
  return true;
}

/// What a realm has: its global object and the tools of its prelude.
struct Realm {
  explicit Realm(JSContext* cx) : global(cx), tools(cx) {}
  JS::PersistentRootedObject global, tools;
};

/// A realm that is kept: frozen, with the codec's script as one function for each routine.
struct Kept : Realm {
  explicit Kept(JSContext* cx) : Realm(cx) {
    for (auto& runner : runners) runner.init(cx);
  }
  JS::PersistentRooted<JSFunction*> runners[codec::kRoutines];
  const Finder* finders[codec::kRoutines] = {};
  const void* shape = nullptr;  ///< of the global object when nothing was left there
  bool names_module = false;
};

struct Codec {
  std::string script;
  bool looked_at = false, wild = false;
  std::string broken = {};  ///< why it cannot be compiled
  int fruitless = 0;
  RefPtr<JS::Stencil> stencil = {};
  std::unique_ptr<Kept> kept = {};
};

/// What JS_Stringify writes to.
struct Json {
  std::string text;
  bool too_long = false;
};

bool write_json(const char16_t* units, std::uint32_t count, void* data) {
  auto& json = *static_cast<Json*>(data);
  if (json.text.size() + count > codec::kMaxAnswer) {
    json.too_long = true;
    return false;
  }
  append_utf8(json.text, std::u16string_view(units, count));
  return true;
}

class MozEngine : public Engine {
 public:
  explicit MozEngine(codec::Progress& progress) : progress_(progress) {}
  ~MozEngine() override {
    codecs_.clear();
    prelude_ = nullptr;
    zone_.reset();
    if (cx_) JS_DestroyContext(cx_);
    JS_ShutDown();
  }

  Result<> begin() {
    ::setenv("TZ", "UTC", 1);
    JS::DisableJitBackend();
    if (!JS_Init()) return fail(ErrorKind::internal, "the JavaScript engine does not begin");
    start_helper();
    cx_ = JS_NewContext(kHeapBytes);
    if (!cx_) return fail(ErrorKind::full, "the JavaScript engine has no memory");
    JS_SetGCParameter(cx_, JSGC_MAX_NURSERY_BYTES, 1u << 20);
    // Garbage is collected early: the whole program is to stay below 40 MB.
    JS_SetGCParameter(cx_, JSGC_ALLOCATION_THRESHOLD, 6);
    JS_SetGCParameter(cx_, JSGC_MALLOC_THRESHOLD_BASE, 4);
    JS_SetGCParameter(cx_, JSGC_SMALL_HEAP_SIZE_MAX, 12);
    JS_SetGCParameter(cx_, JSGC_LARGE_HEAP_SIZE_MIN, 24);
    JS_SetGCParameter(cx_, JSGC_HIGH_FREQUENCY_SMALL_HEAP_GROWTH, 130);
    JS_SetGCParameter(cx_, JSGC_HIGH_FREQUENCY_LARGE_HEAP_GROWTH, 120);
    JS_SetGCParameter(cx_, JSGC_LOW_FREQUENCY_HEAP_GROWTH, 120);
    JS_SetGCParameter(cx_, JSGC_MAX_EMPTY_CHUNK_COUNT, 2);
    JS_SetNativeStackQuota(cx_, kStackBytes);
    JS::ContextOptionsRef(cx_).setWasm(false).setAsmJS(false);
    JS::SetUseFdlibmForSinCosTan(true);  // as V8
    JS::SetReduceMicrosecondTimePrecisionCallback(now_of_request);
    if (!js::UseInternalJobQueues(cx_) || !JS::InitSelfHostedCode(cx_)) {
      return fail(ErrorKind::internal, "the JavaScript engine does not begin");
    }
    // The first realm stands for the zone that all share; what it does here is done for the first time, which may need
    // files that are out of reach later.
    zone_ = std::make_unique<Realm>(cx_);
    if (!make_realm(*zone_, "")) return fail(ErrorKind::internal, "the prelude fails: " + thrown().text);
    JSAutoRealm inside(cx_, zone_->global);
    JS::RootedValue ignored(cx_);
    if (!evaluate(
            "new Date(0).toLocaleString() + (1234.5).toLocaleString() + 'ä'.localeCompare('b') + 'x'.normalize('NFD')"
            " + new Intl.DateTimeFormat('en').format(0) + Math.random()",
            &ignored)) {
      return fail(ErrorKind::internal, "the JavaScript engine does not work: " + thrown().text);
    }
    return {};
  }

  void load(std::uint32_t id, std::string_view script) override { codecs_[id] = Codec{.script = readable(script)}; }
  void forget(std::uint32_t id) override { codecs_.erase(id); }

  Answer run(const Run& run) override {
    const auto found = codecs_.find(run.codec);
    if (found == codecs_.end()) return {Outcome::failed, "the codec is not loaded"};
    Codec& codec = found->second;
    now_us = static_cast<double>(run.now_ms) * 1000;
    if (!codec.looked_at) look_at(codec);
    if (!codec.broken.empty()) return {Outcome::failed, codec.broken};
    if (codec.wild) return run_in_new_realm(codec, run);
    Answer answer = run_in_kept_realm(codec, run);
    if (answer.outcome == Outcome::memory) collect(codec);
    if (answer.outcome != Outcome::failed || codec.fruitless >= kFruitless) return answer;
    Answer again = run_in_new_realm(codec, run);
    if (again.outcome == Outcome::failed) {
      codec.fruitless++;
      return answer;
    }
    if (again.outcome == Outcome::answered) {
      codec.wild = true;
      codec.kept.reset();
    }
    return again;
  }

 private:
  // ---- what went wrong

  /// The pending exception in words; it is not pending any more.
  Answer thrown() {
    if (!JS_IsExceptionPending(cx_)) return {Outcome::memory, "it was ended by the engine"};
    if (JS_IsThrowingOutOfMemory(cx_)) {
      JS_ClearPendingException(cx_);
      return {Outcome::memory, "it needs more memory than a codec may have"};
    }
    JS::ExceptionStack stack(cx_);
    JS::ErrorReportBuilder report(cx_);
    if (!JS::StealPendingExceptionStack(cx_, &stack) ||
        !report.init(cx_, stack, JS::ErrorReportBuilder::WithSideEffects)) {
      JS_ClearPendingException(cx_);
      return {Outcome::failed, "it threw something that cannot be told"};
    }
    std::string words = report.toStringResult().c_str() ? report.toStringResult().c_str() : "";
    constexpr std::string_view kPlain = "uncaught exception: ";
    if (words.starts_with(kPlain)) words.erase(0, kPlain.size());
    if (words.size() > 2000) words.resize(2000);
    const unsigned line = report.report() ? report.report()->lineno : 0;
    const bool of_text = words.starts_with("SyntaxError");
    if (line > 0 && stack.exception().isObject())
      words += of_text ? fmt::format(" (line {}, column {})", line, report.report()->column)
                       : fmt::format(" (line {})", line);
    return {Outcome::failed, well_formed(words)};
  }

  /// After an exhausted memory: everything of this codec goes.
  void collect(Codec& codec) {
    codec.kept.reset();
    JS_GC(cx_);
  }

  // ---- realms

  bool evaluate(std::string_view code, JS::MutableHandleValue value) {
    JS::CompileOptions options(cx_);
    options.setFileAndLine("qala", 1);
    JS::SourceText<mozilla::Utf8Unit> source;
    return source.init(cx_, code.data(), code.size(), JS::SourceOwnership::Borrowed) &&
           JS::Evaluate(cx_, options, source, value);
  }

  RefPtr<JS::Stencil> compile(std::string_view code, const char* name) {
    JS::CompileOptions options(cx_);
    options.setFileAndLine(name, 1);
    JS::SourceText<mozilla::Utf8Unit> source;
    if (!source.init(cx_, code.data(), code.size(), JS::SourceOwnership::Borrowed)) return nullptr;
    return JS::CompileGlobalScriptToStencil(cx_, options, source);
  }

  bool execute(JS::Stencil* stencil, JS::MutableHandleValue value) {
    JS::InstantiateOptions options;
    JS::RootedScript script(cx_, JS::InstantiateGlobalStencil(cx_, options, stencil));
    return script && JS_ExecuteScript(cx_, script, value);
  }

  bool call_tool(Realm& realm, const char* name, const JS::HandleValueArray& arguments, JS::MutableHandleValue value) {
    JS::RootedObject tools(cx_, realm.tools);
    return JS_CallFunctionName(cx_, tools, name, arguments, value);
  }

  bool call_tool(Realm& realm, const char* name) {
    JS::RootedValue ignored(cx_);
    return call_tool(realm, name, JS::HandleValueArray::empty(), &ignored);
  }

  bool text_value(std::string_view text, JS::MutableHandleValue value) {
    JSString* string = JS_NewStringCopyUTF8N(cx_, JS::UTF8Chars(text.data(), text.size()));
    if (!string) return false;
    value.setString(string);
    return true;
  }

  /// A realm with its prelude, and with what `script` names.
  bool make_realm(Realm& realm, std::string_view script) {
    JS::RealmOptions options;
    options.creationOptions().setSharedMemoryAndAtomicsEnabled(false).setIteratorHelpersEnabled(true);
    if (zone_ && zone_->global) options.creationOptions().setNewCompartmentInExistingZone(zone_->global);
    else options.creationOptions().setNewCompartmentAndZone();
    JS::RootedObject global(cx_, JS_NewGlobalObject(cx_, &kGlobal, nullptr, JS::DontFireOnNewGlobalHook, options));
    if (!global) return false;
    JSAutoRealm inside(cx_, global);
    if (!JS_DeleteProperty(cx_, global, "WebAssembly")) return false;
    JS::RootedValue math(cx_);
    if (!JS_GetProperty(cx_, global, "Math", &math) || !math.isObject()) return false;
    JS::RootedObject math_object(cx_, &math.toObject());
    if (!JS_DefineFunction(cx_, math_object, "pow", math_pow, 2, 0)) return false;
    if (!prelude_) prelude_ = compile(prelude(), "prelude");
    JS::RootedValue tools(cx_), text(cx_), ignored(cx_);
    if (!prelude_ || !execute(prelude_, &tools) || !tools.isObject()) return false;
    realm.global = global.get();
    realm.tools = &tools.toObject();
    return text_value(script, &text) && call_tool(realm, "furnish", JS::HandleValueArray(text), &ignored);
  }

  // ---- what a script is

  void look_at(Codec& codec) {
    codec.looked_at = true;
    JSAutoRealm inside(cx_, zone_->global);
    codec.stencil = compile(codec.script, "codec");
    if (!codec.stencil) {
      codec.broken = thrown().text;
      return;
    }
    JS::RootedValue text(cx_), wild(cx_);
    codec.wild = !text_value(codec.script, &text) || !call_tool(*zone_, "wild", JS::HandleValueArray(text), &wild) ||
                 !wild.isFalse();
    JS_ClearPendingException(cx_);
    progress_.step++;
  }

  JSFunction* compile_runner(const Codec& codec, const std::string& last_line) {
    JS::CompileOptions options(cx_);
    options.setFileAndLine("codec", 0);  // a line of the engine's own comes first
    // CompileFunction takes every byte of UTF-8 for a letter, so it gets UTF-16.
    const std::u16string body = to_utf16(codec.script + "\n;" + last_line);
    JS::SourceText<char16_t> source;
    JS::RootedObjectVector scopes(cx_);
    if (!source.init(cx_, body.data(), body.size(), JS::SourceOwnership::Borrowed)) return nullptr;
    return JS::CompileFunction(cx_, scopes, options, "codec", 0, nullptr, source);
  }

  bool frozen(JSFunction* function) {
    JS::RootedObject object(cx_, JS_GetFunctionObject(function));
    return JS_FreezeObject(cx_, object);
  }

  /// Finds where the script has the routine, and makes a function that runs the script and returns it.
  bool prepare(Codec& codec, Routine routine) {
    Kept& kept = *codec.kept;
    const int at = static_cast<int>(routine);
    JS::RootedFunction look(cx_, compile_runner(codec, "return " + finding(routine) + ";"));
    JS::RootedValue which(cx_);
    if (!look || !frozen(look) || !JS_CallFunction(cx_, kept.global, look, JS::HandleValueArray::empty(), &which)) {
      return false;
    }
    const Finder* finder = finder_at(routine, which.isInt32() ? which.toInt32() : -1);
    if (!finder) return no_such(routine);
    JS::RootedFunction runner(cx_, compile_runner(codec, "return " + std::string(finder->expression) + ";"));
    if (!runner || !frozen(runner)) return false;
    kept.runners[at] = runner.get();
    kept.finders[at] = finder;
    return true;
  }

  bool no_such(Routine routine) {
    JS_ReportErrorUTF8(cx_, "%s", fmt::format("the script has no function {}", codec::name_of(routine)).c_str());
    return false;
  }

  // ---- running

  Answer run_in_kept_realm(Codec& codec, const Run& run) {
    if (!codec.kept) {
      auto kept = std::make_unique<Kept>(cx_);
      if (!make_realm(*kept, codec.script)) return thrown();
      JSAutoRealm inside(cx_, kept->global);
      if (!call_tool(*kept, "harden") || !JS_SetImmutablePrototype(cx_, kept->global, &unused_)) return thrown();
      kept->names_module =
          codec.script.find("module") != std::string::npos || codec.script.find("exports") != std::string::npos;
      kept->shape = shape_of(kept->global);
      codec.kept = std::move(kept);
    }
    Kept& kept = *codec.kept;
    JSAutoRealm inside(cx_, kept.global);
    const int at = static_cast<int>(run.routine);
    if (!kept.runners[at]) {
      const bool ready = prepare(codec, run.routine);
      Answer failed = ready ? Answer{} : thrown();
      if (!clean(codec) || !ready)
        return ready ? Answer{Outcome::failed, "it cannot be taken away what it left"} : failed;
      progress_.step++;
    }
    Answer answer;
    {
      JS::RootedValue function(cx_), result(cx_);
      JS::RootedFunction runner(cx_, kept.runners[at]);
      if (!JS_CallFunction(cx_, kept.global, runner, JS::HandleValueArray::empty(), &function)) answer = thrown();
      else answer = call(kept, *kept.finders[at], function, run);
    }
    clean(codec);
    return answer;
  }

  Answer run_in_new_realm(Codec& codec, const Run& run) {
    progress_.step++;
    Realm realm(cx_);
    if (!make_realm(realm, codec.script)) return thrown();
    JSAutoRealm inside(cx_, realm.global);
    JS::RootedValue value(cx_), function(cx_);
    if (!execute(codec.stencil, &value) || !evaluate(finding(run.routine), &value)) return thrown();
    const Finder* finder = finder_at(run.routine, value.isInt32() ? value.toInt32() : -1);
    if (!finder) return no_such(run.routine), thrown();
    if (!evaluate(finder->expression, &function)) return thrown();
    Answer answer = call(realm, *finder, function, run);
    js::RunJobs(cx_);
    return answer;
  }

  /// Nothing of a call may be left at the global object; if it cannot be helped, the realm goes.
  bool clean(Codec& codec) {
    Kept& kept = *codec.kept;
    js::RunJobs(cx_);
    JS_ClearPendingException(cx_);
    bool cleaned = true;
    if (shape_of(kept.global) != kept.shape) {
      JS::RootedValue swept(cx_);
      cleaned = call_tool(kept, "sweep", JS::HandleValueArray::empty(), &swept) && swept.isTrue();
      kept.shape = shape_of(kept.global);
    }
    if (cleaned && kept.names_module) cleaned = call_tool(kept, "renew");
    JS_ClearPendingException(cx_);
    if (!cleaned) codec.kept.reset();
    return cleaned;
  }

  static const void* shape_of(JSObject* object) { return reinterpret_cast<JS::shadow::Object*>(object)->shape; }

  bool make_bytes(const std::string& bytes, JS::MutableHandleValue value) {
    JS::RootedValueVector items(cx_);
    if (!items.reserve(bytes.size())) return false;
    for (const char byte : bytes) items.infallibleAppend(JS::Int32Value(static_cast<std::uint8_t>(byte)));
    JSObject* array = JS::NewArrayObject(cx_, items);
    if (!array) return false;
    value.setObject(*array);
    return true;
  }

  /// What the routine is given, as one object: TS013's `input`.
  JSObject* make_input(const Run& run, JS::HandleValue bytes) {
    JS::RootedObject input(cx_, JS_NewPlainObject(cx_));
    JS::RootedObject date(cx_);
    if (!input) return nullptr;
    if (run.bytes && !JS_DefineProperty(cx_, input, "bytes", bytes, JSPROP_ENUMERATE)) return nullptr;
    if (run.port && !JS_DefineProperty(cx_, input, "fPort", *run.port, JSPROP_ENUMERATE)) return nullptr;
    if (run.received) {
      date = JS::NewDateObject(cx_, JS::TimeClip(static_cast<double>(run.now_ms)));
      if (!date || !JS_DefineProperty(cx_, input, "recvTime", date, JSPROP_ENUMERATE)) return nullptr;
    }
    if (run.input.empty()) return input;
    JS::RootedValue text(cx_), more(cx_);
    JS::RootedString string(cx_);
    if (!text_value(run.input, &text)) return nullptr;
    string = text.toString();
    if (!JS_ParseJSON(cx_, string, &more)) return nullptr;
    if (!more.isObject()) return input;
    JS::RootedObject object(cx_, &more.toObject());
    return assign(input, object) ? input.get() : nullptr;
  }

  /// Object.assign, without asking the realm for it; what is there stays.
  bool assign(JS::HandleObject to, JS::HandleObject from) {
    JS::Rooted<JS::IdVector> ids(cx_, JS::IdVector(cx_));
    if (!JS_Enumerate(cx_, from, &ids)) return false;
    JS::RootedId id(cx_);
    JS::RootedValue value(cx_);
    for (std::size_t i = 0; i < ids.length(); i++) {
      id = ids[i];
      bool there = false;
      if (!JS_HasOwnPropertyById(cx_, to, id, &there)) return false;
      if (there) continue;
      if (!JS_GetPropertyById(cx_, from, id, &value)) return false;
      if (!JS_DefinePropertyById(cx_, to, id, value, JSPROP_ENUMERATE)) return false;
    }
    return true;
  }

  bool arguments_of(Style style, const Run& run, JS::MutableHandleValueVector arguments) {
    JS::RootedValue bytes(cx_), port(cx_), more(cx_);
    if (run.bytes && !make_bytes(*run.bytes, &bytes)) return false;
    if (run.port) port.setInt32(*run.port);
    JS::RootedObject input(cx_, make_input(run, bytes));
    if (!input) return false;
    if (style == Style::input) return arguments.append(JS::ObjectValue(*input));
    const bool down = run.routine == Routine::encode_downlink;
    if (!JS_GetProperty(cx_, input, down ? "data" : "bytes", &bytes)) return false;
    if (!JS_GetProperty(cx_, input, "fPort", &port)) return false;
    if (style == Style::bytes_port) return arguments.append(bytes.get()) && arguments.append(port.get());
    if (!JS_GetProperty(cx_, input, "variables", &more)) return false;
    if (!more.isObject()) {
      JS::RootedObject empty(cx_, JS_NewPlainObject(cx_));
      if (!empty) return false;
      more.setObject(*empty);
    }
    return arguments.append(port.get()) && arguments.append(bytes.get()) && arguments.append(more.get());
  }

  Answer call(Realm& realm, const Finder& finder, JS::HandleValue function, const Run& run) {
    JS::RootedValueVector arguments(cx_);
    JS::RootedValue result(cx_);
    if (!arguments_of(finder.style, run, &arguments)) return thrown();
    if (!JS::Call(cx_, JS::UndefinedHandleValue, function, arguments, &result)) return thrown();
    const bool bare = finder.style != Style::input;
    if (run.routine == Routine::encode_downlink) {
      JS::RootedValueArray<3> given(cx_);
      given[0].set(result);
      given[1].setBoolean(bare);
      if (run.port) given[2].setInt32(*run.port);
      if (!call_tool(realm, "downlink", given, &result)) return thrown();
    } else if (!result.isObject()) {
      const char* what = result.isUndefined() ? "nothing" : result.isNull() ? "null" : "no object";
      return {Outcome::failed, fmt::format("{} answers {}", finder.name, what)};
    }
    Json json;
    if (bare && run.routine != Routine::encode_downlink) json.text = "{\"data\":";
    if (!JS_Stringify(cx_, &result, nullptr, JS::UndefinedHandleValue, write_json, &json)) {
      if (!json.too_long) return thrown();
      JS_ClearPendingException(cx_);
      return {Outcome::failed, fmt::format("its answer is longer than {} KB", codec::kMaxAnswer >> 10)};
    }
    if (bare && run.routine != Routine::encode_downlink) json.text += '}';
    return {Outcome::answered, std::move(json.text)};
  }

  codec::Progress& progress_;
  JSContext* cx_ = nullptr;
  RefPtr<JS::Stencil> prelude_;
  std::unique_ptr<Realm> zone_;
  std::map<std::uint32_t, Codec> codecs_;
  bool unused_ = false;
};

}  // namespace

Result<std::unique_ptr<Engine>> Engine::start(codec::Progress& progress) {
  auto engine = std::make_unique<MozEngine>(progress);
  TRY_VOID(engine->begin());
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace qala::sandbox

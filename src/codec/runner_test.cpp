// The runner with the real qala-codec.
#include "codec/runner.h"

#include <signal.h>

#include <filesystem>
#include <iterator>
#include <string>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/child.h"
#include "codec/test_bench.h"

namespace qala::codec {
namespace {

using tests::Bench;

constexpr const char* kFirst = "function decodeUplink(input) { return {data: {first: input.bytes[0]}}; }";
constexpr const char* kLoop = "function decodeUplink(input) { while (input.bytes[0]) {} return {data: {}}; }";

TEST(CodecRunner, AnswersAsTheCodecDoes) {
  Bench bench;
  bench.expect_works();
  EXPECT_EQ(bench.run_script("function Decoder(bytes, port) { return {port: port, n: bytes.length}; }", "0102").text,
            R"({"data":{"port":1,"n":2}})");
  EXPECT_EQ(bench
                .run_script(
                    "function Decode(fPort, bytes, variables) { return {port: fPort, n: bytes.length, v: variables}; }",
                    "0102", R"({"variables":{"a":"b"}})")
                .text,
            R"({"data":{"port":1,"n":2,"v":{"a":"b"}}})");
  EXPECT_EQ(bench.run_script("module.exports = {decodeUplink: (i) => ({data: i.fPort})}").text, R"({"data":1})");
  EXPECT_EQ(bench
                .run_script("const encodeDownlink = (i) => ({fPort: 9, bytes: [1, 255, i.data.x], warnings: []});", "",
                            R"({"data":{"x":16}})", Routine::encode_downlink)
                .text,
            R"({"fPort":9,"bytes":"01ff10","warnings":[]})");
  EXPECT_EQ(bench
                .run_script("function Encode(fPort, obj) { return [fPort, obj.x]; }", "", R"({"data":{"x":3}})",
                            Routine::encode_downlink)
                .text,
            R"({"bytes":"0103","fPort":1})");
}

TEST(CodecRunner, WhyThereIsNoAnswerIsSaid) {
  Bench bench;
  const std::tuple<const char*, Outcome, const char*> scripts[] = {
      {"function decodeUplink(", Outcome::failed, "SyntaxError"},
      {"return {}", Outcome::failed, "SyntaxError"},
      {"var x = 1;", Outcome::failed, "no function decodeUplink"},
      {"function decodeUplink() { return input.x.y; }", Outcome::failed, "input is not defined (line 1)"},
      {"function decodeUplink() { throw 'no such port'; }", Outcome::failed, "no such port"},
      {"function decodeUplink() { throw new Error('à'); }", Outcome::failed, "à"},
      {"function decodeUplink() { }", Outcome::failed, "decodeUplink answers nothing"},
      {"function decodeUplink() { return null; }", Outcome::failed, "decodeUplink answers null"},
      {"function decodeUplink() { var a = {}; a.a = a; return a; }", Outcome::failed, "cyclic"},
      {"function decodeUplink() { return {data: 10n}; }", Outcome::failed, "BigInt"},
      {"throw new Error('at the top')", Outcome::failed, "at the top"},
      {"function decodeUplink() { return {data: 'x'.repeat(300000)}; }", Outcome::failed, "longer than 256 KB"},
      {"function decodeUplink() { return f(); function f() { return f() + 1; } }", Outcome::failed, "recursion"},
  };
  for (const auto& [script, outcome, words] : scripts) {
    const Answer answer = bench.run_script(script);
    EXPECT_EQ(answer.outcome, outcome) << script;
    EXPECT_NE(answer.text.find(words), std::string::npos) << script << ": " << answer.text;
  }
  EXPECT_EQ(bench.runner->health().restarts, 0u) << "none of them is the child's end";
}

TEST(CodecRunner, ACodecThatHangsIsStoppedAndAllOthersAreAnswered) {
  Bench bench;
  const auto good = bench.add(kFirst), bad = bench.add(kLoop);
  std::vector<Answer*> answers;
  for (int i = 0; i < 40; i++) answers.push_back(&bench.begin(i == 20 ? bad : good, "07"));
  bench.wait();
  for (int i = 0; i < 40; i++) {
    if (i == 20) {
      EXPECT_EQ(answers[20]->outcome, Outcome::stopped);
      EXPECT_NE(answers[20]->text.find("longer than 100 ms (strike 1 of 3)"), std::string::npos) << answers[20]->text;
    } else {
      EXPECT_EQ(answers[static_cast<std::size_t>(i)]->text, R"({"data":{"first":7}})") << i;
    }
  }
  EXPECT_EQ(bench.runner->health().restarts, 1u);
  EXPECT_EQ(bench.runner->standing(good).strikes, 0);
}

TEST(CodecRunner, ThreeStrikesDisableACodec) {
  Bench bench;
  const auto bad = bench.add(kLoop);
  for (int i = 0; i < 3; i++) {
    EXPECT_TRUE(bench.disabled.empty());
    EXPECT_EQ(bench.run(bad, "01").outcome, Outcome::stopped);
  }
  ASSERT_EQ(bench.disabled.size(), 1u);
  EXPECT_EQ(bench.disabled[0].first, bad);
  EXPECT_EQ(bench.disabled[0].second, "it takes longer than 100 ms");
  EXPECT_TRUE(bench.runner->standing(bad).disabled);
  const Answer answer = bench.run(bad, "00");
  EXPECT_EQ(answer.outcome, Outcome::disabled);
  EXPECT_EQ(answer.text, "the codec is disabled: it takes longer than 100 ms");
  EXPECT_EQ(bench.runner->health().restarts, 3u) << "it was not run again";
  bench.expect_works();
  bench.runner->set_standing(bad, {});
  EXPECT_EQ(bench.run(bad, "00").text, R"({"data":{}})");
}

// A host that takes the processor away makes any codec look as if it hung, once.
TEST(CodecRunner, WhatHasAnsweredIsTriedOnceMoreBeforeItCounts) {
  Bench bench;
  const auto codec = bench.add(kLoop);
  EXPECT_EQ(bench.run(codec, "00").outcome, Outcome::answered);
  EXPECT_EQ(bench.run(codec, "01").outcome, Outcome::stopped);
  EXPECT_EQ(bench.runner->health().restarts, 2u) << "the same request again";
  EXPECT_EQ(bench.runner->standing(codec).strikes, 1) << "and one strike for both";
  EXPECT_EQ(bench.run(codec, "01").outcome, Outcome::stopped);
  EXPECT_EQ(bench.runner->health().restarts, 3u) << "no more after that";
  EXPECT_EQ(bench.runner->standing(codec).strikes, 2);
}

TEST(CodecRunner, GoodAnswersMakeStrikesForgotten) {
  Bench bench({.forgive = 5});
  const auto codec = bench.add(kLoop);
  EXPECT_EQ(bench.run(codec, "01").outcome, Outcome::stopped);
  for (int i = 0; i < 5; i++) {
    EXPECT_EQ(bench.runner->standing(codec).strikes, 1);
    bench.run(codec, "00");
  }
  EXPECT_EQ(bench.runner->standing(codec).strikes, 0);
}

TEST(CodecRunner, EveryWayToHangIsStopped) {
  Bench bench;
  for (const char* script : {
           "function decodeUplink() { for (;;) {} }",
           "for (;;) {} function decodeUplink() {}",
           "function decodeUplink() { /^(a+)+$/.test('a'.repeat(60) + 'b'); return {data: 1}; }",
           "function decodeUplink() { try { for (;;) {} } finally { for (;;) {} } }",
           "function decodeUplink() { return {get data() { for (;;) {} }}; }",
           "function decodeUplink() { return {data: {toJSON() { for (;;) {} }}}; }",
           "function decodeUplink() { throw {toString() { for (;;) {} }}; }",
           "function decodeUplink() { (function f() { Promise.resolve().then(f); })(); return {data: 1}; }",
           "function decodeUplink() { return new Proxy({}, {ownKeys() { for (;;) {} }}); }",
           "function decodeUplink() { [1, 2].sort(() => { for (;;) {} }); }",
           "var s = 'decodeUplink'; this[s] = function() { for (;;) {} };",
       }) {
    const Answer answer = bench.run_script(script);
    EXPECT_EQ(answer.outcome, Outcome::stopped) << script << ": " << answer.text;
  }
  bench.expect_works();
}

TEST(CodecRunner, EveryWayToTakeAllMemoryFails) {
  Bench bench;
  for (const char* script : {
           "function decodeUplink() { var a = []; for (;;) a.push({a: a.length}); }",
           "function decodeUplink() { var s = 'x'; for (;;) { s += s; s.charCodeAt(0); /y/.test(s); } }",
           "function decodeUplink() { var a = []; for (;;) a.push(new Uint8Array(20000000).fill(1)); }",
           "function decodeUplink() { var a = []; for (;;) { try { for (;;) a.push('x'.repeat(1000000) + a.length, new "
           "Array(100000).fill(1)); } catch (e) {} } }",
           "function decodeUplink() { return {data: 'ab'.repeat(500000000)}; }",
           "function decodeUplink() { return {data: new Array(4294967295)}; }",
           "function decodeUplink() { var m = new Map(); for (var i = 0;; i++) m.set(i, 'x' + i); }",
       }) {
    const Answer answer = bench.run_script(script);
    EXPECT_NE(answer.outcome, Outcome::answered) << script << ": " << answer.text.substr(0, 200);
    EXPECT_NE(answer.outcome, Outcome::unavailable) << script << ": " << answer.text;
  }
  bench.expect_works();
}

TEST(CodecRunner, NothingOfACallIsLeftForTheNext) {
  Bench bench;
  const char* kPolluted[] = {
      "var calls = 0; function decodeUplink() { return {data: ++calls}; }",
      "var seen = {}; function decodeUplink() { seen.n = (seen.n || 0) + 1; return {data: seen.n}; }",
      "function decodeUplink() { n = (typeof n === 'undefined' ? 0 : n) + 1; return {data: n}; }",
      "function decodeUplink() { this.n = (this.n || 0) + 1; return {data: this.n}; }",
      "function decodeUplink() { decodeUplink.n = (decodeUplink.n || 0) + 1; return {data: decodeUplink.n}; }",
      "function decodeUplink() { var o = Object['proto' + 'type']; o.n = (o.n || 0) + 1; return {data: o.n || 1}; }",
      "function decodeUplink() { var o = [].map; o.n = (o.n || 0) + 1; return {data: o.n || 1}; }",
      "function decodeUplink() { var o = [][Symbol.iterator]().next; o.n = (o.n || 0) + 1; return {data: o.n || 1}; }",
      "function decodeUplink() { exports.n = (exports.n || 0) + 1; return {data: exports.n}; }",
      "function decodeUplink() { Array.prototype.n = (Array.prototype.n || 0) + 1; return {data: [].n}; }",
      "function decodeUplink() { Object.prototype.n = (Object.prototype.n || 0) + 1; return {data: ({}).n}; }",
      "function decodeUplink() { var f = JSON.stringify; JSON.stringify = function() { return f({hacked: 1}); }; "
      "return {data: 1}; }",
      "function decodeUplink() { globalThis.n = (globalThis.n || 0) + 1; return {data: globalThis.n}; }",
      "function decodeUplink() { arguments.callee.caller; var g = (0, eval)('this'); g.n = (g.n || 0) + 1; return "
      "{data: g.n}; }",
      "function decodeUplink() { var g = (function() { return this; })(); Object['define' + 'Property'](g, 'n', "
      "{value: (g.n || 0) + 1}); return {data: g.n}; }",
      "function decodeUplink() { console.n = (console.n || 0) + 1; return {data: console.n || 1}; }",
      "var b = Buffer.from([1]); function decodeUplink() { var o = b.toString; o.n = (o.n || 0) + 1; return {data: o.n "
      "|| 1}; }",
      "function decodeUplink() { var g = (function*() {}).constructor; g.n = (g.n || 0) + 1; return {data: g.n || 1}; "
      "}",
      "function decodeUplink() { try { null.x; } catch (e) { var o = e.__proto__; o.n = (o.n || 0) + 1; return {data: "
      "o.n}; } }",
  };
  for (const char* script : kPolluted) {
    const auto codec = bench.add(script);
    for (int i = 0; i < 3; i++) EXPECT_EQ(bench.run(codec).text, R"({"data":1})") << script << ", call " << i;
  }
}

TEST(CodecRunner, NothingOfACodecIsSeenByAnother) {
  Bench bench;
  const auto spy = bench.add(
      "function decodeUplink(input) { var o = {}; var found = []; for (var k in o) found.push(k); for (k in []) "
      "found.push(k);"
      " if (typeof secret !== 'undefined') found.push(secret); if ([3].map(x => x)[0] !== 3) found.push('map');"
      " if (JSON.stringify({a: 1}) !== '{\"a\":1}') found.push('json'); if (new Date().getTime() !== 1796083200500) "
      "found.push('date');"
      " return {data: found}; }");
  EXPECT_EQ(bench.run(spy).text, R"({"data":[]})");
  for (const char* script : {
           "secret = 'x'; Object.prototype.bad = 1; Array.prototype.map = () => [0]; Array.prototype.bad = 2; "
           "JSON.stringify = () => 'x'; Date.now = () => 1;"
           " function decodeUplink() { return {data: 1}; }",
           "function decodeUplink() { secret = 'x'; var p = 'proto' + 'type'; Object[p].bad = 1; Array[p].map = () => "
           "[0]; return {data: 1}; }",
           "function decodeUplink() { throw Object.assign(Object.prototype, {bad: 1}); }",
       }) {
    bench.run_script(script);
    EXPECT_EQ(bench.run(spy).text, R"({"data":[]})") << script;
  }
}

TEST(CodecRunner, NothingOfTheSystemIsWithinReach) {
  Bench bench;
  const Answer names = bench.run_script(
      "function decodeUplink() { var found = []; ['process', 'fetch', 'XMLHttpRequest', 'WebSocket', 'setTimeout', "
      "'setInterval', 'load', 'read', 'readFile', 'print', 'quit', 'os',"
      " 'Deno', 'Bun', 'WebAssembly', 'SharedArrayBuffer', 'Atomics', 'Worker', 'importScripts', 'performance', "
      "'evalInWorker', 'FinalizationRegistry', 'WeakRef']"
      ".forEach(function(name) { try { if (eval('typeof ' + name) !== 'undefined') found.push(name); } catch (e) {} "
      "}); return {data: found}; }");
  EXPECT_EQ(names.text, R"({"data":[]})");
  for (const char* name : {"fs", "net", "http", "child_process", "os", "node:fs/promises", "./x"}) {
    const Answer answer = bench.run_script(std::string("const m = require('") + name +
                                           "'); function decodeUplink() { return {data: Object.keys(m)}; }");
    EXPECT_EQ(answer.outcome, Outcome::failed) << name;
    EXPECT_NE(answer.text.find("Cannot find module"), std::string::npos) << answer.text;
  }
  EXPECT_NE(
      bench.run_script("function decodeUplink() { import('fs').then(() => { throw 1; }); return {data: 1}; }").outcome,
      Outcome::unavailable);
  bench.expect_works();
}

TEST(CodecRunner, TheClockSaysTheTimeOfTheRequest) {
  Bench bench;
  const auto codec = bench.add(
      "function decodeUplink(input) { var t = new Date(); for (var i = 0; i < 20000; i++); return {data: {now: t, "
      "same: Date.now() === t.getTime(), zone: t.getTimezoneOffset(),"
      " received: input.recvTime, is: input.recvTime instanceof Date}}; }");
  EXPECT_EQ(bench.run(codec).text, R"({"data":{"now":"2026-12-01T00:00:00.500Z","same":true,"zone":0,"is":false}})");
  const Answer& received =
      bench.begin(codec::Run{.codec = codec, .bytes = "", .now_ms = 951'782'400'000, .received = true});
  bench.wait();
  EXPECT_EQ(
      received.text,
      R"({"data":{"now":"2000-02-29T00:00:00.000Z","same":true,"zone":0,"received":"2000-02-29T00:00:00.000Z","is":true}})");
}

TEST(CodecRunner, ACodecThatChangesWhatIsBuiltInWorksAsElsewhere) {
  Bench bench;
  for (const char* script : {
           "String.prototype.pad = function(n) { return ('0000' + this).slice(-n); }; function decodeUplink() { return "
           "{data: '7'.pad(3)}; }",
           "'use strict'; Object.defineProperty(Number.prototype, 'pad', {value: function(n) { return ('0000' + "
           "this).slice(-n); }}); function decodeUplink() { return {data: (7).pad(3)}; }",
           "function decodeUplink() { var P = 'proto' + 'type'; Number[P].pad = function(n) { return ('0000' + "
           "this).slice(-n); }; return {data: (7).pad(3)}; }",
           "class A { toString() { return 'x'; } } function E() {} E.prototype = Object.create(Error.prototype); "
           "E.prototype.constructor = E; E.prototype.toString = function() { return '007'; };"
           " function decodeUplink() { return {data: String(new E())}; }",
           "this['decode' + 'Uplink'] = function() { return {data: '007'}; };",
           "function f7() { return '007'; } function decodeUplink() { return {data: globalThis['f7']()}; }",
           "function f7() { return '007'; } function decodeUplink() { return {data: new Function('return f7()')()}; }",
           "class Bad extends Error { constructor(m) { super(m); this.name = 'Bad'; this.message = '007'; } } function "
           "decodeUplink() { return {data: new Bad('x').message}; }",
       }) {
    const auto codec = bench.add(script);
    for (int i = 0; i < 3; i++) EXPECT_EQ(bench.run(codec).text, R"({"data":"007"})") << script;
  }
}

TEST(CodecRunner, MoreCodecsThanAreKeptAreAllAnswered) {
  Bench bench({.codecs = 3});
  std::vector<std::uint32_t> codecs;
  for (int i = 0; i < 10; i++)
    codecs.push_back(bench.add("function decodeUplink() { return {data: " + std::to_string(i) + "}; }"));
  std::vector<Answer*> answers;
  for (int i = 0; i < 100; i++) answers.push_back(&bench.begin(codecs[static_cast<std::size_t>(i * 7 % 10)]));
  bench.wait();
  for (int i = 0; i < 100; i++)
    EXPECT_EQ(answers[static_cast<std::size_t>(i)]->text, "{\"data\":" + std::to_string(i * 7 % 10) + "}");
}

TEST(CodecRunner, AForgottenCodecAnswersNothingMore) {
  Bench bench;
  const auto codec = bench.add(kFirst);
  bench.run(codec, "01");
  bench.runner->forget(codec);
  EXPECT_EQ(bench.run(codec, "01").text, "the codec is gone");
  bench.expect_works();
}

TEST(CodecRunner, AChildThatDiesIsStartedAgain) {
  Bench bench;
  bench.expect_works();
  const auto first = bench.runner->health().pid;
  ::kill(static_cast<pid_t>(first), SIGKILL);
  bench.expect_works();
  bench.expect_works();
  EXPECT_NE(bench.runner->health().pid, first);
  EXPECT_TRUE(bench.runner->health().running);
}

/// The engine's own threads may begin only after the door is shut, and the first thing they ask the kernel ends the
/// child: on a busy machine one start of fifteen did.
TEST(CodecRunner, AChildHasNoThreadButItsTwo) {
#if __has_feature(thread_sanitizer)
  constexpr int threads_of_a_child = 3;  // one is the sanitizer's
#else
  constexpr int threads_of_a_child = 2;
#endif
  Bench bench;
  bench.expect_works();
  const auto threads = "/proc/" + std::to_string(bench.runner->health().pid) + "/task";
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(threads), {}), threads_of_a_child);
  const auto litter = bench.add(
      "function decodeUplink(input) { var all = []; for (var i = 0; i < 20000; i++) all.push({i: 'x' + i}); return "
      "{data: all.length}; }");
  for (int i = 0; i < 40; i++) EXPECT_EQ(bench.run(litter, "01").text, R"({"data":20000})");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(threads), {}), threads_of_a_child);
}

TEST(CodecRunner, TooMuchIsRefusedAtOnce) {
  Bench bench({.waiting = 4});
  const auto codec = bench.add(kFirst);
  std::vector<Answer*> answers;
  for (int i = 0; i < 8; i++) answers.push_back(&bench.begin(codec, "01"));
  bench.wait();
  EXPECT_EQ(answers[3]->outcome, Outcome::answered);
  EXPECT_EQ(answers[7]->outcome, Outcome::unavailable);
  EXPECT_FALSE(bench.runner->add(std::string(kMaxScript + 1, ' ')));
}

TEST(CodecRunner, WithoutItsProgramAllIsUnavailable) {
  Bench bench({.program = "/nonexistent/qala-codec", .restart_first = std::chrono::milliseconds(1)});
  const Answer answer = bench.run_script(kFirst, "01");
  EXPECT_EQ(answer.outcome, Outcome::unavailable);
  EXPECT_NE(answer.text.find("qala-codec"), std::string::npos) << answer.text;
  EXPECT_FALSE(bench.runner->health().running);
}

TEST(CodecRunner, CoroutinesWaitForTheirAnswer) {
  Bench bench;
  const auto codec = bench.add(kFirst);
  Answer answer;
  bench.open = 1;
  boost::asio::co_spawn(
      bench.io,
      [&]() -> boost::asio::awaitable<void> {
        answer = co_await bench.runner->run(codec::Run{.codec = codec, .bytes = "A"});
        bench.open--;
      },
      boost::asio::detached);
  bench.wait();
  EXPECT_EQ(answer.text, R"({"data":{"first":65}})");
}

TEST(Jail, WhatMustNotBePossibleIsNot) {
  const auto program = beside_ourselves("qala-codec");
  ASSERT_TRUE(program);
  EXPECT_EQ(std::system((*program + " --try >&2").c_str()), 0);
}

}  // namespace
}  // namespace qala::codec

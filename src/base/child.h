#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/result.h"

namespace qala {

/// A program that runs beside us, in a process group of its own (a Ctrl-C at the terminal is ours alone), without our
/// open files but 0 (nothing to read), 1 and 2. One thread, the io_context's. The destructor kills it and waits.
class Child {
 public:
  /// What happened to it, in words: "ended with 3", "was ended by signal 9".
  using OnEnd = std::function<void(const std::string& words)>;
  struct Start {
    std::string program;
    std::vector<std::string> arguments = {};  ///< without the name of the program itself
    int input = -1;                           ///< becomes its standard input; -1: nothing to read
    int output = -1;                          ///< becomes its standard output; -1: ours
    bool quiet = false;                       ///< its standard error goes nowhere
    std::optional<std::vector<std::string>> environment = {};  ///< "NAME=value" each; none: ours
  };
  /// `on_end` is called once, from the event loop, unless the Child has gone by then; it may destroy the Child.
  static Result<std::unique_ptr<Child>> start(boost::asio::io_context& io, const Start& start, OnEnd on_end);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int pid() const { return pid_; }
  bool ended() const { return ended_; }
  void kill();

 private:
  Child(boost::asio::io_context& io, int pid, OnEnd on_end);
  void wait();
  boost::asio::posix::stream_descriptor handle_;
  int pid_;
  OnEnd on_end_;
  bool ended_ = false;
  std::shared_ptr<bool> here_ = std::make_shared<bool>(true);
};

/// `name` in the folder of the running executable.
Result<std::string> beside_ourselves(const std::string& name);
/// Where PATH has `name`; empty: nowhere.
std::string find_program(const std::string& name);

}  // namespace qala

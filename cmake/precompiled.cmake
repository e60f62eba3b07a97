# What nearly every file includes is read once for all rooms, and once more for their tests (which are compiled for a program).
# Only headers of others are in it. A file still includes what it uses: -DQALA_PRECOMPILED=OFF builds without and finds who does not.
option(QALA_PRECOMPILED "Read the commonest headers of others once for all files" ON)
set(QALA_COMMON_HEADERS <algorithm> <array> <atomic> <charconv> <chrono> <cmath> <cstring> <expected> <filesystem> <functional>
    <map> <memory> <mutex> <optional> <set> <shared_mutex> <span> <sstream> <stdexcept> <string> <string_view>
    <system_error> <thread> <unordered_map> <utility> <variant> <vector>
    <fmt/format.h>
    <boost/asio/any_io_executor.hpp> <boost/asio/awaitable.hpp> <boost/asio/dispatch.hpp> <boost/asio/io_context.hpp>
    <boost/asio/post.hpp> <boost/asio/steady_timer.hpp> <boost/asio/use_awaitable.hpp>)

if(QALA_PRECOMPILED)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cpp CONTENT "")
  add_library(qala_precompiled STATIC ${CMAKE_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(qala_precompiled PRIVATE qala_settings qala_asio fmt::fmt spdlog::spdlog)
  target_precompile_headers(qala_precompiled PRIVATE ${QALA_COMMON_HEADERS})
endif()

# qala_precompile(TARGET): a room's library.
function(qala_precompile target)
  if(QALA_PRECOMPILED)
    target_precompile_headers(${target} REUSE_FROM qala_precompiled)
  endif()
endfunction()

# qala_test_program(TARGET): a program of tests. The first one's headers serve all.
function(qala_test_program target)
  # What they test is optimized; they themselves compile in half the time without.
  target_compile_options(${target} PRIVATE -O0)
  if(NOT QALA_PRECOMPILED)
    return()
  endif()
  get_property(first GLOBAL PROPERTY QALA_FIRST_TEST)
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
  else()
    set_property(GLOBAL PROPERTY QALA_FIRST_TEST ${target})
    target_precompile_headers(${target} PRIVATE ${QALA_COMMON_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)
  endif()
endfunction()

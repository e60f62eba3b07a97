# Libraries, all from Debian 12. One line of reason each: docs/dependencies.md.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL 7.85 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(CLI11 REQUIRED)
find_package(date REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(pango REQUIRED IMPORTED_TARGET pangocairo cairo-pdf)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
add_library(tomlplusplus INTERFACE)
find_package(GTest)

# Asio is compiled once, here; everybody else sees declarations only.
add_library(qala_asio STATIC ${CMAKE_SOURCE_DIR}/cmake/asio.cpp)
target_link_libraries(qala_asio PUBLIC Boost::headers Threads::Threads OpenSSL::SSL PRIVATE qala_settings)
target_compile_definitions(qala_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
                           BOOST_ASIO_NO_TS_EXECUTORS)

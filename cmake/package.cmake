# `tools/package` makes the .deb: the program, the screens, the unit, a configuration, what to read. Which libraries it
# needs is found by looking at the program (dpkg-shlibdeps).
include(GNUInstallDirs)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME qala)
set(CPACK_PACKAGE_VENDOR "Qala")
set(CPACK_PACKAGE_CONTACT "Qala <qala@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "control room of a small town")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Takes in what the sensors of a town measure, keeps it, judges it and shows it:
MQTT and HTTP for devices, alarms and screens for operators, a page for
residents. One program, one data folder.")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, tzdata, fonts-dejavu-core")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};qala;town;/")
set(CPACK_SET_DESTDIR OFF)
set(CPACK_PACKAGING_INSTALL_PREFIX "/")
set(deb_scripts postinst prerm postrm conffiles)
list(TRANSFORM deb_scripts PREPEND "${CMAKE_SOURCE_DIR}/deploy/debian/")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${deb_scripts})

install(TARGETS qala qala-video qala-codec RUNTIME DESTINATION usr/bin COMPONENT town)
install(DIRECTORY web/dist/ DESTINATION usr/share/qala/web COMPONENT town PATTERN .stamp EXCLUDE)
install(FILES qala.example.toml DESTINATION etc/qala RENAME qala.toml COMPONENT town)
install(FILES qala.example.toml docs/operations.md docs/devices.md LICENSE CHANGELOG.md DESTINATION usr/share/doc/qala
        COMPONENT town)
install(FILES deploy/README.md DESTINATION usr/share/doc/qala RENAME monitoring.md COMPONENT town)
install(DIRECTORY deploy/prometheus deploy/grafana DESTINATION usr/share/doc/qala COMPONENT town)
install(FILES deploy/qala.service DESTINATION lib/systemd/system COMPONENT town)
include(CPack)

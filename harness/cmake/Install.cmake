# What `cmake --install` puts where: the coordinator, the libraries, the headers, and what find_package and pkg-config
# need. Bundled programs are in libexec: people run them through membench.
include(CMakePackageConfigHelpers)

set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/membench)
install(TARGETS membench RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS membench_lib EXPORT membench-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS membench_heap membench_chance membench_frameworks LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/membench)
if(TARGET membench_sites_static)
  install(FILES $<TARGET_FILE:membench_sites_static> DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
if(TARGET membench_sites)
  install(TARGETS membench_sites LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/membench)
endif()
install(TARGETS membench_heap_static EXPORT membench-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES include/membench/membench.h include/membench/membench.hpp include/membench/case_macros.h include/membench/version.h
  include/membench/gbench.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/membench)
install(EXPORT membench-targets NAMESPACE membench:: DESTINATION ${config_folder})

get_property(bundled GLOBAL PROPERTY MEMBENCH_BUNDLED)
get_property(runtimes GLOBAL PROPERTY MEMBENCH_RUNTIME_PROGRAMS)
get_property(filtered GLOBAL PROPERTY MEMBENCH_FILTERED_PROGRAMS)
list(APPEND bundled ${filtered} ${runtimes})
if(runtimes)
  install(DIRECTORY ${CMAKE_BINARY_DIR}/bench/wasm-modules DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/membench)
  install(FILES ${CMAKE_BINARY_DIR}/bench/wasm/available.txt ${CMAKE_BINARY_DIR}/bench/wasm/unavailable.txt
    DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/membench/wasm OPTIONAL)
endif()
foreach(name IN LISTS bundled)
  get_target_property(type ${name} TYPE)
  if(type STREQUAL UTILITY) # made by another language's builder
    install(PROGRAMS ${CMAKE_BINARY_DIR}/bench/${name} DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/membench)
  else()
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/membench)
  endif()
endforeach()
if(TARGET bench-http-server)
  install(TARGETS bench-http-server RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/membench)
endif()

configure_package_config_file(harness/cmake/membench-config.cmake.in membench-config.cmake
  INSTALL_DESTINATION ${config_folder} PATH_VARS CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(membench-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/membench-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/membench-config-version.cmake
  harness/cmake/MembenchProgram.cmake harness/cmake/MembenchTests.cmake harness/cmake/HeapFunctions.cmake
  DESTINATION ${config_folder})

# Said from where the file itself is, so that `cmake --install --prefix` and an unpacked package work.
file(RELATIVE_PATH pc_prefix "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
configure_file(harness/cmake/membench.pc.in membench.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/membench.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

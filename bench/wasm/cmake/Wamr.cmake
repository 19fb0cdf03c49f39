# Fetches WAMR's C sources into the build folder, once, and defines wamr_library(NAME [WAMR_BUILD_…=…]).
#
# Sets WAMR_FOUND, WAMR_VERSION and WAMR_SOURCE (where the sources come from), or WAMR_REASON when there are none. The
# sources arrive as a crate through cargo: version and sha256 are pinned by third_party/wamr/Cargo.lock, no Rust is
# compiled and no build script runs. -DMEMBENCH_WAMR_DIR=… names a source tree to be used instead (it is written to).
set(MEMBENCH_WAMR_DIR "" CACHE PATH "A WAMR source tree; empty: fetched with cargo")
set(WAMR_FOUND FALSE)
set(WAMR_CRATE wamrx-sys-0.3.0)
set(WAMR_CRATE_SHA256 ab9efc67ebd6c574684794e3a25933c58d2ad3f1b1078830f8c779974132e0d1)
set(WAMR_HERE "${CMAKE_CURRENT_LIST_DIR}")

# Has a cargo of today unpack the crate into ${folder}/vendor: it checks the sha256 itself and notes it.
function(wamr_fetch_vendored folder)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env CARGO_NET_RETRY=1 CARGO_HTTP_TIMEOUT=20
      "${MEMBENCH_CARGO}" vendor --locked --versioned-dirs vendor
    WORKING_DIRECTORY "${folder}" RESULT_VARIABLE result OUTPUT_FILE "${folder}.log" ERROR_FILE "${folder}.log"
    TIMEOUT 120)
  set(checksums "${folder}/vendor/${WAMR_CRATE}/.cargo-checksum.json")
  if(NOT result EQUAL 0 OR NOT EXISTS "${checksums}")
    set(WAMR_REASON "cargo vendor failed (${result}), no network? see ${folder}.log" PARENT_SCOPE)
    return()
  endif()
  file(READ "${checksums}" recorded)
  string(JSON sha256 ERROR_VARIABLE error GET "${recorded}" package)
  set(WAMR_SHA256 "${sha256}" PARENT_SCOPE)
endfunction()

# An older cargo, such as Debian 12's, downloads the crate but cannot read its manifest: the file it leaves is unpacked
# here. It also needs telling that the index of crates can be had without cloning all of it.
function(wamr_fetch_by_old_cargo folder)
  file(WRITE "${folder}/.cargo/config.toml" "[source.crates-io]\nreplace-with = \"sparse\"\n"
    "[source.sparse]\nregistry = \"sparse+https://index.crates.io/\"\n")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env CARGO_NET_RETRY=1 CARGO_HTTP_TIMEOUT=20 RUSTC_BOOTSTRAP=1
      "CARGO_HOME=${folder}/home" "${MEMBENCH_CARGO}" -Z sparse-registry vendor --locked --versioned-dirs unused
    WORKING_DIRECTORY "${folder}" OUTPUT_FILE "${folder}.log" ERROR_FILE "${folder}.log" TIMEOUT 120)
  file(GLOB crate "${folder}/home/registry/cache/*/${WAMR_CRATE}.crate")
  if(NOT crate)
    set(WAMR_REASON "cargo did not download ${WAMR_CRATE}, no network? see ${folder}.log" PARENT_SCOPE)
    return()
  endif()
  file(SHA256 "${crate}" sha256)
  set(WAMR_SHA256 "${sha256}" PARENT_SCOPE)
  if(sha256 STREQUAL WAMR_CRATE_SHA256)
    file(ARCHIVE_EXTRACT INPUT "${crate}" DESTINATION "${folder}/vendor")
  endif()
  file(REMOVE_RECURSE "${folder}/home" "${folder}/unused")
endfunction()

# Leaves ${folder}/ok behind when the crate is there, whole and the pinned one; else sets WAMR_REASON.
function(wamr_fetch folder)
  set(WAMR_REASON "" PARENT_SCOPE)
  if(EXISTS "${folder}/ok")
    return()
  endif()
  find_program(MEMBENCH_CARGO cargo)
  if(NOT MEMBENCH_CARGO)
    set(WAMR_REASON "cargo is missing: run ci/setup --runtimes wamr (Debian: cargo)" PARENT_SCOPE)
    return()
  endif()
  file(REMOVE_RECURSE "${folder}")
  file(COPY "${WAMR_HERE}/third_party/wamr/" DESTINATION "${folder}")
  execute_process(COMMAND "${MEMBENCH_CARGO}" --version OUTPUT_VARIABLE version ERROR_QUIET)
  string(REGEX MATCH "[0-9]+[.][0-9]+" version "${version}")
  set(WAMR_REASON "")
  if(version VERSION_LESS 1.85)
    wamr_fetch_by_old_cargo("${folder}")
  else()
    wamr_fetch_vendored("${folder}")
  endif()
  if(NOT WAMR_REASON AND NOT WAMR_SHA256 STREQUAL WAMR_CRATE_SHA256)
    set(WAMR_REASON "${WAMR_CRATE} has the sha256 ${WAMR_SHA256}, not the pinned one")
  endif()
  if(WAMR_REASON)
    set(WAMR_REASON "${WAMR_REASON}" PARENT_SCOPE)
  else()
    file(TOUCH "${folder}/ok")
  endif()
endfunction()

if(MEMBENCH_WAMR_DIR)
  set(WAMR_ROOT_DIR "${MEMBENCH_WAMR_DIR}")
  set(WAMR_SOURCE "MEMBENCH_WAMR_DIR")
else()
  wamr_fetch("${PROJECT_BINARY_DIR}/runtimes/wamr")
  if(WAMR_REASON)
    return()
  endif()
  set(WAMR_ROOT_DIR "${PROJECT_BINARY_DIR}/runtimes/wamr/vendor/${WAMR_CRATE}/wasm-micro-runtime")
  set(WAMR_SOURCE "crate ${WAMR_CRATE}")
endif()
if(NOT EXISTS "${WAMR_ROOT_DIR}/build-scripts/runtime_lib.cmake" OR NOT EXISTS "${WAMR_ROOT_DIR}/core/version.h")
  set(WAMR_REASON "${WAMR_ROOT_DIR} holds no build-scripts/runtime_lib.cmake")
  return()
endif()
file(STRINGS "${WAMR_ROOT_DIR}/core/version.h" WAMR_VERSION REGEX "define WAMR_VERSION_(MAJOR|MINOR|PATCH)")
list(TRANSFORM WAMR_VERSION REPLACE "[^0-9]" "")
list(JOIN WAMR_VERSION "." WAMR_VERSION)

find_package(Threads REQUIRED)
set(WAMR_FOUND TRUE)

# A static library wamr-NAME: WAMR built with the given settings next to those of engines/wamr/library/CMakeLists.txt.
function(wamr_library name)
  foreach(setting IN LISTS ARGN)
    string(REGEX MATCH "^([^=]+)=(.*)$" matched "${setting}")
    set(${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
  endforeach()
  set(WAMR_LIBRARY wamr-${name})
  # WAMR's scripts print forty lines a library.
  set(CMAKE_MESSAGE_LOG_LEVEL ERROR)
  add_subdirectory("${WAMR_HERE}/../engines/wamr/library" "${PROJECT_BINARY_DIR}/runtimes/wamr-${name}" EXCLUDE_FROM_ALL)
endfunction()

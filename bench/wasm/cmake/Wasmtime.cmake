# Fetches Wasmtime's C API, ready built, into the build folder, once a version.
#
# wasmtime_fetch(VERSION) defines the imported library wasmtime-VERSION, or sets WASMTIME_REASON when it is unavailable.
# wasmtime_installed(VERSION program…) puts the library where the installed programs find it.
# The shared library is the one of the Python package of that version, fetched with pip; the headers are those of the
# crate of that version, fetched with cargo. Both are pinned by sha256. Nothing is compiled but our driver.
set(WASMTIME_PROCESSOR x86_64)

# To add a version: its line, with the sha256 of
#   the wheel: pip download --no-deps wasmtime==VERSION; sha256sum wasmtime-*.whl
#   the crate: cargo info wasmtime-c-api-impl@VERSION; sha256sum ~/.cargo/registry/cache/*/wasmtime-c-api-impl-VERSION.crate
set(WASMTIME_PINNED
  "46.0.1 e53c65abe31aeeb19a3f794b6e53140d401c4c79ad91c89caefdc502ee2b10c1 9cfbfc4c6a94706c18ddcc9911b3b0f7338beffd59eff471ce9a1ccbf553d6e5"
  "47.0.1 9724600b036c6e95c4fe952e29fad83b4f02bdc11d23f25c4ee3ffff2c1d7257 14c80d960d8736b14259805b16f4d51eabdb975a440a647b2ba08b519b26c0c1"
  "48.0.0 58544d539053dff7bd4cf30c40d7a540862d683013c0dfa6ba46a063f5b682f7 32285488ca6e460147ccc2da567e2075a224261cf5f551eceabb116292a6cbb7"
  "49.0.0 94f0288f9e1c33924995a72bb769f4c4e2885002391589dd6992cdaa35d1990a cdf9aee1bfa1f0e86742ad48ff7daada6539c02cd4de21b53069f1a7fd252010"
  "50.0.1 cc14c3a17654e0394e0225b11813532ef0cd7bd1e222a0c5494cdedaabeddac4 3c24d3970786b4baecb5b6aff31759b4f361879e8d99dbd5dc36a9524a0db6e6")

# What is missing for any version at all; empty: nothing.
function(wasmtime_check result)
  set(${result} "" PARENT_SCOPE)
  find_program(MEMBENCH_CARGO cargo)
  find_package(Python3 COMPONENTS Interpreter QUIET)
  if(NOT CMAKE_SYSTEM_NAME STREQUAL Linux OR NOT CMAKE_SYSTEM_PROCESSOR STREQUAL WASMTIME_PROCESSOR)
    set(${result} "ready built for Linux on x86-64 only, this is ${CMAKE_SYSTEM_NAME} on ${CMAKE_SYSTEM_PROCESSOR}" PARENT_SCOPE)
  elseif(NOT Python3_Interpreter_FOUND)
    set(${result} "python3 is missing: run ci/setup --runtimes all (Debian: python3-pip)" PARENT_SCOPE)
  elseif(NOT MEMBENCH_CARGO)
    set(${result} "cargo is missing, which fetches the headers: run ci/setup --runtimes all (Debian 12: cargo-web)" PARENT_SCOPE)
  endif()
endfunction()

# The library: ${folder}/_libwasmtime.so. Sets WASMTIME_REASON where that fails.
function(wasmtime_fetch_library version sha256 folder)
  set(python "")
  # The interpreter that CMake found need not be the one that has pip.
  foreach(candidate IN ITEMS "${Python3_EXECUTABLE}" python3)
    execute_process(COMMAND "${candidate}" -m pip --version RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
    if(result EQUAL 0 AND NOT python)
      set(python "${candidate}")
    endif()
  endforeach()
  if(NOT python)
    set(WASMTIME_REASON "pip is missing: run ci/setup --runtimes all (Debian: python3-pip)" PARENT_SCOPE)
    return()
  endif()
  file(WRITE "${folder}/requirements.txt" "wasmtime==${version} --hash=sha256:${sha256}\n")
  execute_process(
    COMMAND "${python}" -m pip download --quiet --disable-pip-version-check --retries 1 --timeout 20 --no-deps
      --only-binary :all: --require-hashes --requirement requirements.txt --dest wheel
    WORKING_DIRECTORY "${folder}" RESULT_VARIABLE result OUTPUT_FILE "${folder}/pip.log" ERROR_FILE "${folder}/pip.log"
    TIMEOUT 180)
  file(GLOB wheel "${folder}/wheel/*.whl")
  if(NOT result EQUAL 0 OR NOT wheel)
    set(WASMTIME_REASON "pip download wasmtime==${version} failed (${result}), no network? see ${folder}/pip.log" PARENT_SCOPE)
    return()
  endif()
  file(ARCHIVE_EXTRACT INPUT "${wheel}" DESTINATION "${folder}/wheel" PATTERNS "*_libwasmtime.so")
  file(GLOB_RECURSE library "${folder}/wheel/*_libwasmtime.so")
  if(NOT library)
    set(WASMTIME_REASON "the Python package wasmtime ${version} holds no _libwasmtime.so" PARENT_SCOPE)
    return()
  endif()
  file(RENAME "${library}" "${folder}/_libwasmtime.so")
  file(REMOVE_RECURSE "${folder}/wheel") # 10 MB that nobody needs any more
endfunction()

# The headers: ${folder}/include. Sets WASMTIME_REASON where that fails.
function(wasmtime_fetch_headers version sha256 folder)
  set(crate wasmtime-c-api-impl-${version})
  # Of all of cargo's commands this one fetches a single crate and leaves its dependencies alone. In a folder of its
  # own, since it would look at a project that it is called in.
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env CARGO_NET_RETRY=1 CARGO_HTTP_TIMEOUT=20
      "${MEMBENCH_CARGO}" info --quiet wasmtime-c-api-impl@${version}
    WORKING_DIRECTORY "${folder}" RESULT_VARIABLE result OUTPUT_FILE "${folder}/cargo.log"
    ERROR_FILE "${folder}/cargo.log" TIMEOUT 120)
  if(NOT result EQUAL 0)
    set(WASMTIME_REASON "cargo info wasmtime-c-api-impl@${version} failed (${result}): no network, or cargo before 1.82 (Debian 12: cargo-web)? see ${folder}/cargo.log" PARENT_SCOPE)
    return()
  endif()
  set(cargo_home "$ENV{CARGO_HOME}")
  if(NOT cargo_home)
    set(cargo_home "$ENV{HOME}/.cargo")
  endif()
  set(found "")
  file(GLOB archives "${cargo_home}/registry/cache/*/${crate}.crate")
  foreach(archive IN LISTS archives)
    file(SHA256 "${archive}" sum)
    if(sum STREQUAL sha256)
      set(found "${archive}")
    endif()
  endforeach()
  if(NOT found)
    set(WASMTIME_REASON "${cargo_home} holds no ${crate} with the pinned sha256" PARENT_SCOPE)
    return()
  endif()
  file(ARCHIVE_EXTRACT INPUT "${found}" DESTINATION "${folder}" PATTERNS "${crate}/include/*" "${crate}/cmake/*")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -DWASMTIME_HEADER_DST=${folder}/include -P "${folder}/${crate}/cmake/install-headers.cmake"
    RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
  file(REMOVE_RECURSE "${folder}/${crate}")
  if(NOT result EQUAL 0 OR NOT EXISTS "${folder}/include/wasmtime.h")
    set(WASMTIME_REASON "the headers of ${crate} could not be installed (${result})" PARENT_SCOPE)
  endif()
endfunction()

function(wasmtime_fetch version)
  set(WASMTIME_REASON "")
  set(folder "${PROJECT_BINARY_DIR}/runtimes/wasmtime/${version}")
  if(NOT EXISTS "${folder}/ok")
    set(pinned "${WASMTIME_PINNED}")
    list(FILTER pinned INCLUDE REGEX "^${version} ")
    if(NOT pinned)
      set(WASMTIME_REASON "version ${version} has no pinned sha256 in bench/wasm/cmake/Wasmtime.cmake" PARENT_SCOPE)
      return()
    endif()
    string(REPLACE " " ";" pinned "${pinned}")
    list(GET pinned 1 wheel_sha256)
    list(GET pinned 2 crate_sha256)
    file(REMOVE_RECURSE "${folder}")
    file(MAKE_DIRECTORY "${folder}")
    wasmtime_fetch_library(${version} ${wheel_sha256} "${folder}")
    if(NOT WASMTIME_REASON)
      wasmtime_fetch_headers(${version} ${crate_sha256} "${folder}")
    endif()
    if(WASMTIME_REASON)
      set(WASMTIME_REASON "${WASMTIME_REASON}" PARENT_SCOPE)
      return()
    endif()
    file(TOUCH "${folder}/ok")
  endif()
  # The library has no name of its own (SONAME), so it is linked by its file's, and found through the program's rpath,
  # which CMake makes of the folder while building; wasmtime_installed does for what is installed.
  add_library(wasmtime-${version} INTERFACE IMPORTED GLOBAL)
  target_include_directories(wasmtime-${version} SYSTEM INTERFACE "${folder}/include")
  # From version 50 on a folder is mutable or not; before it had permissions.
  file(STRINGS "${folder}/include/wasi.h" mutable REGEX "bool fs_mutable")
  if(mutable)
    target_compile_definitions(wasmtime-${version} INTERFACE WASMTIME_WASI_MUTABLE)
  endif()
  target_link_directories(wasmtime-${version} INTERFACE "${folder}")
  target_link_libraries(wasmtime-${version} INTERFACE "-l:_libwasmtime.so")
  set(WASMTIME_REASON "" PARENT_SCOPE)
endfunction()

function(wasmtime_installed version)
  set_target_properties(${ARGN} PROPERTIES INSTALL_RPATH "\$ORIGIN/wasmtime-${version}")
  install(FILES "${PROJECT_BINARY_DIR}/runtimes/wasmtime/${version}/_libwasmtime.so"
    DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/membench/wasmtime-${version})
endfunction()

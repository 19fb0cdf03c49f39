# wasm_crate(CRATE VERSION SHA256 [BUILD_NEEDS crate=version…]): fetches the sources in one crate into the build folder,
# once. Sets WASM_CRATE_DIR, or WASM_CRATE_REASON when they are unavailable.
#
# No Rust is compiled and no build script runs: cargo is the client that fetches a file by version and checks its sum.
# BUILD_NEEDS: what the crate's build script would need; empty crates of these versions keep the download to one file.
function(wasm_crate crate version sha256)
  cmake_parse_arguments(PARSE_ARGV 3 CRATE "" "" "BUILD_NEEDS")
  set(folder "${PROJECT_BINARY_DIR}/runtimes/${crate}-${version}")
  set(sources "${folder}/vendor/${crate}-${version}")
  set(WASM_CRATE_REASON "" PARENT_SCOPE)
  set(WASM_CRATE_DIR "${sources}" PARENT_SCOPE)
  if(EXISTS "${folder}/${sha256}")
    return()
  endif()
  find_program(MEMBENCH_CARGO cargo)
  if(NOT MEMBENCH_CARGO)
    set(WASM_CRATE_REASON "cargo is missing, which fetches the crate ${crate} (1.85 or later)" PARENT_SCOPE)
    return()
  endif()
  file(REMOVE_RECURSE "${folder}")
  set(manifest "[package]\nname = \"sources\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[lib]\npath = \"empty.rs\"\n")
  string(APPEND manifest "[dependencies]\n${crate} = \"=${version}\"\n[workspace]\n[patch.crates-io]\n")
  foreach(need IN LISTS CRATE_BUILD_NEEDS)
    string(REGEX MATCH "^(.+)=(.+)$" matched "${need}")
    string(APPEND manifest "${CMAKE_MATCH_1} = { path = \"${CMAKE_MATCH_1}\" }\n")
    file(WRITE "${folder}/${CMAKE_MATCH_1}/empty.rs" "")
    file(WRITE "${folder}/${CMAKE_MATCH_1}/Cargo.toml"
      "[package]\nname = \"${CMAKE_MATCH_1}\"\nversion = \"${CMAKE_MATCH_2}\"\nedition = \"2021\"\n"
      "[lib]\npath = \"empty.rs\"\n")
  endforeach()
  file(WRITE "${folder}/Cargo.toml" "${manifest}")
  file(WRITE "${folder}/empty.rs" "")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env CARGO_NET_RETRY=1 CARGO_HTTP_TIMEOUT=20
      "${MEMBENCH_CARGO}" vendor --versioned-dirs vendor
    WORKING_DIRECTORY "${folder}" RESULT_VARIABLE result OUTPUT_FILE "${folder}/log.txt"
    ERROR_FILE "${folder}/log.txt" TIMEOUT 120)
  if(NOT result EQUAL 0 OR NOT EXISTS "${sources}/.cargo-checksum.json")
    set(WASM_CRATE_REASON
      "cargo vendor of ${crate} failed (${result}): no network, or cargo before 1.85? see ${folder}/log.txt" PARENT_SCOPE)
    return()
  endif()
  file(READ "${sources}/.cargo-checksum.json" recorded)
  string(JSON recorded ERROR_VARIABLE error GET "${recorded}" package)
  if(NOT recorded STREQUAL sha256)
    set(WASM_CRATE_REASON "${crate} ${version} has the sha256 ${recorded}, not the pinned one" PARENT_SCOPE)
    return()
  endif()
  file(TOUCH "${folder}/${sha256}")
endfunction()

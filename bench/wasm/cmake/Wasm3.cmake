# Wasm3 from the C sources in the crate wasm3x-sys. Sets WASM3_FOUND, WASM3_VERSION, WASM3_SOURCE and the library wasm3,
# or WASM3_REASON.
include(${CMAKE_CURRENT_LIST_DIR}/Crate.cmake)
set(WASM3_FOUND FALSE)
wasm_crate(wasm3x-sys 0.2.1 348492b8c2fb4902087770a26c3500e12b375e687a6d7f4155b7953a26ff8f7c
  BUILD_NEEDS bindgen=0.71.999 cc=1.999.0)
if(WASM_CRATE_REASON)
  set(WASM3_REASON "${WASM_CRATE_REASON}")
  return()
endif()
set(WASM3_SOURCE "crate wasm3x-sys 0.2.1")
file(STRINGS "${WASM_CRATE_DIR}/wasm3/source/wasm3.h" WASM3_VERSION REGEX "define M3_VERSION ")
string(REGEX REPLACE ".*\"(.*)\".*" "\\1" WASM3_VERSION "${WASM3_VERSION}")
file(GLOB WASM3_FILES "${WASM_CRATE_DIR}/wasm3/source/m3_*.c")
list(FILTER WASM3_FILES EXCLUDE REGEX "m3_api_") # things for a host to give: ours gives its own, but for WASI's
list(APPEND WASM3_FILES "${WASM_CRATE_DIR}/wasm3/source/m3_api_wasi.c")
add_library(wasm3 STATIC EXCLUDE_FROM_ALL ${WASM3_FILES})
target_include_directories(wasm3 SYSTEM PUBLIC "${WASM_CRATE_DIR}/wasm3/source")
target_link_libraries(wasm3 PUBLIC m)
# Its interpreter is a chain of tail calls: without optimization each instruction would stay on the native stack.
target_compile_options(wasm3 PRIVATE -O3 -w -fno-sanitize=all)
target_compile_definitions(wasm3 PRIVATE d_m3LogOutput=0 d_m3HasWASI)
set(WASM3_FOUND TRUE)

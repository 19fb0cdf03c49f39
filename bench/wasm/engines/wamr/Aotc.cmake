# The variant aot: WAMR's compiler from the same sources, the modules compiled by it, and the program that loads them.
# Off by default: two minutes for the compiler and a minute and a half for harfbuzz-subset.
option(MEMBENCH_WAMR_AOTC "Build WAMR's ahead-of-time compiler and the variant wamr-aot (needs LLVM)" OFF)
if(NOT MEMBENCH_WAMR_AOTC)
  wasm_runtime_unavailable(wamr-aot "not asked for: configure with -DMEMBENCH_WAMR_AOTC=ON (Debian: llvm-14-dev)")
  return()
endif()
find_package(LLVM CONFIG QUIET)
if(NOT LLVM_FOUND)
  wasm_runtime_unavailable(wamr-aot "LLVM is missing (Debian: llvm-14-dev)")
  return()
endif()
wasm_runtime_available(wamr-aot "${WAMR_VERSION}" "${WAMR_SOURCE}, LLVM ${LLVM_PACKAGE_VERSION}")

function(wamr_aotc)
  set(CMAKE_MESSAGE_LOG_LEVEL ERROR)
  add_subdirectory(aotc "${PROJECT_BINARY_DIR}/runtimes/wamr-aotc" EXCLUDE_FROM_ALL)
endfunction()
wamr_aotc()

# A module that is missing, or that the compiler refuses, has no file, and its cases are skipped.
set(aot_stamps "")
foreach(module tiny es-module-lexer mappings hostloop jobq recurse stack harfbuzz-subset)
  set(stamp "${CMAKE_CURRENT_BINARY_DIR}/${module}.aot-stamp")
  add_custom_command(OUTPUT "${stamp}"
    COMMAND ${CMAKE_COMMAND} -DCOMPILER=$<TARGET_FILE:wamr-aotc> -DMODULE=${WASM_MODULES_DIR}/${module}
      -DSTAMP=${stamp} -P "${CMAKE_CURRENT_SOURCE_DIR}/aotc/compile.cmake"
    DEPENDS wamr-aotc wasm-modules "${WASM_MODULES_DIR}/stamp" aotc/compile.cmake
    COMMENT "Compiling ${module} ahead of time" VERBATIM)
  list(APPEND aot_stamps "${stamp}")
endforeach()
add_custom_target(wamr-aot-modules ALL DEPENDS ${aot_stamps})

wamr_program(aot fast WAMR_GUARD WAMR_AOT)
add_dependencies(wasm-wamr-aot wamr-aot-modules)

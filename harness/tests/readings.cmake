# Programs of known truth for the readings: dynamic, static and musl, never sanitized (shadow memory is memory, too).
set(readings_sources allocator clear_refs faults pagemap pagemap_scan proc_text provenance memory_reader smaps_rollup statm status)
list(TRANSFORM readings_sources PREPEND ${PROJECT_SOURCE_DIR}/harness/readings/)
list(TRANSFORM readings_sources APPEND .c)
list(PREPEND readings_sources ${CMAKE_CURRENT_SOURCE_DIR}/readings_truth.c)

function(readings_truth_program name)
  add_executable(${name} ${readings_sources})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/harness)
  target_compile_options(${name} PRIVATE -fno-sanitize=all)
  target_link_options(${name} PRIVATE -fno-sanitize=all ${ARGN})
  target_link_libraries(${name} PRIVATE ${CMAKE_DL_LIBS})
  add_dependencies(membench-unit-tests ${name})
endfunction()
readings_truth_program(readings-truth)
readings_truth_program(readings-truth-static -static)

set(readings_definitions
  READINGS_FIXTURES="${CMAKE_CURRENT_SOURCE_DIR}/fixtures"
  READINGS_TRUTH="$<TARGET_FILE:readings-truth>" READINGS_TRUTH_STATIC="$<TARGET_FILE:readings-truth-static>")

find_program(MUSL_GCC musl-gcc)
if(MUSL_GCC)
  set(musl_program ${CMAKE_CURRENT_BINARY_DIR}/readings-truth-musl)
  add_custom_command(OUTPUT ${musl_program}
    COMMAND ${MUSL_GCC} -static -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wpedantic -Werror
      -I${PROJECT_SOURCE_DIR}/include -I${PROJECT_SOURCE_DIR}/harness ${readings_sources} -o ${musl_program}
    DEPENDS ${readings_sources} VERBATIM)
  add_custom_target(build-readings-truth-musl DEPENDS ${musl_program})
  add_dependencies(membench-unit-tests build-readings-truth-musl)
  list(APPEND readings_definitions READINGS_TRUTH_MUSL="${musl_program}")
endif()

add_library(readings-own-malloc MODULE own_malloc.c)
target_compile_options(readings-own-malloc PRIVATE -fno-sanitize=all)
target_link_options(readings-own-malloc PRIVATE -fno-sanitize=all)
add_dependencies(membench-unit-tests readings-own-malloc)
list(APPEND readings_definitions READINGS_OWN_MALLOC="$<TARGET_FILE:readings-own-malloc>")
foreach(allocator jemalloc.so.2 mimalloc.so.2 tcmalloc_minimal.so.4)
  string(REGEX REPLACE "[.].*" "" name ${allocator})
  string(TOUPPER READINGS_${name} variable)
  find_library(${variable} NAMES lib${allocator})
  if(${variable})
    list(APPEND readings_definitions ${variable}="${${variable}}")
  endif()
endforeach()
set_source_files_properties(readings_test.c readings_truth_test.c PROPERTIES
  COMPILE_DEFINITIONS "${readings_definitions}")

# Fuzz target: with clang, `cmake --build . --target fuzz-readings`, then run it on a folder of files from /proc.
if(CMAKE_C_COMPILER_ID MATCHES Clang)
  add_executable(fuzz-readings EXCLUDE_FROM_ALL fuzz_readings.c)
  target_compile_options(fuzz-readings PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_options(fuzz-readings PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_libraries(fuzz-readings PRIVATE mb_readings)
endif()

# Tests of the bundled bench programs' parts and of the programs of known truth.
set(estimate_sources wasm_code.c wasm_estimate.c wasm_estimate_aot.c wasm_estimate_sizes.c wasm_function.c)
list(TRANSFORM estimate_sources PREPEND ${PROJECT_SOURCE_DIR}/harness/features/estimate/)
target_sources(membench-unit-tests PRIVATE bench_jobs_test.c bench_payloads_test.c bench_truth_test.c wasm_code_test.c
  wasm_estimate_test.c
  ${estimate_sources}
  ${PROJECT_SOURCE_DIR}/bench/payloads/payload.c)
set_source_files_properties(bench_truth_test.c PROPERTIES COMPILE_DEFINITIONS
  "BENCH_FOLDER=\"${PROJECT_BINARY_DIR}/bench\";BENCH_HEAP_HOOK=\"$<TARGET_FILE:membench_heap>\"")
target_compile_definitions(membench-unit-tests PRIVATE TESTS_SANITIZED=$<BOOL:${MEMBENCH_SANITIZE}>)
target_include_directories(membench-unit-tests PRIVATE ${CJSON_INCLUDE_DIR})
target_link_libraries(membench-unit-tests PRIVATE ${CJSON_LIBRARY})
if(MEMBENCH_BUILD_BENCH)
  add_dependencies(membench-unit-tests membench_heap truth)
endif()

# Fuzz target: with clang, `cmake --build . --target fuzz-wasm-estimate`, then run it on a folder of modules.
if(CMAKE_C_COMPILER_ID MATCHES Clang)
  add_executable(fuzz-wasm-estimate EXCLUDE_FROM_ALL fuzz_wasm_estimate.c
    ${estimate_sources})
  target_compile_options(fuzz-wasm-estimate PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_options(fuzz-wasm-estimate PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_libraries(fuzz-wasm-estimate PRIVATE mb_base)
endif()

# The suites of process/, their helper program, and the program behind ci/perf-spawn.
target_sources(membench-unit-tests PRIVATE run_test.c run_end_test.c run_parts_test.c run_record.c)
target_link_libraries(membench-unit-tests PRIVATE mb_process)
add_executable(membench-run-child run_child.c)
target_compile_options(membench-run-child PRIVATE -fno-sanitize=all) # it is given limits that no sanitizer survives
target_link_options(membench-run-child PRIVATE -fno-sanitize=all)
add_dependencies(membench-unit-tests membench-run-child)
set_source_files_properties(run_record.c run_test.c PROPERTIES COMPILE_DEFINITIONS MB_RUN_CHILD="$<TARGET_FILE:membench-run-child>")

add_executable(membench-run-nothing EXCLUDE_FROM_ALL run_nothing.c)
target_compile_options(membench-run-nothing PRIVATE -fno-sanitize=all)
target_link_options(membench-run-nothing PRIVATE -static -fno-sanitize=all)
add_executable(membench-run-perf EXCLUDE_FROM_ALL run_perf.c)
target_link_libraries(membench-run-perf PRIVATE mb_process)
add_custom_target(perf-spawn COMMAND membench-run-perf $<TARGET_FILE:membench-run-nothing> USES_TERMINAL VERBATIM)
add_dependencies(perf-spawn membench-run-nothing)

# Fuzz target: with clang, `cmake --build . --target fuzz-run`, then run it on a folder of small programs.
if(CMAKE_C_COMPILER_ID MATCHES Clang)
  add_executable(fuzz-run EXCLUDE_FROM_ALL fuzz_run.c
    ${PROJECT_SOURCE_DIR}/harness/process/elf.c ${PROJECT_SOURCE_DIR}/harness/process/events.c
    ${PROJECT_SOURCE_DIR}/harness/base/sha256.c)
  target_compile_options(fuzz-run PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_options(fuzz-run PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_libraries(fuzz-run PRIVATE mb_base)
endif()

# The suite of process/trace.h and the commands of known size that it follows.
target_sources(membench-unit-tests PRIVATE cgroup_test.c lowering_test.c trace_test.c trace_worker_test.c)
find_package(Threads REQUIRED)
add_executable(membench-trace-child trace_child.c ${PROJECT_SOURCE_DIR}/harness/readings/lowering.c)
target_include_directories(membench-trace-child PRIVATE ${PROJECT_SOURCE_DIR}/harness)
target_compile_options(membench-trace-child PRIVATE -fno-sanitize=all)
target_link_options(membench-trace-child PRIVATE -fno-sanitize=all)
target_link_libraries(membench-trace-child PRIVATE Threads::Threads)
add_dependencies(membench-unit-tests membench-trace-child)
set_source_files_properties(trace_test.c trace_worker_test.c PROPERTIES COMPILE_DEFINITIONS MB_TRACE_CHILD="$<TARGET_FILE:membench-trace-child>")

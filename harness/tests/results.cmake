# The suites of store/, those that make allocations and system calls fail, and the fuzz target.
target_sources(membench-unit-tests PRIVATE
  results_test.c results_hostile_test.c results_baseline_test.c results_event_test.c results_journal_test.c
  results_fixture.c)
target_include_directories(membench-unit-tests PRIVATE ${CJSON_INCLUDE_DIR})
target_link_libraries(membench-unit-tests PRIVATE mb_store ${CJSON_LIBRARY})
set_source_files_properties(results_test.c PROPERTIES COMPILE_DEFINITIONS MB_SOURCE_FOLDER="${PROJECT_SOURCE_DIR}")

# Its own program: every allocation of it goes through a counter.
add_executable(membench-fault-tests main.c results_faults_test.c results_fixture.c)
target_compile_options(membench-fault-tests PRIVATE "-DSUITES(X)=X(results_faults)")
target_include_directories(membench-fault-tests PRIVATE ${CUNIT_INCLUDE_DIR} ${CJSON_INCLUDE_DIR})
target_link_libraries(membench-fault-tests PRIVATE mb_store ${CJSON_LIBRARY} ${CUNIT_LIBRARY})
target_link_options(membench-fault-tests PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc)
add_test(NAME faults COMMAND membench-fault-tests)

# What ci/perf-results runs.
add_executable(membench-results-perf EXCLUDE_FROM_ALL results_perf.c)
target_link_libraries(membench-results-perf PRIVATE mb_store)

# With clang: `cmake --build . --target fuzz-results`, then run it on a folder of results files.
if(CMAKE_C_COMPILER_ID MATCHES Clang)
  get_target_property(RESULTS_SOURCES mb_store SOURCES)
  list(TRANSFORM RESULTS_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/harness/)
  add_executable(fuzz-results EXCLUDE_FROM_ALL fuzz_results.c ${RESULTS_SOURCES})
  target_include_directories(fuzz-results PRIVATE ${CJSON_INCLUDE_DIR})
  target_compile_options(fuzz-results PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_options(fuzz-results PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_libraries(fuzz-results PRIVATE mb_call_sites mb_model mb_base ${CJSON_LIBRARY})
endif()

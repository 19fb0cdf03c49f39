# The runner and its tracers with ThreadSanitizer, in the build that every test run makes: base/, readings/ and process/
# are small enough to be compiled once more.
include(CheckCSourceCompiles)
set(CMAKE_REQUIRED_FLAGS -fsanitize=thread)
check_c_source_compiles("int main(void) { return 0; }" MEMBENCH_HAS_THREAD_SANITIZER)
unset(CMAKE_REQUIRED_FLAGS)
if(NOT MEMBENCH_HAS_THREAD_SANITIZER OR MEMBENCH_SANITIZE)
  message(STATUS "membench: no test of threads: this build has no ThreadSanitizer (Debian: libtsan2, with gcc)")
  return()
endif()
file(GLOB thread_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/harness/base/*.c ${PROJECT_SOURCE_DIR}/harness/readings/*.c
  ${PROJECT_SOURCE_DIR}/harness/process/*.c)
add_executable(membench-thread-tests main.c run_record.c trace_worker_test.c ${thread_sources})
target_compile_options(membench-thread-tests PRIVATE -fsanitize=thread -O1 "-DSUITES(X)=X(trace_worker)")
target_link_options(membench-thread-tests PRIVATE -fsanitize=thread)
target_include_directories(membench-thread-tests PRIVATE ${PROJECT_SOURCE_DIR}/harness ${PROJECT_SOURCE_DIR}/include ${CUNIT_INCLUDE_DIR})
target_link_libraries(membench-thread-tests PRIVATE ${CUNIT_LIBRARY} Threads::Threads m ${CMAKE_DL_LIBS})
add_dependencies(membench-thread-tests membench-trace-child membench-run-child)
# The sanitizer's memory has a fixed place, which addresses randomised by 32 bits, as on newer distributions, may take.
add_test(NAME threads COMMAND sh -c "setarch -R true 2>/dev/null && exec setarch -R \"$0\"; exec \"$0\"" $<TARGET_FILE:membench-thread-tests>)
set_tests_properties(threads PROPERTIES SKIP_REGULAR_EXPRESSION "unexpected memory mapping")

# membench_gate_tests(TARGET… [BASELINE name] [OPTIONS option…]): a test memory-TARGET for ctest, which fails where a test
# of TARGET (GoogleTest, Catch2), a benchmark of it (Google Benchmark) or a case (libmembench) takes more memory than in the
# baseline. That is baselines/NAME.json in the current source folder, NAME being TARGET unless said otherwise; without one
# the test is skipped. The target memory-TARGET-baseline saves it. OPTIONS are membench's: filters, --threshold, …
function(membench_gate_tests)
  cmake_parse_arguments(PARSE_ARGV 0 GATE "" "BASELINE" "OPTIONS")
  if(NOT GATE_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "membench_gate_tests: name the targets to be gated")
  endif()
  if(NOT MEMBENCH_PROGRAM)
    message(FATAL_ERROR "membench_gate_tests: the program membench was not found: set MEMBENCH_PROGRAM to its path")
  endif()
  foreach(target IN LISTS GATE_UNPARSED_ARGUMENTS)
    set(baseline ${target})
    if(GATE_BASELINE)
      set(baseline ${GATE_BASELINE})
    endif()
    set(command ${MEMBENCH_PROGRAM} --program $<TARGET_FILE:${target}> --no-time)
    add_test(NAME memory-${target} COMMAND ${command} --baseline ${baseline} ${GATE_OPTIONS}
      WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    set_tests_properties(memory-${target} PROPERTIES SKIP_RETURN_CODE 5) # there is nothing to compare with
    add_custom_target(memory-${target}-baseline COMMAND ${command} --save-baseline ${baseline} ${GATE_OPTIONS}
      WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} DEPENDS ${target} USES_TERMINAL VERBATIM)
  endforeach()
endfunction()

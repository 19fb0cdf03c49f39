# How often the gate errs (ci/simulate); the quick form is a test.
add_executable(membench-simulate simulate.c)
target_link_libraries(membench-simulate PRIVATE mb_judge mb_model m)
if(NOT MEMBENCH_SANITIZE) # the same rules as in the unit tests, many times
  add_test(NAME simulate-quick COMMAND membench-simulate quick)
endif()

add_executable(membench-simulate-ab simulate_ab.c)
target_link_libraries(membench-simulate-ab PRIVATE mb_judge mb_model m)
add_test(NAME simulate-ab-quick COMMAND membench-simulate-ab quick)

add_executable(membench-simulate-conditions simulate_conditions.c)
target_link_libraries(membench-simulate-conditions PRIVATE mb_judge mb_model m)
add_test(NAME simulate-conditions-quick COMMAND membench-simulate-conditions quick)

# How often soaks are misjudged (docs/soak.md); the quick form is a test.
add_executable(membench-simulate-soak simulate_soak.c simulate_soak_ends.c simulate_soak_shapes.c)
target_link_libraries(membench-simulate-soak PRIVATE mb_judge mb_model m)
add_test(NAME simulate-soak-quick COMMAND membench-simulate-soak quick)

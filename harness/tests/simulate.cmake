# How often the gate errs (ci/simulate); the quick form is a test.
add_executable(membench-simulate simulate.c)
target_link_libraries(membench-simulate PRIVATE mb_compare m)
add_test(NAME simulate-quick COMMAND membench-simulate quick)

# How often a growth class is named wrong and a slope fails without a reason (ci/simulate-sweep); the quick form is a test.
add_executable(membench-simulate-sweep simulate_sweep.c simulate_growth.c simulate_changes.c)
target_link_libraries(membench-simulate-sweep PRIVATE mb_judge mb_model m)
add_test(NAME simulate-sweep-quick COMMAND membench-simulate-sweep quick)

# The engine's suite. Its own program: a fake runner takes the place of process/runner.c.
add_executable(membench-session-tests main.c session_test.c fake_runner.c)
target_compile_options(membench-session-tests PRIVATE "-DSUITES(X)=X(session)")
target_include_directories(membench-session-tests PRIVATE ${CUNIT_INCLUDE_DIR})
target_link_libraries(membench-session-tests PRIVATE mb_session ${CUNIT_LIBRARY})
add_test(NAME session COMMAND membench-session-tests)

# The report's suites; golden files are read where they lie.
target_sources(membench-unit-tests PRIVATE causes_test.c similar_test.c html_test.c report_fixture.c report_formats_test.c report_parts_test.c report_test.c decide_space.c decide_test.c watch_test.c)
set_source_files_properties(report_test.c leak_test.c PROPERTIES COMPILE_DEFINITIONS
  MEMBENCH_GOLDEN_FOLDER="${CMAKE_CURRENT_SOURCE_DIR}/golden")
target_link_libraries(membench-unit-tests PRIVATE mb_report)

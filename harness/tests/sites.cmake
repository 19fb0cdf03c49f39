# Fuzz target: with clang, `cmake --build . --target fuzz-sites`.
if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
  add_executable(fuzz-sites EXCLUDE_FROM_ALL fuzz_sites.c)
  target_include_directories(fuzz-sites PRIVATE ${PROJECT_SOURCE_DIR}/harness)
  target_compile_options(fuzz-sites PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_options(fuzz-sites PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_libraries(fuzz-sites PRIVATE mb_call_sites)
endif()

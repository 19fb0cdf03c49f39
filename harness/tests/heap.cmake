# Programs of known truth for the heap hook: preloaded, linked into static programs, and with other allocators behind it.
# Never with ASan, whose malloc is before any hook.
find_package(Threads REQUIRED)

function(heap_program name)
  add_executable(${name} ${ARGN})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/harness)
  target_compile_options(${name} PRIVATE -fno-sanitize=all -fno-builtin)
  target_link_options(${name} PRIVATE -fno-sanitize=all)
  target_link_libraries(${name} PRIVATE Threads::Threads)
  add_dependencies(membench-unit-tests ${name})
endfunction()
set(heap_truth_sources ${CMAKE_CURRENT_SOURCE_DIR}/heap_truth.c ${CMAKE_CURRENT_SOURCE_DIR}/heap_truth_threads.c)
heap_program(heap-truth ${heap_truth_sources})
heap_program(heap-truth-static ${heap_truth_sources})
target_link_libraries(heap-truth-static PRIVATE membench_heap_static -static)
heap_program(heap-new heap_new.cc)
heap_program(heap-family heap_family.c)
add_library(heap-neighbour MODULE heap_neighbour.c)
target_compile_options(heap-neighbour PRIVATE -fno-sanitize=all)
target_link_options(heap-neighbour PRIVATE -fno-sanitize=all)
add_dependencies(membench-unit-tests membench_heap heap-neighbour)

set(heap_definitions HEAP_HOOK="$<TARGET_FILE:membench_heap>" HEAP_TRUTH="$<TARGET_FILE:heap-truth>"
  HEAP_TRUTH_STATIC="$<TARGET_FILE:heap-truth-static>" HEAP_NEW="$<TARGET_FILE:heap-new>"
  HEAP_FAMILY="$<TARGET_FILE:heap-family>" HEAP_NEIGHBOUR="$<TARGET_FILE:heap-neighbour>")

# Programs that valgrind counts too.
heap_program(heap-spawn heap_spawn.c)
list(APPEND heap_definitions HEAP_SPAWN="$<TARGET_FILE:heap-spawn>")
foreach(workload json=cjson=cjson/cJSON.h sqlite=sqlite3=sqlite3.h xml=xml2=libxml/tree.h)
  string(REPLACE "=" ";" workload ${workload})
  list(GET workload 0 name)
  list(GET workload 1 library)
  list(GET workload 2 header)
  find_library(HEAP_${library}_LIBRARY ${library})
  find_path(HEAP_${library}_INCLUDE ${header} PATH_SUFFIXES libxml2)
  if(HEAP_${library}_LIBRARY AND HEAP_${library}_INCLUDE)
    heap_program(heap-${name} heap_${name}.c)
    target_link_libraries(heap-${name} PRIVATE ${HEAP_${library}_LIBRARY})
    target_include_directories(heap-${name} SYSTEM PRIVATE ${HEAP_${library}_INCLUDE})
    string(TOUPPER ${name} name_upper)
    list(APPEND heap_definitions HEAP_${name_upper}="$<TARGET_FILE:heap-${name}>")
  endif()
endforeach()

find_program(MUSL_GCC musl-gcc)
if(MUSL_GCC)
  set(heap_musl_program ${CMAKE_CURRENT_BINARY_DIR}/heap-truth-musl)
  set(heap_musl_sources announce blocks counters hook_environment hook next_static pools)
  list(TRANSFORM heap_musl_sources PREPEND ${PROJECT_SOURCE_DIR}/harness/heap/)
  list(TRANSFORM heap_musl_sources APPEND .c)
  get_target_property(heap_wraps membench_heap_static INTERFACE_LINK_OPTIONS)
  add_custom_command(OUTPUT ${heap_musl_program}
    COMMAND ${MUSL_GCC} -static -std=c11 -D_GNU_SOURCE -DMB_HEAP_STATIC -O2 -fno-builtin -Wall -Wextra -Werror
      -I${PROJECT_SOURCE_DIR}/harness ${heap_truth_sources} ${heap_musl_sources} ${heap_wraps} -o ${heap_musl_program}
    DEPENDS ${heap_truth_sources} ${heap_musl_sources} VERBATIM)
  add_custom_target(build-heap-truth-musl DEPENDS ${heap_musl_program})
  add_dependencies(membench-unit-tests build-heap-truth-musl)
  list(APPEND heap_definitions HEAP_TRUTH_MUSL="${heap_musl_program}")
endif()

foreach(allocator jemalloc.so.2 mimalloc.so.2 tcmalloc_minimal.so.4 memusage.so)
  string(REGEX REPLACE "[.].*" "" name ${allocator})
  string(TOUPPER ${name} name)
  find_library(HEAP_${name}_LIBRARY NAMES lib${allocator})
  if(HEAP_${name}_LIBRARY)
    list(APPEND heap_definitions HEAP_${name}="${HEAP_${name}_LIBRARY}")
  endif()
endforeach()

find_program(HEAP_VALGRIND_PROGRAM valgrind)
if(HEAP_VALGRIND_PROGRAM)
  list(APPEND heap_definitions HEAP_VALGRIND="${HEAP_VALGRIND_PROGRAM}")
endif()

target_sources(membench-unit-tests PRIVATE heap_test.c ${PROJECT_SOURCE_DIR}/harness/heap/hook_environment.c)
set_source_files_properties(heap_test.c PROPERTIES COMPILE_DEFINITIONS "${heap_definitions}")

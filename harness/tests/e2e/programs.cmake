# Programs that only the end-to-end tests measure. Never sanitized, but for the one that shows what is then said.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/e2e)

function(e2e_plain_program name)
  add_executable(${name} ${ARGN})
  target_compile_options(${name} PRIVATE -fno-sanitize=all)
  target_link_options(${name} PRIVATE -fno-sanitize=all)
endfunction()
e2e_plain_program(truth-expected truth_expected.c)
e2e_plain_program(count-calls count_calls.c)
e2e_plain_program(refuse-personality refuse_personality.c)
e2e_plain_program(refuse-ptrace refuse_ptrace.c)
e2e_plain_program(refuse-seccomp refuse_ptrace.c)
target_compile_definitions(refuse-seccomp PRIVATE REFUSED=SYS_seccomp)
e2e_plain_program(anon-alone anon_bench.c)
target_compile_definitions(anon-alone PRIVATE ANON_ALONE)
target_link_options(anon-alone PRIVATE -Wl,-z,now)
membench_add_program(anon SOURCES anon_bench.c)
membench_add_program(creep SOURCES creep_bench.c)
membench_add_program(known SOURCES known_bench.c)
find_package(Threads REQUIRED)
membench_add_program(between SOURCES between_bench.c)
membench_add_program(between-kept SOURCES between_bench.c)
target_compile_definitions(between-kept PRIVATE KEPT_CALLS=1,2,3)
membench_add_program(layout SOURCES layout_bench.c)
membench_add_program(layout-linked SOURCES layout_bench.c) # with a library more, which nobody calls
target_link_options(layout-linked PRIVATE -Wl,--no-as-needed)
target_link_libraries(layout-linked PRIVATE ${CJSON_LIBRARY})
membench_add_program(hugetlb SOURCES hugetlb_bench.c)
membench_add_program(own-heap SOURCES own_heap_bench.c)
# The same with allocators linked in and called by their own names: each once as it is, and once with these named.
foreach(own mimalloc=mi_malloc,mi_free,mi_realloc==libmimalloc.so.2 jemalloc=mallocx,dallocx,rallocx=flags=libjemalloc.so.2)
  string(REPLACE "=" ";" own "${own}")
  list(GET own 0 allocator)
  list(GET own 1 functions)
  list(GET own 2 has_flags)
  list(GET own 3 library)
  string(REPLACE "," ";" functions "${functions}")
  find_library(OWN_${allocator}_LIBRARY NAMES ${library})
  if(OWN_${allocator}_LIBRARY)
    membench_add_program(own-heap-${allocator} SOURCES own_heap_bench.c LIBRARIES ${OWN_${allocator}_LIBRARY}
      HEAP_FUNCTIONS ${functions})
    membench_add_program(own-heap-${allocator}-unnamed SOURCES own_heap_bench.c LIBRARIES ${OWN_${allocator}_LIBRARY})
    foreach(program own-heap-${allocator} own-heap-${allocator}-unnamed)
      list(GET functions 0 own_malloc)
      list(GET functions 1 own_free)
      list(GET functions 2 own_realloc)
      target_compile_definitions(${program} PRIVATE OWN_MALLOC=${own_malloc} OWN_FREE=${own_free}
        OWN_REALLOC=${own_realloc} "OWN_FLAGS=$<$<BOOL:${has_flags}>:$<COMMA> int flags>"
        "OWN_NO_FLAGS=$<$<BOOL:${has_flags}>:$<COMMA> 0>")
    endforeach()
  endif()
endforeach()
membench_add_program(peak SOURCES peak_bench.c peak_threads_bench.c)
target_link_options(peak PRIVATE -Wl,-z,now)
membench_add_program(same SOURCES same_bench.c)
include(chance.cmake)
membench_add_program(helpers SOURCES helpers_bench.c)
membench_add_program(lookup SOURCES lookup_bench.cc)
membench_add_program(known-sanitized SOURCES known_bench.c)
target_compile_options(known-sanitized PRIVATE -fsanitize=address)
target_link_options(known-sanitized PRIVATE -fsanitize=address)
membench_add_program(known-static SOURCES known_bench.c LIBRARIES -static)
membench_add_program(known-static-heap SOURCES known_bench.c LIBRARIES membench_heap_static -static)
if(TARGET membench_sites_static)
  membench_add_program(known-static-sites SOURCES known_bench.c LIBRARIES membench_sites_static -static)
endif()
membench_add_program(known-rebuilt SOURCES known_bench.c) # the same, but for its build id
target_link_options(known-rebuilt PRIVATE -Wl,--build-id=0x0123456789abcdef0123456789abcdef)

# Programs of other frameworks, which know nothing of membench.
find_package(benchmark QUIET)
if(benchmark_FOUND)
  foreach(variant "" -grown -crashes)
    e2e_plain_program(google-benchmarks${variant} frameworks/benchmarks.cc)
    target_compile_options(google-benchmarks${variant} PRIVATE -g)
    target_link_libraries(google-benchmarks${variant} PRIVATE benchmark::benchmark)
  endforeach()
  target_compile_definitions(google-benchmarks-grown PRIVATE GROWN)
  target_compile_definitions(google-benchmarks-crashes PRIVATE CRASHES)
endif()
e2e_plain_program(google-benchmark-old frameworks/old_static.c)
e2e_plain_program(google-benchmark-static frameworks/old_static.c)
target_link_options(google-benchmark-static PRIVATE -static)

# One program for each feature of the public header, in harness/tests/header.
foreach(feature values tuples labels closing mistakes out_of_memory threads setup_each_run struct_bytes version param_loop)
  membench_add_program(header-${feature} SOURCES ../header/${feature}.c)
endforeach()
membench_add_program(header-every_class SOURCES ../header/every_class.cc)
membench_add_program(header-every_macro SOURCES ../header/every_macro.c)
target_compile_options(header-param_loop PRIVATE -O2) # without, nothing is moved out of a loop
foreach(threaded same header-threads peak between between-kept)
  target_link_libraries(${threaded} PRIVATE Threads::Threads)
endforeach()

if(TARGET wamr-fast)
  e2e_plain_program(wamr-limit wamr_limit.c ${PROJECT_SOURCE_DIR}/bench/wasm/engines/wamr/report.c)
  target_link_libraries(wamr-limit PRIVATE wamr-fast)
endif()

get_target_property(library_sources membench_lib SOURCES)
list(TRANSFORM library_sources PREPEND ${PROJECT_SOURCE_DIR}/harness/)
file(WRITE ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/library-sources.txt "${library_sources}") # for a test that compiles them

find_program(MUSL_GCC musl-gcc)
if(MUSL_GCC)
  foreach(link static dynamic)
    set(musl_program ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/known-musl-${link})
    set(musl_options -${link})
    string(REPLACE "-dynamic" "-Wl,-z,now" musl_options ${musl_options})
    add_custom_command(OUTPUT ${musl_program}
      COMMAND ${MUSL_GCC} ${musl_options} -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wpedantic -Werror
        -I${PROJECT_SOURCE_DIR}/include -I${PROJECT_SOURCE_DIR}/harness ${CMAKE_CURRENT_SOURCE_DIR}/known_bench.c
        ${library_sources} -o ${musl_program}
      DEPENDS known_bench.c ${library_sources} VERBATIM)
    add_custom_target(build-known-musl-${link} ALL DEPENDS ${musl_program})
  endforeach()
endif()

# Where random bytes come from is the programs' own affair, and they are never sanitized.
set(of_programs truth numbers peak programs install gate header)
if(NOT MEMBENCH_SANITIZE)
  list(APPEND of_programs chance)
endif()
foreach(name ${of_programs})
  add_test(NAME e2e-${name} COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/test_${name}.py)
  set_tests_properties(e2e-${name} PROPERTIES TIMEOUT 180 ENVIRONMENT
    "MEMBENCH_BUILD_DIR=${PROJECT_BINARY_DIR};MEMBENCH_SANITIZED=$<BOOL:${MEMBENCH_SANITIZE}>")
endforeach()
if(NOT MEMBENCH_SANITIZE)
  set_tests_properties(e2e-chance PROPERTIES TIMEOUT 900) # 180 comparisons
endif()
set_tests_properties(e2e-peak PROPERTIES TIMEOUT 600) # 40 s, and four times that where others have work

# membench_add_program(NAME SOURCES file… [LIBRARIES library…] [HEAP_FUNCTIONS name…]): a bench program that links
# libmembench. HEAP_FUNCTIONS: functions of an allocator that the program calls by names of its own (HeapFunctions.cmake).
#
# Lazy binding would write to the offset table inside a window, so symbols are bound at the start.
include(${CMAKE_CURRENT_LIST_DIR}/HeapFunctions.cmake)

function(membench_add_program name)
  cmake_parse_arguments(PARSE_ARGV 1 PROGRAM "" "" "SOURCES;LIBRARIES;HEAP_FUNCTIONS")
  add_executable(${name} ${PROGRAM_SOURCES})
  target_link_libraries(${name} PRIVATE membench::membench ${PROGRAM_LIBRARIES})
  target_link_options(${name} PRIVATE -Wl,-z,now)
  if(MEMBENCH_SANITIZE) # membench's own test build: what is measured stays without
    target_compile_options(${name} PRIVATE -fno-sanitize=all)
    target_link_options(${name} PRIVATE -fno-sanitize=all)
  endif()
  if(PROGRAM_HEAP_FUNCTIONS)
    _membench_wrap_heap_functions(${name} ${PROGRAM_HEAP_FUNCTIONS})
  endif()
endfunction()

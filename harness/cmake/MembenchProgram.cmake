# membench_add_program(NAME SOURCES file… [LIBRARIES library…]): a bench program that links libmembench.
#
# Lazy binding would write to the offset table inside a window, so symbols are bound at the start.
function(membench_add_program name)
  cmake_parse_arguments(PARSE_ARGV 1 PROGRAM "" "" "SOURCES;LIBRARIES")
  add_executable(${name} ${PROGRAM_SOURCES})
  target_link_libraries(${name} PRIVATE membench::membench ${PROGRAM_LIBRARIES})
  target_link_options(${name} PRIVATE -Wl,-z,now)
  if(MEMBENCH_SANITIZE) # membench's own test build: what is measured stays without
    target_compile_options(${name} PRIVATE -fno-sanitize=all)
    target_link_options(${name} PRIVATE -fno-sanitize=all)
  endif()
endfunction()

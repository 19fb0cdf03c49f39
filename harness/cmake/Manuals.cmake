# Manual pages and shell completions, made by the program itself from its tables of verbs and options, and the pages of
# the headers from their comments: target `manuals`, part of `all`.
if(CMAKE_CROSSCOMPILING)
  message(STATUS "membench: no manual pages: the program that writes them cannot run here")
  return()
endif()

set(manuals_folder "${CMAKE_BINARY_DIR}/manuals")
set(pages "")
function(add_page path)
  cmake_parse_arguments(page "" "" "COMMAND;DEPENDS" ${ARGN})
  add_custom_command(OUTPUT ${manuals_folder}/${path} COMMAND ${page_COMMAND} > ${manuals_folder}/${path}
    DEPENDS ${page_DEPENDS} VERBATIM)
  set(pages ${pages} ${manuals_folder}/${path} PARENT_SCOPE)
endfunction()
file(MAKE_DIRECTORY ${manuals_folder}/man1 ${manuals_folder}/man3 ${manuals_folder}/bash ${manuals_folder}/zsh
  ${manuals_folder}/fish)

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  harness/command/verb_table.h include/membench/membench.h include/membench/gbench.h)
file(READ harness/command/verb_table.h verbs)
string(REGEX MATCHALL "VERB\\([a-z]+, " verbs "${verbs}")
list(TRANSFORM verbs REPLACE "VERB.([a-z]+), " "\\1")
foreach(verb IN LISTS verbs)
  set(name membench-${verb})
  if(verb STREQUAL run)
    set(name membench)
  endif()
  add_page(man1/${name}.1 COMMAND membench manual ${verb} DEPENDS membench)
endforeach()
add_page(bash/membench COMMAND membench completion bash DEPENDS membench)
add_page(zsh/_membench COMMAND membench completion zsh DEPENDS membench)
add_page(fish/membench.fish COMMAND membench completion fish DEPENDS membench)

find_program(MEMBENCH_AWK awk REQUIRED)
set(awk_file ${PROJECT_SOURCE_DIR}/harness/cmake/header-manual.awk)
foreach(header membench gbench)
  set(path ${PROJECT_SOURCE_DIR}/include/membench/${header}.h)
  add_page(man3/${header}.h.3 COMMAND ${MEMBENCH_AWK} -v name=${header}.h -v version=${PROJECT_VERSION} -f ${awk_file} ${path}
    DEPENDS ${awk_file} ${path})
  # `man mb_mark` leads to the header's page.
  execute_process(COMMAND ${MEMBENCH_AWK} -v list=1 -f ${awk_file} ${path} OUTPUT_VARIABLE functions)
  string(REGEX MATCHALL "[^\n]+" functions "${functions}")
  foreach(function IN LISTS functions)
    file(CONFIGURE OUTPUT ${manuals_folder}/man3/${function}.3 CONTENT ".so man3/${header}.h.3\n")
  endforeach()
endforeach()
add_custom_target(manuals ALL DEPENDS ${pages})

install(DIRECTORY ${manuals_folder}/man1 ${manuals_folder}/man3 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${manuals_folder}/bash/membench DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${manuals_folder}/zsh/_membench DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${manuals_folder}/fish/membench.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# A Debian package by CPack: ci/package builds it, has lintian read it, and tries it in a clean root.
set(MEMBENCH_MAINTAINER "membench maintainers <maintainers@membench.example>" CACHE STRING "Maintainer that packages name")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME membench)
set(CPACK_PACKAGE_CONTACT "${MEMBENCH_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "memory benchmarks of native programs")
set(CPACK_PACKAGE_DESCRIPTION "Runs parameterized memory benchmarks, each sample in a fresh process, and
records resident and anonymous memory, heap calls and bytes, and time for
each case. Compares results with saved baselines and fails when memory grew
by more than a threshold, with stated error rates.

This package holds the coordinator, the library that bench programs link,
the heap hook, the timer and the bundled benchmarks.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${CMAKE_BINARY_DIR}/lib")
# Loaded when they are needed (base/loaded_calls.h), so that dpkg-shlibdeps does not find them.
foreach(library libdw.so.1 libsqlite3.so.0)
  execute_process(COMMAND dpkg-query -S ${library} OUTPUT_VARIABLE owner ERROR_QUIET)
  string(REGEX MATCH "^[^:,]+" owner "${owner}")
  list(APPEND loaded_packages ${owner})
endforeach()
list(JOIN loaded_packages ", " CPACK_DEBIAN_PACKAGE_DEPENDS)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "valgrind, heaptrack, gnuplot-nox")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/package/triggers CONTENT "activate-noawait ldconfig\n")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/package/shlibs
  CONTENT "libmembench_timer 0 membench (>= ${PROJECT_VERSION})\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${CMAKE_BINARY_DIR}/package/triggers;${CMAKE_BINARY_DIR}/package/shlibs")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  # What Debian's policy asks for and other systems have no place for. The date is that of the sources.
  set(doc_folder "${CMAKE_BINARY_DIR}/package")
  set(date_command git -C ${PROJECT_SOURCE_DIR} log -1 --format=%ct)
  if(DEFINED ENV{SOURCE_DATE_EPOCH})
    set(date_command printf %s $ENV{SOURCE_DATE_EPOCH})
  endif()
  execute_process(COMMAND ${date_command} OUTPUT_VARIABLE epoch OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT epoch)
    set(epoch 0)
  endif()
  execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C date -u -R -d @${epoch}
    OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE)
  file(CONFIGURE OUTPUT ${doc_folder}/changelog CONTENT "membench (${PROJECT_VERSION}) unstable; urgency=medium

  * What changed for users: see CHANGELOG.md.gz.

 -- ${MEMBENCH_MAINTAINER}  ${date}
")
  file(CONFIGURE OUTPUT ${doc_folder}/copyright CONTENT "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: membench

Files: *
Copyright: 2026 the authors of membench
License: none
 No licence has been given yet: ask the authors before you pass it on.
")
  foreach(name changelog CHANGELOG.md)
    set(input ${doc_folder}/${name})
    if(name STREQUAL CHANGELOG.md)
      set(input ${PROJECT_SOURCE_DIR}/${name})
    endif()
    add_custom_command(OUTPUT ${doc_folder}/${name}.gz COMMAND gzip -9nc ${input} > ${doc_folder}/${name}.gz
      DEPENDS ${input} VERBATIM)
  endforeach()
  add_custom_target(package_documents ALL DEPENDS ${doc_folder}/changelog.gz ${doc_folder}/CHANGELOG.md.gz)
  file(CONFIGURE OUTPUT ${doc_folder}/membench CONTENT "# One package: the library serves bench programs that this package is needed for anyway.
membench: package-name-doesnt-match-sonames
membench: link-to-shared-library-in-wrong-package
# CPack writes the call for every library in a folder of the linker, and the trigger is there as well.
membench: maintscript-calls-ldconfig
")
  install(FILES ${doc_folder}/membench DESTINATION share/lintian/overrides)
  install(CODE "file(GLOB pages \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/share/man/man[13]/*.[13]\")
    execute_process(COMMAND gzip -9nf \${pages} COMMAND_ERROR_IS_FATAL ANY)")
  install(FILES ${doc_folder}/changelog.gz ${doc_folder}/CHANGELOG.md.gz ${doc_folder}/copyright
    DESTINATION share/doc/membench)
endif()
include(CPack)

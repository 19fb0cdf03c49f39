# Finds WasmEdge's library, or fetches it into the build folder, once.
#
# Sets WASMEDGE_FOUND, WASMEDGE_VERSION, WASMEDGE_SOURCE and the target WasmEdge::wasmedge, or WASMEDGE_REASON. A
# library of the system comes first. Else Debian 13's packages are unpacked, with all that they depend on, the C library
# too: a program then starts with that C library's loader. Versions are pinned, for amd64 the files as well.
set(WASMEDGE_FOUND FALSE)
set(WASMEDGE_HERE "${CMAKE_CURRENT_LIST_DIR}")
set(WASMEDGE_DEBIAN_RELEASE trixie)
set(WASMEDGE_DEBIAN_VERSION "0.14.1+dfsg-3.1")
set(WASMEDGE_DEBIAN_SHA256_libwasmedge0 1f898b4c55e9f70adff72d06dfb5985850a963c156ddd9ff4f82cef9c589f35e)
set(WASMEDGE_DEBIAN_SHA256_libwasmedge-dev e69f648621e699606089af11ef99737f7210c345ef8aa35e3bbfda9b31753edc)

# Unpacks the packages into ${folder}/root, or sets WASMEDGE_REASON.
function(wasmedge_fetch folder)
  set(WASMEDGE_REASON "" PARENT_SCOPE)
  set(packages "")
  foreach(package libwasmedge0 libwasmedge-dev)
    set(wish "${package}=${WASMEDGE_DEBIAN_VERSION}")
    if(CMAKE_LIBRARY_ARCHITECTURE STREQUAL "x86_64-linux-gnu")
      string(APPEND wish "@${WASMEDGE_DEBIAN_SHA256_${package}}")
    endif()
    list(APPEND packages "${wish}")
  endforeach()
  if(NOT EXISTS "${folder}/root")
    message(STATUS "membench: fetching WasmEdge (Debian ${WASMEDGE_DEBIAN_RELEASE}, 42 MB)")
  endif()
  execute_process(
    COMMAND sh "${WASMEDGE_HERE}/../../../ci/fetch-debian" "${folder}" ${WASMEDGE_DEBIAN_RELEASE} ${packages}
    RESULT_VARIABLE result OUTPUT_QUIET ERROR_VARIABLE said TIMEOUT 600)
  if(NOT result EQUAL 0)
    string(STRIP "${said}" said)
    string(REGEX REPLACE ".*\n" "" said "${said}")
    set(WASMEDGE_REASON
      "not installed (Debian 13: libwasmedge-dev), and not to be fetched: ${said} (${result})" PARENT_SCOPE)
  endif()
endfunction()

# Links the program with the library and all that it needs, each from the unpacked root and none from this machine: a
# library there may carry a search path of its own, which would hide the program's from the libraries that it needs.
function(wasmedge_link root)
  set(WASMEDGE_REASON "" PARENT_SCOPE)
  set(libraries "${root}/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}")
  set(main_library "${libraries}/libwasmedge.so.0")
  file(GLOB loader "${libraries}/ld-linux*.so.*")
  execute_process(
    COMMAND "${loader}" --inhibit-cache --library-path "${libraries}" --list "${main_library}"
    OUTPUT_VARIABLE listed RESULT_VARIABLE result ERROR_VARIABLE said)
  if(NOT result EQUAL 0)
    set(WASMEDGE_REASON "the unpacked library does not load: ${said}" PARENT_SCOPE)
    return()
  endif()
  string(REGEX MATCHALL "=> [^ ]+" needed "${listed}")
  list(TRANSFORM needed REPLACE "^=> " "")
  # The linker takes the C library of this machine, as for every other program; the newer one is found at the start.
  list(FILTER needed EXCLUDE REGEX "/(libc|ld-linux[^/]*)\\.so")
  foreach(library IN LISTS needed)
    string(FIND "${library}" "${libraries}/" at)
    if(NOT at EQUAL 0)
      set(WASMEDGE_REASON "the unpacked library would load ${library} from this machine" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  list(JOIN needed "," needed)
  # In one word, so that nothing of it is moved or dropped.
  target_link_options(WasmEdge::wasmedge INTERFACE "LINKER:--no-as-needed,${main_library},${needed},--as-needed"
    LINKER:--allow-shlib-undefined LINKER:--disable-new-dtags "LINKER:-rpath,${libraries}"
    "LINKER:--dynamic-linker,${loader}")
  target_include_directories(WasmEdge::wasmedge SYSTEM INTERFACE "${root}/usr/include")
endfunction()

if(NOT TARGET WasmEdge::wasmedge)
  add_library(WasmEdge::wasmedge INTERFACE IMPORTED)
endif()
find_path(WASMEDGE_INCLUDE_DIR wasmedge/wasmedge.h)
find_library(WASMEDGE_LIBRARY wasmedge)
if(WASMEDGE_INCLUDE_DIR AND WASMEDGE_LIBRARY)
  target_include_directories(WasmEdge::wasmedge SYSTEM INTERFACE ${WASMEDGE_INCLUDE_DIR})
  target_link_libraries(WasmEdge::wasmedge INTERFACE ${WASMEDGE_LIBRARY})
  set(WASMEDGE_HEADERS "${WASMEDGE_INCLUDE_DIR}")
  set(WASMEDGE_SOURCE "of the system: ${WASMEDGE_LIBRARY}")
elseif(NOT CMAKE_LIBRARY_ARCHITECTURE)
  set(WASMEDGE_REASON "not installed, and this is not a Debian whose packages could be used")
  return()
else()
  wasmedge_fetch("${PROJECT_BINARY_DIR}/runtimes/wasmedge")
  if(NOT WASMEDGE_REASON)
    wasmedge_link("${PROJECT_BINARY_DIR}/runtimes/wasmedge/root")
  endif()
  if(WASMEDGE_REASON)
    return()
  endif()
  set(WASMEDGE_HEADERS "${PROJECT_BINARY_DIR}/runtimes/wasmedge/root/usr/include")
  set(WASMEDGE_SOURCE "Debian ${WASMEDGE_DEBIAN_RELEASE} libwasmedge0 ${WASMEDGE_DEBIAN_VERSION}, with its C library")
endif()
file(STRINGS "${WASMEDGE_HEADERS}/wasmedge/version.h" WASMEDGE_VERSION REGEX "define WASMEDGE_VERSION ")
string(REGEX REPLACE ".*\"(.*)\".*" "\\1" WASMEDGE_VERSION "${WASMEDGE_VERSION}")
set(WASMEDGE_FOUND TRUE)

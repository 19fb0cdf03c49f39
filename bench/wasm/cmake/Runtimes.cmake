# Leaves behind what the configuration found out about each WebAssembly runtime, for `membench doctor`: two text files
# next to the bench programs, one line for each runtime, fields separated by a tab.
#
#   wasm/available.txt     name, version, where it came from
#   wasm/unavailable.txt   name, the reason and how to get it
set(WASM_RUNTIMES_DIR "${PROJECT_BINARY_DIR}/bench/wasm")

function(wasm_runtime_note file name text)
  set(path "${WASM_RUNTIMES_DIR}/${file}")
  # A second configuration replaces what the first one said of this runtime, in either file.
  foreach(other available.txt unavailable.txt)
    set(kept "")
    if(EXISTS "${WASM_RUNTIMES_DIR}/${other}")
      file(STRINGS "${WASM_RUNTIMES_DIR}/${other}" kept)
    endif()
    list(FILTER kept EXCLUDE REGEX "^${name}\t")
    if(other STREQUAL file)
      list(APPEND kept "${name}\t${text}")
    endif()
    list(JOIN kept "\n" kept)
    if(kept)
      string(APPEND kept "\n")
    endif()
    file(WRITE "${WASM_RUNTIMES_DIR}/${other}" "${kept}")
  endforeach()
endfunction()

function(wasm_runtime_available name version source)
  message(STATUS "membench: ${name} ${version} (${source})")
  wasm_runtime_note(available.txt "${name}" "${version}\t${source}")
endfunction()

function(wasm_runtime_unavailable name reason)
  message(STATUS "membench: no ${name}: ${reason}")
  wasm_runtime_note(unavailable.txt "${name}" "${reason}")
endfunction()

# cmake -DCOMPILER=wamr-aotc -DMODULE=path/without/suffix -DSTAMP=file -P compile.cmake: compiles one module, if it is
# there; a failure is said and is not the build's. The file appears whole or not at all.
file(REMOVE "${MODULE}.aot")
if(EXISTS "${MODULE}.wasm")
  execute_process(COMMAND "${COMPILER}" "${MODULE}.wasm" "${MODULE}.aot.part" RESULT_VARIABLE result)
  if(result EQUAL 0)
    file(RENAME "${MODULE}.aot.part" "${MODULE}.aot")
  else()
    file(REMOVE "${MODULE}.aot.part")
    message(STATUS "membench: ${MODULE}.wasm was not compiled ahead of time (${result})")
  endif()
endif()
file(TOUCH "${STAMP}")

# Tests of the WAMR driver's parts that need no WAMR.
target_sources(membench-unit-tests PRIVATE wasm_wamr_test.c ${PROJECT_SOURCE_DIR}/bench/wasm/engines/wamr/report.c)

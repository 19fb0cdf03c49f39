# Fixed chance: in libmembench.a, and as a library to be preloaded into programs without that one.

# A program exports what the libraries that it is linked with ask for; these names are for libraries that come later, too.
set(MEMBENCH_CHANCE_FUNCTIONS getrandom getentropy arc4random arc4random_buf arc4random_uniform
  _ZNSt13random_device9_M_getvalEv open open64 openat openat64 __open_2 __open64_2 fopen fopen64)
list(TRANSFORM MEMBENCH_CHANCE_FUNCTIONS PREPEND -Wl,--export-dynamic-symbol= OUTPUT_VARIABLE MEMBENCH_CHANCE_EXPORTS)
include(CheckLinkerFlag)
check_linker_flag(C -Wl,--export-dynamic-symbol=open MEMBENCH_LINKER_EXPORTS_SYMBOLS)
if(MEMBENCH_LINKER_EXPORTS_SYMBOLS)
  target_link_options(membench_lib INTERFACE ${MEMBENCH_CHANCE_EXPORTS})
else()
  set(MEMBENCH_CHANCE_EXPORTS)
endif()
list(JOIN MEMBENCH_CHANCE_EXPORTS " " MEMBENCH_CHANCE_EXPORTS)
set(MEMBENCH_CHANCE_EXPORTS "${MEMBENCH_CHANCE_EXPORTS}" PARENT_SCOPE)

add_library(membench_chance SHARED chance/chance.c chance/chance_files.c chance/chance_preloaded.c)
target_include_directories(membench_chance PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_compile_options(membench_chance PRIVATE -O2 -fvisibility=hidden)
target_link_options(membench_chance PRIVATE -Wl,-z,now)
if(MEMBENCH_SANITIZE)
  target_compile_options(membench_chance PRIVATE -fno-sanitize=all)
  target_link_options(membench_chance PRIVATE -fno-sanitize=all)
endif()

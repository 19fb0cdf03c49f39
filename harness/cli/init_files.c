/* What `membench init` writes: a bench program of one case, and what builds, measures and gates it. README and
 * docs/ci.md show them; a test compares them. */
#include "cli/init_files.h"

#include <stddef.h>

/* clang-format off */
static const char list_bench[] =
    "/* What does a list of names cost? */\n"
    "#include <membench/membench.h>\n"
    "#include <stdlib.h>\n"
    "\n"
    "struct node { struct node *next; char name[32]; };\n"
    "\n"
    "static mb_status build(mb_bench *b) /* measured: what is alive at its end */\n"
    "{\n"
    "    struct node **list = mb_state(b);\n"
    "    for (uint64_t i = mb_param(b, \"nodes\"); i > 0; i--) {\n"
    "        struct node *node = malloc(sizeof *node);\n"
    "        if (node == NULL)\n"
    "            return mb_out_of_memory(b, \"no memory for another node\");\n"
    "        node->next = *list;\n"
    "        *list = node;\n"
    "    }\n"
    "    return MB_OK;\n"
    "}\n"
    "\n"
    "static void drop(mb_bench *b) /* frees it: what stays alive is a leak */\n"
    "{\n"
    "    struct node **list = mb_state(b);\n"
    "    for (struct node *node; (node = *list) != NULL; free(node))\n"
    "        *list = node->next;\n"
    "}\n"
    "\n"
    "static const mb_case list_build = {MB_CASE_INIT, .group = \"list_build\", .run = build, .release = drop,\n"
    "    .params = MB_PARAMS(MB_PARAM(\"nodes\", 100, 1000, 10000)), .state_bytes = sizeof(struct node *)};\n"
    "MB_MAIN(&list_build)\n";

static const char cmake_lists[] =
    "cmake_minimum_required(VERSION 3.22)\n"
    "project(my_project C)\n"
    "if(NOT CMAKE_BUILD_TYPE)\n"
    "  set(CMAKE_BUILD_TYPE RelWithDebInfo) # call sites by file and line\n"
    "endif()\n"
    "find_package(membench REQUIRED)\n"
    "membench_add_program(list_bench SOURCES list_bench.c)\n";

static const char project_file[] =
    "{\n"
    "  \"programs\": [\"build/list_bench\"],\n"
    "  \"threshold\": \"10%\"\n"
    "}\n";

static const char workflow[] =
    "name: memory\n"
    "on: pull_request\n"
    "\n"
    "jobs:\n"
    "  memory:\n"
    "    runs-on: ubuntu-24.04\n"
    "    steps:\n"
    "      - uses: actions/checkout@v4\n"
    "        with:\n"
    "          fetch-depth: 2\n"
    "      - uses: actions/checkout@v4\n"
    "        with:\n"
    "          repository: OWNER/membench\n"
    "          path: membench\n"
    "      - name: Install membench\n"
    "        run: |\n"
    "          sudo apt-get update\n"
    "          sudo apt-get install -y gcc g++ cmake ninja-build libcjson-dev libbenchmark-dev\n"
    "          cmake -S membench -B membench/build -G Ninja -DMEMBENCH_BUILD_TESTS=OFF -DMEMBENCH_BUILD_BENCH=OFF -DCMAKE_INSTALL_PREFIX=\"$HOME/.local\"\n"
    "          cmake --build membench/build\n"
    "          cmake --install membench/build\n"
    "          echo \"$HOME/.local/bin\" >> \"$GITHUB_PATH\"\n"
    "      - name: Build both\n"
    "        run: |\n"
    "          git worktree add --detach ../base HEAD^1\n"
    "          cmake -S ../base -B ../base/build -DCMAKE_PREFIX_PATH=\"$HOME/.local\"\n"
    "          cmake --build ../base/build\n"
    "          cmake -S . -B build -DCMAKE_PREFIX_PATH=\"$HOME/.local\"\n"
    "          cmake --build build\n"
    "      - name: Compare\n"
    "        run: membench ab ../base . --no-time --report markdown=memory.md --out memory.json\n"
    "      - name: Summary\n"
    "        if: always()\n"
    "        run: cat memory.md >> \"$GITHUB_STEP_SUMMARY\"\n"
    "      - uses: actions/upload-artifact@v4\n"
    "        if: always()\n"
    "        with:\n"
    "          name: memory\n"
    "          path: memory.json\n";
/* clang-format on */

const mb_init_file mb_init_files[] = {{"list_bench.c", "a bench program: one case, three sizes", list_bench},
                                      {"CMakeLists.txt", "how it is built", cmake_lists},
                                      {"membench.json", "which programs to run, and how much may grow", project_file},
                                      {".github/workflows/memory.yml", "the gate in a pull request", workflow},
                                      {NULL, NULL, NULL}};

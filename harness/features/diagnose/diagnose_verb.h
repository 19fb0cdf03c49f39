/* diagnose_verb.h: the memory tools that `membench diagnose` runs, and their reports.
 *
 *     mb_diagnosis_prepare    finds the tool, names the files, makes the command line
 *     (the caller runs it)
 *     mb_diagnosis_report     reads what the tool wrote, prints the table, says how to open it
 */
#ifndef MEMBENCH_FEATURES_DIAGNOSE_DIAGNOSE_VERB_H
#define MEMBENCH_FEATURES_DIAGNOSE_DIAGNOSE_VERB_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>

typedef enum mb_tool { MB_TOOL_MEMCHECK, MB_TOOL_MASSIF, MB_TOOL_DHAT, MB_TOOL_HEAPTRACK, MB_TOOL_COUNT } mb_tool;

/* One run of a tool. All strings live in the arena. */
typedef struct mb_diagnosis {
    mb_tool tool;
    mb_arena *arena;
    const char *label;            /* what is diagnosed: a case's id or a server's name */
    const char *stem;             /* ".membench/diagnose/LABEL.TOOL", to which endings are added */
    const char *file;             /* what the tool writes, for its viewers; absolute */
    const char *raw_file;         /* heaptrack: what its library writes, or NULL */
    const char *tool_path;        /* valgrind, or heaptrack_print */
    const char *interpreter_path; /* heaptrack_interpret, or NULL */
    char **argv;                  /* for execve, ended by NULL; the program and its arguments are at its end */
    const char *preload;          /* heaptrack's library, or NULL */
    const char *variable, *value; /* one more for the environment, or NULL */
    bool is_worker;               /* a case: it has a window */
} mb_diagnosis;

/* "memcheck", "massif", "dhat", "heaptrack"; MB_ERROR_USAGE for anything else. */
MB_NODISCARD mb_status mb_tool_find(const char *name, mb_tool *tool, mb_error *error);

/* Fills *diagnosis for a program with its arguments (NULL-terminated, argv[0] its path). MB_ERROR_SYSTEM, with how to
 * install it, when the tool is not there, or when the folder for its files cannot be created. Files of an earlier
 * diagnosis of that label are removed. */
MB_NODISCARD mb_status mb_diagnosis_prepare(mb_diagnosis *diagnosis, mb_tool tool, const char *label, bool is_worker,
                                            char *const *argv, mb_arena *arena, mb_error *error);

/* Prints the tool's findings, the file and the commands to open it, to standard output. command: how to run it by
 * hand, without the tool. */
MB_NODISCARD mb_status mb_diagnosis_report(const mb_diagnosis *diagnosis, const char *command, mb_error *error);

/* Name of the tool. */
const char *mb_tool_name(mb_tool tool);

/* Storage of the arena, formatted; NULL when memory is out. */
char *mb_diagnosis_text(mb_arena *arena, const char *format, ...) MB_PRINTF(2, 3);

#endif

/* The tools: where they are, how they are started. */
#include "features/diagnose/diagnose_verb.h"

#include "process/command.h"
#include "session/session.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPTIONS_MAX = 8 };

#define FOLDER ".membench/diagnose"

static const struct {
    const char *name, *program, *package, *ending;
    const char *file_option;          /* the tool's option that takes the file, or NULL */
    const char *options[OPTIONS_MAX]; /* of the tool */
} tools[MB_TOOL_COUNT] = {
    /* Stacks deep enough to reach the window; no leak is left out; a child of the program writes no second summary. */
    [MB_TOOL_MEMCHECK] = {"memcheck",
                          "valgrind",
                          "valgrind",
                          "log",
                          "--log-file=",
                          {"--tool=memcheck", "--leak-check=full", "--show-leak-kinds=all", "--num-callers=60",
                           "--child-silent-after-fork=yes"}},
    /* The peak itself and not one within 1 % of it; all call sites and not those above 1 %; sites of every snapshot,
     * for massif marks as the peak only what something was freed after. Quiet: a banner would pass for the first words
     * of a server, which may still be starting. */
    [MB_TOOL_MASSIF] = {"massif",
                        "valgrind",
                        "valgrind",
                        "out",
                        "--massif-out-file=",
                        {"--tool=massif", "--quiet", "--peak-inaccuracy=0", "--threshold=0.0", "--detailed-freq=1",
                         "--depth=60"}},
    [MB_TOOL_DHAT] =
        {"dhat", "valgrind", "valgrind", "json", "--dhat-out-file=", {"--tool=dhat", "--quiet", "--num-callers=60"}},
    [MB_TOOL_HEAPTRACK] = {"heaptrack", "heaptrack", "heaptrack", "data", NULL, {NULL}},
};

const char *mb_tool_name(mb_tool tool) { return tools[tool].name; }

mb_status mb_tool_find(const char *name, mb_tool *tool, mb_error *error)
{
    for (int t = 0; name != NULL && t < MB_TOOL_COUNT; t++)
        if (strcmp(tools[t].name, name) == 0) {
            *tool = (mb_tool)t;
            return MB_OK;
        }
    return mb_error_set(error, MB_ERROR_USAGE, "%s%s%sdiagnose takes --tool memcheck, massif, dhat or heaptrack",
                        name != NULL ? "--tool: \"" : "", name != NULL ? name : "",
                        name != NULL ? "\" is not a tool; " : "");
}

char *mb_diagnosis_text(mb_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length >= 0 ? mb_arena_alloc(arena, (size_t)length + 1) : NULL;
    if (text == NULL)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

/* A label as the beginning of a file's name. */
static void make_file_name(char *name)
{
    for (; *name != '\0'; name++)
        if (strchr("/ \t\n%'\"\\$", *name) != NULL || (unsigned char)*name < ' ')
            *name = '-'; /* valgrind takes % for a variable */
}

static mb_status make_files(mb_diagnosis *diagnosis, mb_error *error)
{
    char folder[PATH_MAX];
    if (!mb_session_make_folder() || (mkdir(FOLDER, 0777) != 0 && errno != EEXIST) || realpath(FOLDER, folder) == NULL)
        return mb_error_set_errno(error, errno, "cannot create the folder " FOLDER);
    char *name = mb_arena_copy(diagnosis->arena, diagnosis->label);
    if (name == NULL)
        return mb_error_no_memory(error);
    make_file_name(name);
    const char *ending = tools[diagnosis->tool].ending;
    diagnosis->stem = mb_diagnosis_text(diagnosis->arena, FOLDER "/%s.%s", name, mb_tool_name(diagnosis->tool));
    diagnosis->file =
        mb_diagnosis_text(diagnosis->arena, "%s/%s.%s.%s", folder, name, mb_tool_name(diagnosis->tool), ending);
    if (diagnosis->stem == NULL || diagnosis->file == NULL)
        return mb_error_no_memory(error);
    if (strchr(folder, '%') != NULL)
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s: valgrind cannot write to a folder with %% in its name",
                            folder);
    unlink(diagnosis->file);
    return MB_OK;
}

static mb_status missing(mb_tool tool, const char *what, mb_error *error)
{
    return mb_error_set(error, MB_ERROR_SYSTEM, "%s needs %s, which is not installed (Debian: apt install %s)",
                        tools[tool].name, what, tools[tool].package);
}

/* heaptrack is a library to preload and a program that makes a file for its viewers of what the library wrote. The
 * script `heaptrack` would start the viewer too. */
static mb_status find_heaptrack(mb_diagnosis *diagnosis, mb_error *error)
{
    static const char *const folders[] = {"lib", "lib64"};
    char script[PATH_MAX], print[PATH_MAX], real[PATH_MAX];
    if (!mb_command_find("heaptrack", script) || realpath(script, real) == NULL)
        return missing(diagnosis->tool, "heaptrack", error);
    if (!mb_command_find("heaptrack_print", print))
        return missing(diagnosis->tool, "heaptrack_print", error);
    *strrchr(real, '/') = '\0';
    diagnosis->tool_path = mb_arena_copy(diagnosis->arena, print);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        diagnosis->preload =
            mb_diagnosis_text(diagnosis->arena, "%s/../%s/heaptrack/libheaptrack_preload.so", real, folders[i]);
        diagnosis->interpreter_path =
            mb_diagnosis_text(diagnosis->arena, "%s/../%s/heaptrack/libexec/heaptrack_interpret", real, folders[i]);
        if (diagnosis->preload == NULL || diagnosis->interpreter_path == NULL || diagnosis->tool_path == NULL)
            return mb_error_no_memory(error);
        if (access(diagnosis->preload, R_OK) == 0 && access(diagnosis->interpreter_path, X_OK) == 0)
            break;
        if (i + 1 == sizeof folders / sizeof folders[0])
            return missing(diagnosis->tool, "libheaptrack_preload.so", error);
    }
    diagnosis->raw_file = mb_diagnosis_text(diagnosis->arena, "%s.raw", diagnosis->file);
    diagnosis->variable = "DUMP_HEAPTRACK_OUTPUT";
    diagnosis->value = diagnosis->raw_file;
    return diagnosis->raw_file != NULL ? MB_OK : mb_error_no_memory(error);
}

static mb_status make_argv(mb_diagnosis *diagnosis, char *const *argv, mb_error *error)
{
    static char name[] = MB_WORKER_NAME;
    size_t count = 0, at = 0;
    while (argv[count] != NULL)
        count++;
    char **made = mb_arena_alloc(diagnosis->arena, (OPTIONS_MAX + count + 3) * sizeof *made);
    if (made == NULL)
        return mb_error_no_memory(error);
    if (tools[diagnosis->tool].file_option != NULL) {
        made[at++] = name;
        for (int i = 0; i < OPTIONS_MAX && tools[diagnosis->tool].options[i] != NULL; i++)
            if ((made[at++] = mb_arena_copy(diagnosis->arena, tools[diagnosis->tool].options[i])) == NULL)
                return mb_error_no_memory(error);
        made[at++] = mb_diagnosis_text(diagnosis->arena, "%s%s", tools[diagnosis->tool].file_option, diagnosis->file);
        if (made[at - 1] == NULL)
            return mb_error_no_memory(error);
    }
    memcpy(made + at, argv, count * sizeof *made);
    diagnosis->argv = made;
    return MB_OK;
}

mb_status mb_diagnosis_prepare(mb_diagnosis *diagnosis, mb_tool tool, const char *label, bool is_worker,
                               char *const *argv, mb_arena *arena, mb_error *error)
{
    char path[PATH_MAX];
    *diagnosis = (mb_diagnosis){.tool = tool, .arena = arena, .label = label, .is_worker = is_worker};
    if (tool != MB_TOOL_HEAPTRACK) {
        if (!mb_command_find(tools[tool].program, path))
            return missing(tool, tools[tool].program, error);
        diagnosis->tool_path = mb_arena_copy(arena, path);
        if (diagnosis->tool_path == NULL)
            return mb_error_no_memory(error);
    }
    mb_status status = make_files(diagnosis, error);
    if (status == MB_OK && tool == MB_TOOL_HEAPTRACK)
        status = find_heaptrack(diagnosis, error);
    return status == MB_OK ? make_argv(diagnosis, argv, error) : status;
}

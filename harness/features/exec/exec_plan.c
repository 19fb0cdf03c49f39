/* From the command line to commands: parameters put in their places, programs found, cases named. */
#include "features/exec/exec.h"
#include "features/exec/exec_options.h"

#include "process/command.h"
#include "readings/provenance.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CASES_MAX = 1000, SHELL_WORDS = 4 };

/* One value of each parameter. */
typedef struct choice {
    const char *values[MB_PARAMS_MAX];
} choice;

/* The value of that index in "1,2,4", copied; NULL when there is none. */
static char *value_at(mb_arena *arena, const char *values, size_t index)
{
    for (; index > 0; index--) {
        values = strchr(values, ',');
        if (values == NULL)
            return NULL;
        values++;
    }
    return mb_arena_copy_length(arena, values, strcspn(values, ","));
}

static size_t count_values(const char *values)
{
    size_t count = 1;
    for (; *values != '\0'; values++)
        count += *values == ',';
    return count;
}

/* text with each {NAME} of a parameter replaced by its value; NULL when memory is out. */
static char *substitute(mb_arena *arena, const mb_exec_options *options, const choice *chosen, const char *text)
{
    size_t size = strlen(text) + 1;
    for (const char *c = text; *c != '\0'; c++)
        if (*c == '{')
            for (size_t p = 0; p < options->parameter_count; p++)
                size += strlen(chosen->values[p]);
    char *result = mb_arena_alloc(arena, size);
    char *to = result;
    while (result != NULL && *text != '\0') {
        size_t p = 0, length = 0;
        for (; *text == '{' && p < options->parameter_count; p++) {
            length = strlen(options->parameter_names[p]);
            if (strncmp(text + 1, options->parameter_names[p], length) == 0 && text[1 + length] == '}')
                break;
        }
        if (*text == '{' && p < options->parameter_count) {
            to = stpcpy(to, chosen->values[p]);
            text += length + 2;
        } else {
            *to++ = *text++;
        }
    }
    return result;
}

/* Parts a command line as a shell would: spaces, '…', "…" and \; nothing else has a meaning. NULL with *is_open when a
 * quotation does not end. */
static char **split(mb_arena *arena, const char *text, bool *is_open)
{
    size_t length = strlen(text), count = 0;
    char **words = mb_arena_alloc(arena, (length / 2 + 2) * sizeof *words);
    char *to = mb_arena_alloc(arena, length + 2), quote = 0;
    bool in_word = false;
    *is_open = false;
    if (words == NULL || to == NULL)
        return NULL;
    for (; *text != '\0'; text++) {
        bool is_space = quote == 0 && isspace((unsigned char)*text);
        if (is_space && in_word)
            *to++ = '\0';
        if (!is_space && !in_word)
            words[count++] = to;
        in_word = !is_space;
        if (is_space)
            continue;
        if (quote == *text)
            quote = 0;
        else if (quote == 0 && (*text == '\'' || *text == '"'))
            quote = *text;
        else if (*text == '\\' && quote != '\'' && text[1] != '\0')
            *to++ = *++text;
        else
            *to++ = *text;
    }
    *to = '\0';
    *is_open = quote != 0;
    words[count] = NULL;
    return *is_open ? NULL : words;
}

/* Path and words of what is started for a command line. */
static mb_status set_program(mb_exec *exec, mb_exec_command *command, char **argv, mb_error *error)
{
    char path[PATH_MAX];
    bool is_open = false;
    mb_arena *arena = &exec->session.arena;
    if (argv == NULL && mb_exec_of(exec->options)->no_shell)
        argv = split(arena, command->text, &is_open);
    if (is_open)
        return mb_error_set(error, MB_ERROR_USAGE, "%s: unterminated quote", command->text);
    if (argv == NULL && !mb_exec_of(exec->options)->no_shell) {
        argv = mb_arena_alloc(arena, SHELL_WORDS * sizeof *argv);
        if (argv != NULL)
            memcpy(argv, (char *[]){"/bin/sh", "-c", (char *)command->text, NULL}, SHELL_WORDS * sizeof *argv);
    }
    if (argv == NULL)
        return mb_error_no_memory(error);
    if (argv[0] == NULL || *argv[0] == '\0')
        return mb_error_set(error, MB_ERROR_USAGE, "empty command");
    if (!mb_command_find(argv[0], path))
        return mb_error_set(error, MB_ERROR_USAGE, "%s: not executable, or not found", argv[0]);
    command->argv = argv;
    /* A path is taken as it is: what a link is called may matter to the program. */
    command->path = mb_arena_copy(arena, strchr(argv[0], '/') != NULL ? argv[0] : path);
    return command->path != NULL ? MB_OK : mb_error_no_memory(error);
}

/* The program in run.programs; what several commands start is there once. */
static mb_status add_program(mb_exec *exec, const char *path, size_t *index, mb_error *error)
{
    mb_run_info *run = &exec->session.run;
    mb_program_file file;
    mb_error ignored;
    for (*index = 0; *index < run->program_count; ++*index)
        if (strcmp(run->programs[*index].path, path) == 0)
            return MB_OK;
    const char *build_id = NULL;
    if (mb_program_inspect(path, &file, &ignored) == MB_OK) {
        build_id = mb_arena_copy(&exec->session.arena, file.build_id);
        if (build_id == NULL)
            return mb_error_no_memory(error);
    }
    run->programs[run->program_count++] = (mb_program_info){
        .path = path,
        .build_id = build_id,
        .libc = "unknown",
        .allocator = "unknown",
        .aslr = mb_aslr_can_be_disabled() ? "off" : mb_aslr_describe(""),
        .thp = exec->options->plan.thp ? mb_thp_describe("") : "off",
        .entropy = exec->environment != NULL ? "fixed" : "real",
    };
    return MB_OK;
}

static bool set_params(mb_exec *exec, mb_case_result *result, const choice *chosen, const size_t *indices)
{
    const mb_exec_options *options = mb_exec_of(exec->options);
    for (size_t p = 0; p < options->parameter_count; p++) {
        char *end;
        errno = 0;
        unsigned long long value = strtoull(chosen->values[p], &end, 10);
        bool is_number = isdigit((unsigned char)chosen->values[p][0]) && *end == '\0' && errno == 0;
        result->params[p] = (mb_param_value){.name = options->parameter_names[p],
                                             .value = is_number ? value : indices[p],
                                             .label = is_number ? NULL : chosen->values[p]};
    }
    result->param_count = options->parameter_count;
    return true;
}

/* "exec/NAME/VALUE": a line without control characters, cut where ids end. */
static mb_status name_case(mb_exec *exec, mb_case_result *result, const char *name, const choice *chosen,
                           mb_error *error)
{
    char id[MB_ID_BYTES_MAX];
    size_t used = (size_t)snprintf(id, sizeof id, MB_EXEC_GROUP "/%s", name);
    for (size_t p = 0; p < result->param_count && used < sizeof id; p++)
        used += (size_t)snprintf(id + used, sizeof id - used, "/%s", chosen->values[p]);
    if (used >= sizeof id)
        return mb_error_set(error, MB_ERROR_USAGE, "\"%.60s…\" is too long for a case's id: name it with --name", name);
    for (char *c = id; *c != '\0'; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
    result->id = mb_arena_copy(&exec->session.arena, id);
    result->function = mb_arena_copy(&exec->session.arena, name);
    result->group = MB_EXEC_GROUP;
    if (result->id == NULL || result->function == NULL)
        return mb_error_no_memory(error);
    for (size_t i = 0; i < exec->count; i++)
        if (strcmp(exec->results[i].id, result->id) == 0)
            return mb_error_set(error, MB_ERROR_USAGE, "two commands are called %s: name them with --name", result->id);
    return MB_OK;
}

/* Adds one case: the command of that index with its parameters chosen. words: of the command after "--", else NULL. */
static mb_status add_case(mb_exec *exec, size_t index, const char *template, char *const *words, const choice *chosen,
                          const size_t *indices, mb_error *error)
{
    const mb_exec_options *options = mb_exec_of(exec->options);
    mb_arena *arena = &exec->session.arena;
    mb_exec_command *command = &exec->commands[exec->count];
    mb_case_result *result = &exec->results[exec->count];
    char **argv = NULL;
    command->text = substitute(arena, options, chosen, template);
    const char *prepare = options->prepare_count == 0   ? NULL
                          : options->prepare_count == 1 ? options->prepares[0]
                                                        : options->prepares[index];
    if (prepare != NULL)
        command->prepare = substitute(arena, options, chosen, prepare);
    if (command->text == NULL || (prepare != NULL && command->prepare == NULL))
        return mb_error_no_memory(error);
    if (words != NULL) {
        size_t count = exec->options->operand_count;
        argv = mb_arena_alloc(arena, (count + 1) * sizeof *argv);
        for (size_t i = 0; argv != NULL && i < count; i++) {
            argv[i] = substitute(arena, options, chosen, words[i]);
            if (argv[i] == NULL)
                return mb_error_no_memory(error);
        }
    }
    set_params(exec, result, chosen, indices);
    mb_status status =
        name_case(exec, result, index < options->name_count ? options->names[index] : template, chosen, error);
    bool is_wanted = status != MB_OK;
    status = is_wanted ? status : mb_filter_match(exec->options->plan.filter, result->id, &is_wanted, error);
    if (status == MB_OK && !is_wanted) {
        memset(result, 0, sizeof *result);
        memset(command, 0, sizeof *command);
        return MB_OK;
    }
    if (status == MB_OK)
        status = mb_filter_add_exact(exec->ids, result->id, error);
    if (status == MB_OK)
        status = set_program(exec, command, argv, error);
    if (status == MB_OK)
        status = add_program(exec, command->path, &result->program, error);
    exec->count += status == MB_OK;
    return status;
}

/* All words after "--" as one text. */
static char *join(mb_arena *arena, char *const *words, size_t count)
{
    size_t size = 1;
    for (size_t i = 0; i < count; i++)
        size += strlen(words[i]) + 1;
    char *text = mb_arena_alloc(arena, size), *to = text;
    for (size_t i = 0; text != NULL && i < count; i++) {
        to = stpcpy(to, words[i]);
        if (i + 1 < count)
            *to++ = ' ';
    }
    return text;
}

/* Every command with every combination of values, the last parameter changing first. */
static mb_status add_cases(mb_exec *exec, size_t command_count, size_t combination_count, mb_error *error)
{
    const mb_options *options = exec->options;
    char *const *words = options->is_command ? (char *const *)options->operands : NULL;
    mb_arena *arena = &exec->session.arena;
    for (size_t c = 0; c < command_count; c++)
        for (size_t n = 0; n < combination_count; n++) {
            choice chosen;
            size_t rest = n, indices[MB_PARAMS_MAX] = {0};
            for (size_t p = mb_exec_of(options)->parameter_count; p-- > 0;) {
                size_t count = count_values(mb_exec_of(options)->parameter_values[p]);
                indices[p] = rest % count;
                chosen.values[p] = value_at(arena, mb_exec_of(options)->parameter_values[p], indices[p]);
                rest /= count;
                if (chosen.values[p] == NULL)
                    return mb_error_no_memory(error);
            }
            const char *template = words != NULL ? join(arena, words, options->operand_count) : options->operands[c];
            if (template == NULL)
                return mb_error_no_memory(error);
            mb_status status = add_case(exec, c, template, words, &chosen, indices, error);
            if (status != MB_OK)
                return status;
        }
    if (exec->count == 0)
        return mb_error_set(error, MB_ERROR_USAGE, "the filter matches none of the commands' case ids, exec/NAME");
    return MB_OK;
}

static mb_status open_streams(mb_exec *exec, mb_error *error)
{
    const mb_exec_options *options = mb_exec_of(exec->options);
    const char *input = options->input != NULL ? options->input : "/dev/null";
    const char *output = options->output != NULL ? options->output : "null";
    exec->input_fd = open(input, O_RDONLY | O_CLOEXEC);
    if (exec->input_fd < 0)
        return mb_error_set_errno(error, errno, "--input: %s", input);
    exec->error_fd =
        options->show_output ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3) : open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (strcmp(output, "inherit") == 0 || (options->show_output && options->output == NULL))
        exec->output_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    else if (strcmp(output, "null") == 0)
        exec->output_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    else
        exec->output_fd = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (exec->error_fd < 0 || exec->output_fd < 0)
        return mb_error_set_errno(error, errno, "--output: %s", output);
    mb_cgroup_read(mb_cgroup_root(), &exec->cgroup_first);
    exec->kills_fd = mb_cgroup_open_kills(mb_cgroup_root(), &exec->cgroup_first);
    return MB_OK;
}

static mb_status check(const mb_options *options, size_t command_count, size_t *combination_count, mb_error *error)
{
    const mb_exec_options *exec = mb_exec_of(options);
    *combination_count = 1;
    for (size_t p = 0; p < exec->parameter_count && *combination_count <= CASES_MAX; p++)
        *combination_count *= count_values(exec->parameter_values[p]);
    if (options->operand_count == 0)
        return mb_error_set(
            error, MB_ERROR_USAGE,
            "exec: nothing to run: give -- COMMAND ARGUMENT..., or one or more quoted commands; see membench exec "
            "--help");
    if (*combination_count * command_count > CASES_MAX)
        return mb_error_set(error, MB_ERROR_USAGE, "more than %d cases", CASES_MAX);
    if (exec->name_count > command_count)
        return mb_error_set(error, MB_ERROR_USAGE,
                            "--name: more names than commands (quote each command, or give one after --)");
    if (exec->prepare_count > 1 && exec->prepare_count != command_count)
        return mb_error_set(error, MB_ERROR_USAGE, "--prepare: one for all commands, or one for each");
    return MB_OK;
}

mb_status mb_exec_open(mb_exec *exec, const mb_options *options, mb_error *error)
{
    size_t command_count = options->is_command ? 1 : options->operand_count, combination_count;
    *exec = (mb_exec){.options = options, .input_fd = -1, .output_fd = -1, .error_fd = -1, .kills_fd = -1};
    exec->session.plan = &options->plan;
    mb_arena *arena = &exec->session.arena;
    mb_status status = check(options, command_count, &combination_count, error);
    if (status == MB_OK)
        status = mb_paths_find(arena, &exec->session.paths, error);
    if (status == MB_OK)
        status = mb_session_describe(&exec->session, error);
    if (status == MB_OK) {
        size_t count = command_count * combination_count;
        exec->commands = mb_arena_alloc(arena, count * sizeof *exec->commands);
        exec->results = mb_arena_alloc(arena, count * sizeof *exec->results);
        exec->session.run.programs = mb_arena_alloc(arena, count * sizeof *exec->session.run.programs);
        exec->end = mb_arena_alloc(arena, sizeof *exec->end);
        exec->heap_end = mb_arena_alloc(arena, sizeof *exec->heap_end);
        exec->ids = mb_filter_new();
        if (exec->ids == NULL || exec->commands == NULL || exec->results == NULL ||
            exec->session.run.programs == NULL || exec->end == NULL || exec->heap_end == NULL)
            status = mb_error_no_memory(error);
    }
    if (status == MB_OK)
        status = mb_exec_set_environment(exec, error);
    if (status == MB_OK)
        status = add_cases(exec, command_count, combination_count, error);
    if (status == MB_OK)
        status = open_streams(exec, error);
    if (status != MB_OK)
        mb_exec_close(exec);
    return status;
}

void mb_exec_close(mb_exec *exec)
{
    const int fds[] = {exec->input_fd, exec->output_fd, exec->error_fd, exec->kills_fd};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    mb_progress_clear(&exec->session.progress);
    mb_filter_free(exec->ids);
    mb_arena_fini(&exec->session.arena);
    *exec = (mb_exec){.input_fd = -1, .output_fd = -1, .error_fd = -1, .kills_fd = -1};
}

mb_case_source mb_exec_source(const mb_exec *exec)
{
    return mb_case_source_of_array(&exec->session.run, exec->results, exec->count);
}

#include "features/builds/git.h"

#include "process/command_start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { POLL_MS = 50, WAIT_NS = 10000000 };
static const uint64_t patience_ns = 10000000000u; /* after SIGINT, before SIGKILL */

/* Variables by which git itself tells its hooks where the repository is. */
static bool is_of_another(const char *variable)
{
    static const char *const names[] = {
        "GIT_DIR=",        "GIT_WORK_TREE=", "GIT_INDEX_FILE=", "GIT_PREFIX=", "GIT_OBJECT_DIRECTORY=",
        "GIT_COMMON_DIR=", "LC_ALL=",        "LANGUAGE="};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static char **git_environment(void)
{
    static char language[] = "LC_ALL=C";
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    char **variables = malloc((count + 2) * sizeof *variables);
    if (variables == NULL)
        return NULL;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!is_of_another(environ[i]))
            variables[kept++] = environ[i];
    variables[kept++] = language;
    variables[kept] = NULL;
    return variables;
}

/* Reads until the pipe's other ends are closed or an interruption comes. */
static void read_answer(int fd, const mb_git_call *call, char text[MB_GIT_ANSWER_BYTES])
{
    size_t used = 0;
    char rest[1024];
    while (call->interrupted == NULL || !*call->interrupted) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, POLL_MS) <= 0)
            continue;
        size_t free_bytes = MB_GIT_ANSWER_BYTES - 1 - used;
        ssize_t got = free_bytes > 0 ? read(fd, text + used, free_bytes) : read(fd, rest, sizeof rest);
        if (got <= 0 && errno != EINTR)
            break;
        if (got > 0 && free_bytes > 0)
            used += (size_t)got;
        if (got == 0)
            break;
    }
    while (used > 0 && text[used - 1] == '\n')
        used--;
    text[used] = '\0';
}

/* Waits for its end; on an interruption ends its whole group, gently first. */
static int wait_for_end(pid_t pid, const mb_git_call *call)
{
    int how = 0;
    if (!mb_command_wait(pid, 0, call->interrupted, &how)) {
        kill(-pid, SIGINT);
        if (!mb_command_wait(pid, patience_ns, NULL, &how)) {
            kill(-pid, SIGKILL);
            mb_command_wait(pid, 0, NULL, &how);
        }
        kill(-pid, SIGKILL); /* what it left behind in its group */
    }
    return WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
}

static mb_status start(const mb_git_call *call, char *const *argv, const char *path, mb_git_answer *answer,
                       mb_error *error)
{
    int ends[2] = {-1, -1};
    mb_start_files files = {open("/dev/null", O_RDONLY | O_CLOEXEC), -1, -1};
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    char **variables = call->is_command ? NULL : git_environment();
    mb_status status = MB_OK;
    if (call->shows_output)
        ends[1] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3); /* not opened again: a log would be cut */
    else if (call->output_path != NULL)
        status = mb_command_open_output(call->output_path, &ends[1], error);
    else if (pipe2(ends, O_CLOEXEC) != 0)
        status = mb_error_set_errno(error, errno, "cannot run %s", path);
    if (status == MB_OK &&
        (files.input_fd < 0 || nowhere < 0 || ends[1] < 0 || (variables == NULL && !call->is_command)))
        status = mb_error_set(error, MB_ERROR_SYSTEM, "cannot run %s", path);
    files.output_fd = ends[1];
    bool is_joined = call->shows_output || call->output_path != NULL;
    files.error_fd = is_joined ? ends[1] : call->is_command ? -1 : nowhere;
    mb_command command = {.path = path, .argv = argv, .environment = variables};
    pid_t pid = 0;
    if (status == MB_OK)
        status = mb_command_start(&command, &files, &pid, error);
    if (ends[1] >= 0)
        close(ends[1]);
    if (status == MB_OK) {
        answer->text[0] = '\0';
        if (ends[0] >= 0)
            read_answer(ends[0], call, answer->text);
        answer->exit_code = wait_for_end(pid, call);
    }
    if (ends[0] >= 0)
        close(ends[0]);
    if (files.input_fd >= 0)
        close(files.input_fd);
    if (nowhere >= 0)
        close(nowhere);
    free(variables);
    return status;
}

mb_status mb_git_run(const mb_git_call *call, mb_git_answer *answer, mb_error *error)
{
    enum { EXTRA = 8 };
    static const char *const git_words[] = {"git", "-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false"};
    static const char *const shell_words[] = {"sh", "-c", "cd \"$0\" && exec \"$@\""};
    const char *argv[MB_GIT_WORDS_MAX + EXTRA + MB_GIT_WORDS_MAX];
    char path[PATH_MAX];
    size_t count = 0, given = 0;
    const char *const *first = call->is_command ? shell_words : git_words;
    size_t first_count =
        call->is_command ? sizeof shell_words / sizeof shell_words[0] : sizeof git_words / sizeof git_words[0];
    for (size_t i = 0; i < first_count; i++)
        argv[count++] = first[i];
    if (call->is_command) {
        argv[count++] = call->folder != NULL ? call->folder : ".";
    } else if (call->folder != NULL) {
        argv[count++] = "-C";
        argv[count++] = call->folder;
    }
    for (; call->words[given] != NULL && given < MB_GIT_WORDS_MAX; given++)
        argv[count++] = call->words[given];
    if (call->words[given] != NULL)
        return mb_error_set(error, MB_ERROR_USAGE, "%s: more than %d words: put them into a script", call->words[0],
                            MB_GIT_WORDS_MAX);
    argv[count] = NULL;
    if (!mb_command_find(argv[0], path))
        return mb_error_set(error, MB_ERROR_SYSTEM, "%s is missing (Debian: git)", argv[0]);
    return start(call, (char *const *)(uintptr_t)argv, path, answer, error);
}

/* The branch that is checked out; on a detached head, as CI systems leave it, what they say. */
static mb_status find_branch(char *branch, size_t size, mb_error *error)
{
    static const char *const words[] = {"symbolic-ref", "--quiet", "--short", "HEAD", NULL};
    static const char *const variables[] = {"GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME"};
    mb_git_call call = {.words = words};
    mb_git_answer answer;
    mb_status status = mb_git_run(&call, &answer, error);
    branch[0] = '\0';
    if (status == MB_OK && answer.exit_code == 0)
        snprintf(branch, size, "%.*s", (int)size - 1, answer.text);
    for (size_t i = 0; i < sizeof variables / sizeof variables[0] && branch[0] == '\0'; i++) {
        const char *value = getenv(variables[i]);
        if (value != NULL)
            snprintf(branch, size, "%s", value);
    }
    return status;
}

mb_status mb_git_find_commit(const char *word, bool *found, mb_git_commit *commit, mb_error *error)
{
    char path[PATH_MAX], wanted[512];
    mb_git_answer answer;
    *found = false;
    if (!mb_command_find("git", path) || snprintf(wanted, sizeof wanted, "%s^{commit}", word) >= (int)sizeof wanted)
        return MB_OK;
    const char *const words[] = {"log", "-1", "--no-show-signature", "--format=%H%n%ct%n%s", "--end-of-options", wanted,
                                 "--",  NULL};
    mb_git_call call = {.words = words};
    mb_status status = mb_git_run(&call, &answer, error);
    if (status != MB_OK || answer.exit_code != 0)
        return status;
    mb_git_commit read = {0};
    char *save = NULL, *hash = strtok_r(answer.text, "\n", &save), *time = strtok_r(NULL, "\n", &save);
    if (hash == NULL || time == NULL || strlen(hash) >= sizeof read.name)
        return MB_OK;
    strcpy(read.name, hash);
    read.time_s = strtoll(time, NULL, 10);
    snprintf(read.subject, sizeof read.subject, "%.255s", save != NULL ? save : "");
    status = find_branch(read.branch, sizeof read.branch, error);
    if (status == MB_OK) {
        *commit = read;
        *found = true;
    }
    return status;
}

mb_status mb_git_is_dirty(bool *is_dirty, mb_error *error)
{
    static const char *const words[] = {"status", "--porcelain", "--untracked-files=no", NULL};
    mb_git_call call = {.words = words};
    mb_git_answer answer;
    mb_status status = mb_git_run(&call, &answer, error);
    if (status == MB_OK)
        *is_dirty = answer.exit_code == 0 && answer.text[0] != '\0';
    return status;
}

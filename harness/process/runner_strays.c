/* Processes that a worker left behind, or that were ours before: whose they are, and what becomes of them. */
#include "process/children.h"
#include "process/runner_parts.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const mb_slot *find_slot(mb_runner *runner, const char *mark)
{
    for (size_t i = 0; i < runner->job_count; i++)
        if (runner->slots[i].state != MB_SLOT_FREE && memcmp(runner->slots[i].mark, mark, MB_MARK_DIGITS) == 0)
            return &runner->slots[i];
    return NULL;
}

/* Told by its group, while it is still in it: of what has ended as well. */
static mb_slot *find_group(mb_runner *runner, pid_t pid)
{
    pid_t group = getpgid(pid);
    for (size_t i = 0; i < runner->job_count; i++)
        if (runner->slots[i].state != MB_SLOT_FREE && runner->slots[i].pid == group)
            return &runner->slots[i];
    return NULL;
}

/* Whose it is: told by its group, else by its mark. A process that is just ending shows no mark. */
static const mb_slot *find_owner(mb_runner *runner, pid_t pid, bool *is_marked)
{
    const mb_slot *of_group = find_group(runner, pid);
    *is_marked = false;
    if (of_group != NULL)
        return of_group;
    char mark[MB_MARK_DIGITS + 1];
    *is_marked = mb_children_mark(pid, mark);
    return *is_marked ? find_slot(runner, mark) : NULL;
}

static bool is_known(const mb_runner *runner, pid_t pid)
{
    for (size_t i = 0; i < runner->job_count; i++)
        if (runner->slots[i].state == MB_SLOT_RUNNING && runner->slots[i].pid == pid)
            return true;
    for (size_t i = 0; i < runner->foreign_count; i++)
        if (runner->foreign[i] == pid)
            return true;
    return pid == runner->guard.pid;
}

bool mb_runner_handle_strays(mb_runner *runner, mb_slot *slot)
{
    pid_t pids[MB_CHILDREN_MAX];
    size_t count = mb_children_list(pids, MB_CHILDREN_MAX);
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        siginfo_t info;
        if (is_known(runner, pids[i]))
            continue;
        mb_slot *of_group = find_group(runner, pids[i]);
        if (mb_children_reap(P_PID, (id_t)pids[i], &info)) {
            if (of_group != NULL && of_group->state == MB_SLOT_ENDING) /* its group has been killed already */
                mb_slot_note_child(of_group, &info);
            continue;
        }
        if (slot == NULL)
            continue;
        bool is_marked;
        const mb_slot *owner = find_owner(runner, pids[i], &is_marked);
        if (owner != NULL && owner != slot)
            continue; /* what a running process has detached may be a helper it still needs */
        if (owner == NULL && !is_marked && runner->active > 1) {
            runner->waits_for_idle = true;
            continue;
        }
        if (slot->kill == MB_KILL_NONE && (owner == slot || runner->job_count == 1 || slot->spec.alone))
            slot->end.left_children = true;
        kill(pids[i], SIGKILL);
        found = true;
    }
    return found;
}

/* What is read of control groups: trees of files as kernels and containers have them. */
#include "readings/cgroup.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 12, PATH_BYTES = 512 };

#define NONE (-1)
#define EVENTS "low 0\nhigh 3\nmax 12\noom 2\noom_kill 1\noom_group_kill 0\n"
#define V1_NONE "9223372036854771712\n"

typedef struct tree {
    const char *what;
    struct {
        const char *path, *text;
    } files[FILES_MAX];
    mb_cgroup wanted;
} tree;

static const tree trees[] = {
    {"version 2, nested, as systemd makes them",
     {{"/proc/self/cgroup", "0::/user.slice/build.scope\n"},
      {"/sys/fs/cgroup/memory.pressure", ""},
      {"/sys/fs/cgroup/user.slice/memory.max", "max\n"},
      {"/sys/fs/cgroup/user.slice/build.scope/memory.current", "104857600\n"},
      {"/sys/fs/cgroup/user.slice/build.scope/memory.peak", "209715200\n"},
      {"/sys/fs/cgroup/user.slice/build.scope/memory.max", "268435456\n"},
      {"/sys/fs/cgroup/user.slice/build.scope/memory.events", EVENTS}},
     {2, "/user.slice/build.scope", 104857600, 209715200, 268435456, 12, 3, 2, 1}},
    {"no limit, and a kernel before memory.peak",
     {{"/proc/self/cgroup", "0::/job\n"},
      {"/sys/fs/cgroup/job/memory.current", "4096\n"},
      {"/sys/fs/cgroup/job/memory.max", "max\n"},
      {"/sys/fs/cgroup/job/memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n"}},
     {2, "/job", 4096, NONE, NONE, 0, 0, 0, 0}},
    {"the limit of a group above is lower",
     {{"/proc/self/cgroup", "0::/a/b\n"},
      {"/sys/fs/cgroup/a/memory.max", "1048576\n"},
      {"/sys/fs/cgroup/a/b/memory.current", "4096\n"},
      {"/sys/fs/cgroup/a/b/memory.max", "2097152\n"}},
     {2, "/a/b", 4096, NONE, 1048576, NONE, NONE, NONE, NONE}},
    {"a container with a namespace: its group is the root",
     {{"/proc/self/cgroup", "0::/\n"},
      {"/sys/fs/cgroup/memory.current", "8192\n"},
      {"/sys/fs/cgroup/memory.peak", "16384\n"},
      {"/sys/fs/cgroup/memory.max", "536870912\n"},
      {"/sys/fs/cgroup/memory.events", EVENTS}},
     {2, "/", 8192, 16384, 536870912, 12, 3, 2, 1}},
    {"a container without one: the name is the host's, its own group is mounted",
     {{"/proc/self/cgroup", "0::/docker/0123abcd\n"},
      {"/sys/fs/cgroup/memory.current", "8192\n"},
      {"/sys/fs/cgroup/memory.max", "536870912\n"}},
     {2, "/docker/0123abcd", 8192, NONE, 536870912, NONE, NONE, NONE, NONE}},
    {"outside of the namespace, with nothing that could be read",
     {{"/proc/self/cgroup", "0::/../other\n"}, {"/sys/fs/other/memory.current", "8192\n"}},
     {0, "/../other", NONE, NONE, NONE, NONE, NONE, NONE, NONE}},
    {"the host's root, which has no memory.current",
     {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/memory.stat", "anon 1\n"}},
     {0, "/", NONE, NONE, NONE, NONE, NONE, NONE, NONE}},
    {"hybrid: memory is in version 1, with others in one line",
     {{"/proc/self/cgroup", "9:cpuset:/\n4:cpu,memory:/job\n1:name=systemd:/s\n0::/unified\n"},
      {"/sys/fs/cgroup/unified/memory.current", "1\n"},
      {"/sys/fs/cgroup/memory/memory.limit_in_bytes", V1_NONE},
      {"/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "8192\n"},
      {"/sys/fs/cgroup/memory/job/memory.max_usage_in_bytes", "12288\n"},
      {"/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "1048576\n"},
      {"/sys/fs/cgroup/memory/job/memory.failcnt", "7\n"},
      {"/sys/fs/cgroup/memory/job/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"}},
     {1, "/job", 8192, 12288, 1048576, 7, NONE, NONE, 2}},
    {"version 1 without a limit, on a kernel that does not count kills",
     {{"/proc/self/cgroup", "4:memory:/\n"},
      {"/sys/fs/cgroup/memory/memory.usage_in_bytes", "8192\n"},
      {"/sys/fs/cgroup/memory/memory.limit_in_bytes", V1_NONE},
      {"/sys/fs/cgroup/memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n"}},
     {1, "/", 8192, NONE, NONE, NONE, NONE, NONE, NONE}},
    {"a controller whose name only begins so",
     {{"/proc/self/cgroup", "4:memory2,xmemory:/job\n"}, {"/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "1\n"}},
     {0, "", NONE, NONE, NONE, NONE, NONE, NONE, NONE}},
    {"nonsense",
     {{"/proc/self/cgroup", "0::/x\nmemory\n:\n\n"},
      {"/sys/fs/cgroup/x/memory.current", "12\n"},
      {"/sys/fs/cgroup/x/memory.peak", "many\n"},
      {"/sys/fs/cgroup/x/memory.max", "\n"},
      {"/sys/fs/cgroup/x/memory.events", "oom_kill\noom_kill x\nmax 99999999999999999999\nhigh 4"}},
     {2, "/x", 12, NONE, NONE, NONE, 4, NONE, NONE}},
    {"no cgroups at all", {{"/proc/self/other", ""}}, {0, "", NONE, NONE, NONE, NONE, NONE, NONE, NONE}},
};

static void put_file(const char *root, const char *path, const char *text)
{
    char whole[PATH_BYTES];
    snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *slash = strchr(whole + strlen(root) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(whole, 0700);
        *slash = '/';
    }
    FILE *file = fopen(whole, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    fclose(file);
}

static void make_root(char root[PATH_BYTES])
{
    snprintf(root, PATH_BYTES, "/tmp/membench-cgroup-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(root));
}

static void remove_root(const char *root)
{
    char command[PATH_BYTES + 16];
    snprintf(command, sizeof command, "rm -r %s", root);
    CU_ASSERT_EQUAL(system(command), 0);
}

static void test_trees(void)
{
    for (size_t i = 0; i < sizeof trees / sizeof trees[0]; i++) {
        char root[PATH_BYTES];
        mb_cgroup found;
        const mb_cgroup *wanted = &trees[i].wanted;
        make_root(root);
        for (size_t f = 0; f < FILES_MAX && trees[i].files[f].path != NULL; f++)
            put_file(root, trees[i].files[f].path, trees[i].files[f].text);
        mb_cgroup_read(root, &found);
        bool is_same = found.version == wanted->version && strcmp(found.group, wanted->group) == 0 &&
                       found.current_bytes == wanted->current_bytes && found.peak_bytes == wanted->peak_bytes &&
                       found.limit_bytes == wanted->limit_bytes && found.limit_count == wanted->limit_count &&
                       found.high_count == wanted->high_count && found.oom_count == wanted->oom_count &&
                       found.oom_kill_count == wanted->oom_kill_count;
        int kills_fd = mb_cgroup_open_kills(root, &found);
        is_same = is_same && mb_cgroup_read_kills(kills_fd) == wanted->oom_kill_count;
        if (kills_fd >= 0)
            close(kills_fd);
        if (!is_same)
            printf("[%s] ", trees[i].what);
        CU_ASSERT_TRUE(is_same);
        remove_root(root);
    }
}

static void test_what_was_killed(void)
{
    char text[MB_CGROUP_TEXT_BYTES];
    mb_cgroup after = {.version = 2, .group = "/job", .limit_bytes = 536870912, .oom_kill_count = 3};
    CU_ASSERT_STRING_EQUAL(mb_cgroup_say_killed(3, &after, text), "");
    after.oom_kill_count = 4;
    CU_ASSERT_STRING_EQUAL(mb_cgroup_say_killed(3, &after, text),
                           "out of memory: the cgroup /job may take 512 MiB (memory.max)");
    after.version = 1;
    CU_ASSERT_STRING_EQUAL(mb_cgroup_say_killed(3, &after, text),
                           "out of memory: the cgroup /job may take 512 MiB (memory.limit_in_bytes)");
    after.limit_bytes = -1; /* the machine had no more */
    CU_ASSERT_STRING_EQUAL(mb_cgroup_say_killed(3, &after, text),
                           "out of memory: the system killed in the cgroup /job, which has no limit");
    CU_ASSERT_STRING_EQUAL(mb_cgroup_say_killed(-1, &after, text), "");
}

/* The file that was opened once says what is in it now. */
static void test_kills_later(void)
{
    static const char file[] = "/sys/fs/cgroup/job/memory.events";
    char root[PATH_BYTES];
    make_root(root);
    put_file(root, file, "oom 0\noom_kill 1\n");
    put_file(root, "/sys/fs/cgroup/job/memory.current", "1\n");
    int kills_fd = mb_cgroup_open_kills(root, &(mb_cgroup){.version = 2, .group = "/job"});
    CU_ASSERT_EQUAL(mb_cgroup_read_kills(kills_fd), 1);
    put_file(root, file, "oom 1\noom_kill 12\n");
    CU_ASSERT_EQUAL(mb_cgroup_read_kills(kills_fd), 12);
    put_file(root, file, "");
    CU_ASSERT_EQUAL(mb_cgroup_read_kills(kills_fd), -1);
    close(kills_fd);
    remove_root(root);
}

MB_SUITE(cgroup, {"trees of files", test_trees}, {"what was killed", test_what_was_killed},
         {"kills counted later", test_kills_later});

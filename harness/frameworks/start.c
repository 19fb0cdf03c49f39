/* Before main: the C library's start of a program is ours, and gives it a main of ours. */
#include "frameworks/frameworks.h"
#include "heap/hook_environment.h"

#include <dlfcn.h>
#include <limits.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

typedef int main_function(int, char **, char **);
typedef int start_function(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);

extern char **environ;

static main_function *foreign_main;
static jmp_buf before_main;
static pid_t running_thread; /* that is in main; 0: none */
static int exit_code;

int mb_foreign_main(const mb_arguments *arguments)
{
    running_thread = gettid();
    if (setjmp(before_main) == 0)
        exit_code = foreign_main(arguments->count, (char **)(uintptr_t)arguments->words, environ);
    running_thread = 0;
    return exit_code;
}

static union { /* POSIX lets dlsym's object pointer be a function; ISO C has no cast for it */
    void *object;
    void (*leave)(int) __attribute__((noreturn));
} next_exit;

/* Main may end the process instead of returning: no destructor of a frame would run then either. From another thread it
 * is the end of the process. */
EXPORTED _Noreturn void mb_foreign_exit(int code) __asm__("exit");
void mb_foreign_exit(int code)
{
    if (running_thread == gettid()) {
        exit_code = code;
        longjmp(before_main, 1);
    }
    if (next_exit.object == NULL)
        next_exit.object = dlsym(RTLD_NEXT, "exit");
    next_exit.leave(code);
}

/* What the program starts is not to be measured, and not to be started like this. */
static void hide(void)
{
    char *preload = getenv("LD_PRELOAD");
    Dl_info self;
    if (preload != NULL && dladdr((void *)(uintptr_t)&hide, &self) != 0)
        mb_heap_preload_remove(preload, self.dli_fname);
    unsetenv("MEMBENCH_FRAMEWORK");
}

static int main_instead(int argc, char **argv, char **variables)
{
    const char *framework = getenv("MEMBENCH_FRAMEWORK");
    (void)argc;
    (void)variables;
    hide();
    return mb_framework_worker(framework, argv);
}

/* The program meant, and not one that starts it, as scripts of memory tools do. */
static bool is_meant(void)
{
    char path[PATH_MAX];
    const char *meant = getenv("MEMBENCH_PROGRAM");
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (meant == NULL || length <= 0 || getenv("MEMBENCH_FRAMEWORK") == NULL || getenv("MEMBENCH_FD") == NULL)
        return false;
    path[length] = '\0';
    return strcmp(path, meant) == 0;
}

EXPORTED int mb_start(main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end) __asm__("__libc_start_main");
int mb_start(main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
             void (*rtld_fini)(void), void *stack_end)
{
    union {
        void *object;
        start_function *start;
    } next = {.object = dlsym(RTLD_NEXT, "__libc_start_main")};
    foreign_main = main;
    return next.start(is_meant() ? main_instead : main, argc, argv, init, fini, rtld_fini, stack_end);
}

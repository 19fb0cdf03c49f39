/* frameworks.h: libmembench_frameworks.so, preloaded into a program of another framework (Google Benchmark, …), so that
 * it answers membench as docs/protocol.md says: its main is what a window measures.
 *
 *     coordinator              MEMBENCH_FRAMEWORK=google_benchmark       process/framework.h knows it from the file
 *     start.c                  comes before main; calls it, and comes back when it calls exit
 *     foreign.c                list: runs main with the framework's own option, and tells its lines as cases
 *                              sample: runs main for one case, once, or several times for what an iteration costs
 *     google_benchmark.c, googletest.c, catch2.c    which arguments, and what was printed
 *     iterations.c             tells Google Benchmark 1.7 how often to iterate
 *
 * Everything here is in the measured process: libc only, storage is static or mapped before the window. */
#ifndef MEMBENCH_FRAMEWORKS_FRAMEWORKS_H
#define MEMBENCH_FRAMEWORKS_FRAMEWORKS_H

#include "worker/worker_parts.h"

#include <stddef.h>

enum { MB_RUNS_MAX = 3, MB_FRAMEWORK_REPETITIONS_MAX = 64, MB_FRAMEWORK_WORDS_MAX = 64 };

/* argv of main, in storage of its own. */
typedef struct mb_arguments {
    char *words[MB_FRAMEWORK_WORDS_MAX];
    int count;
    char text[32768];
    size_t used;
} mb_arguments;

/* One more argument. */
void mb_arguments_add(mb_arguments *arguments, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What one run of main has told about the case. */
typedef struct mb_told {
    int exit_code; /* of main; set before it is read */
    bool is_skipped;
    char message[MB_MESSAGE_BYTES_MAX]; /* why it was skipped, or failed; "" */
    bool is_message_next;               /* the line that is read next says so */
    uint64_t iteration_count;           /* of all repetitions and threads, or tests that ran; 0: none, or not told */
    double real_ns[MB_FRAMEWORK_REPETITIONS_MAX], cpu_ns[MB_FRAMEWORK_REPETITIONS_MAX];
    size_t repetition_count;
    struct {
        char name[MB_NAME_BYTES_MAX];
        int64_t value;
    } counts[MB_COUNTS_MAX];
    size_t count_count;
} mb_told;

typedef struct mb_framework {
    const char *name; /* as in MEMBENCH_FRAMEWORK */
    int run_count;    /* runs of main in a heap sample. 3: with 1, 2 and 3 times as many iterations, 2: without a test,
                         then with it */
    bool has_times;
    bool writes_file;    /* to mb_output_path; else what is to be read goes to standard output */
    const char *refusal; /* what a main that ignores a wrong argument prints to standard error all the same; or NULL */
    /* Arguments that make main list its cases; try is 0, then 1 …; false: there is no such try. */
    bool (*list_arguments)(mb_arguments *arguments, int attempt);
    /* After an attempt whose main ended with 0: the name that samples get as MEMBENCH_FRAMEWORK. NULL: it cannot be
     * measured, for the reason in *why_not. Without this function it is the framework's own. */
    const char *(*settle)(int attempt, const char **why_not);
    /* Tells the cases that main has listed. False: for the reason in message. */
    bool (*list)(const char *printed, char message[MB_MESSAGE_BYTES_MAX]);
    /* Arguments that make main run one case; run is 1, 2, 3 …, 0 in the time pass. */
    void (*sample_arguments)(mb_arguments *arguments, const char *id, int run);
    void (*read)(const char *printed, mb_told *told);
} mb_framework;

extern const mb_framework mb_framework_google_benchmark, mb_framework_google_benchmark_1_7, mb_framework_googletest,
    mb_framework_catch2;

/* start.c. Calls the program's own main; returns what it returns, or the code it calls exit with. */
int mb_foreign_main(const mb_arguments *arguments);

/* foreign.c. What takes the place of main; argv, the program's own arguments, come before the framework's. Returns the
 * exit code. */
int mb_framework_worker(const char *framework_name, char **argv);

/* output.c. A file in memory for what main writes: by its path, or to standard output, which leads there from take on.
 * open returns false when the system has no memory; clear makes it empty; read maps all of it, ended by a zero. */
bool mb_output_open(void);
const char *mb_output_path(void);
bool mb_output_take_standard(void);
void mb_output_clear(void);
const char *mb_output_read(void);
/* The same for standard error, of one process: show passes on the beginning of it, and says whether that has the text.
 */
bool mb_errors_open(void);
bool mb_errors_take(void);
bool mb_errors_show(const char *text);

/* text.c. Calls take for each line of the text, without its end, in a buffer that may be written to. */
void mb_lines_walk(const char *text, void (*take)(char *line, void *context), void *context);
/* The trailing parts of an id that are numbers ("BM_X/8/size:64") are its parameters; tells the case. */
void mb_framework_tell_case(const char *id);
/* A test, of that group. */
void mb_framework_tell_test(const char *id, const char *group);
/* As long as that name, so that what it is copied to is alike, and of no test. */
const char *mb_framework_no_name(const char *id, char name[MB_ID_BYTES_MAX]);
/* Why a name cannot be an id, into message; or false. */
bool mb_framework_refuses(const char *name, char message[MB_MESSAGE_BYTES_MAX]);

/* iterations.c. Whether benchmarks have been registered where we could see it; has each run so often from here on. */
bool mb_iterations_can_be_set(void);
void mb_iterations_set(uint64_t iteration_count);

#endif

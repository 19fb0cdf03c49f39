/* worker_parts.h: the inside of libmembench: one worker's run of one case. Not installed.
 *
 *     worker_main.c    worker or hand-over to the coordinator
 *     definition.c     one case as the author wrote it: read whole, and checked
 *     cases.c          the table of cases: ids, lookup, the answer to "list"
 *     author.c         what the author's functions ask and say: parameters, state, outcome
 *     worker.c         setup, windows, warm-up, teardown
 *     window.c         the readings at B, E1, E2 and T
 *     window_values.c  what each metric is, from these
 *     window_notes.c   what the author notes between them, from any thread:
 *     window_marks.c   marks and counts, where the program has any
 *     window_regions.c what of ranges of addresses is resident, where the program asks
 *     populate.c       file pages brought in beforehand, where addresses are randomised
 *     time_pass.c      the time pass
 *     soak_pass.c      the case called all the time, as the coordinator says on standard input
 *     event_writer.c   NDJSON lines
 */
#ifndef MEMBENCH_WORKER_WORKER_PARTS_H
#define MEMBENCH_WORKER_WORKER_PARTS_H

#include "heap/heap_hook.h"
#include "model/metric.h"
#include "worker/protocol.h"

#include <membench/membench.h>

#include <stdbool.h>

enum { MB_MESSAGE_BYTES_MAX = 400 };

struct mb_bench {
    mb_case definition;                /* whole, however short the one is that was given */
    const mb_case *given;              /* to mb_main */
    uint64_t values[MB_PARAMS_MAX];    /* of the definition's parameters, in their order */
    const char *labels[MB_PARAMS_MAX]; /* of these values; NULL: none */
    size_t param_count;
    void *state;
    mb_pass pass;
    int warmup_count; /* between the windows; -1: no steady window */
    uint64_t operation_count;
    bool out_of_memory;
    bool is_soak; /* called until told to stop; its pass is that of the time, so that marks do nothing */
    char message[MB_MESSAGE_BYTES_MAX];
};

/* definition.c. Copies the case to *whole, members that it does not have as zeros, and checks it. False: it cannot be
 * used; the reason is in text, and names the case, or its entry in the table, counted from 1. */
bool mb_definition_read(const mb_case *given, size_t entry, mb_case *whole, char text[MB_MESSAGE_BYTES_MAX]);
size_t mb_definition_param_count(const mb_case *definition);
/* Combinations of parameter values, and the values and labels of one of them, 0 … count - 1. */
size_t mb_definition_combination_count(const mb_case *definition);
void mb_definition_combination(const mb_case *definition, size_t index, uint64_t values[MB_PARAMS_MAX],
                               const char *labels[MB_PARAMS_MAX]);

/* cases.c. A visit sees each case with its values set and its id, and the length of the whole id, which may exceed the
 * room there is; returning false ends the walk. The table has passed mb_cases_check. */
typedef bool mb_case_visit(mb_bench *b, const char *id, size_t id_length, void *context);
void mb_cases_walk(const mb_case *const *cases, size_t case_count, mb_case_visit *visit, void *context);
/* Why the table cannot be used, or NULL. Static storage. */
const char *mb_cases_check(const mb_case *const *cases, size_t case_count);
/* Fills *b with the case of that id; false when there is none. */
bool mb_cases_find(const mb_case *const *cases, size_t case_count, const char *id, mb_bench *b);
void mb_cases_list(const mb_case *const *cases, size_t case_count);

/* worker.c. Runs the case that the environment names, in the pass it names; returns the exit code. */
int mb_worker_run(const mb_case *const *cases, size_t case_count);
/* Its parts, for a worker without a table of cases (frameworks/): begin finds the descriptor; hello and done are
 * events, finish is the done of an outcome, both return the exit code. */
void mb_worker_begin(void);
void mb_worker_hello(const char *framework_or_null);
int mb_worker_done(const char *outcome, const char *message, uint64_t operation_count);
int mb_worker_finish(const mb_bench *b, mb_status status);
bool mb_worker_find_pass(mb_pass *pass); /* MEMBENCH_PASS; false when it names none */
/* Calls measure; where other conditions are asked for (MEMBENCH_MOVE), with blocks and frames elsewhere, within a page
 * too: randomized addresses move whole pages. */
mb_status mb_worker_measure_moved(mb_bench *b, mb_status (*measure)(mb_bench *b));
/* The author's setup and teardown; where the case wants them at each call (mb_worker_each_run) the state is zeroed
 * before. Teardown is called after a failed setup too. */
bool mb_worker_each_run(const mb_bench *b);
mb_status mb_worker_set_up(mb_bench *b);
void mb_worker_tear_down(mb_bench *b);
/* run and release outside of the windows, with setup and teardown around them where the case wants that. */
mb_status mb_worker_call(mb_bench *b);

/* window.c. prepare opens and warms all readers before setup; measure runs one whole window, B to T, sends what it
 * read and returns the status of `run`. */
void mb_window_prepare(mb_bench *b);
mb_status mb_window_measure(mb_bench *b, mb_window window);
/* Whether a page that this process touches reads as one page. The coordinator calibrates once a session, and each
 * program answers this once, with its list. */
bool mb_window_reads_one_page(void);
void mb_window_trim(void); /* asks the allocator to give back, as at T */
/* The heap hook, if it answers and sees this program's own malloc; else NULL. */
const mb_heap_hook *mb_window_find_hook(void);

/* window_notes.c. What the author's threads note while a window is open. They take turns, and a reading of the window's
 * own takes its turn with them: between lock and unlock nobody else reads. */
struct mb_reader;
struct mb_memory_reading;
void mb_notes_prepare(mb_pass pass, struct mb_reader *reader, const mb_heap_hook *heap_or_null); /* once it is open */
void mb_notes_open(void);                                                                        /* now they count */
void mb_notes_close(void); /* from here on they do nothing; what is under way is waited for */
void mb_notes_lock(void);
void mb_notes_unlock(void);
/* Of a note: takes the lock where a window is open, else false; copies a name, cut where it is too long. */
bool mb_notes_begin(void);
void mb_notes_name(char name[MB_NAME_BYTES_MAX], const char *text);
void mb_notes_send_count(const char *name, int64_t value);
/* The events of a closed window. A mark's figures are sent as differences to what was read at B. */
void mb_notes_send(const mb_bench *b, const struct mb_memory_reading *memory_at_b, int64_t heap_live_bytes_at_b);

/* One kind of notes, each in an object of its own: a static library's object comes with a call, and the library itself
 * refers to it by a weak name, so that a program without such calls has neither its pages nor its files. prepare
 * touches all that is written to later; send returns how many there was no room for. */
typedef struct mb_note_kind {
    void (*prepare)(mb_pass pass, struct mb_reader *reader, const mb_heap_hook *heap_or_null);
    void (*open)(void);
    size_t (*send)(const mb_bench *b, const struct mb_memory_reading *memory_at_b, int64_t heap_live_bytes_at_b);
} mb_note_kind;

/* window_marks.c and window_regions.c. */
extern const mb_note_kind mb_marks __attribute__((weak)), mb_regions __attribute__((weak));
int64_t mb_marks_highest_rss_bytes(void) __attribute__((weak)); /* of this window's; 0: none */

/* populate.c. Maps all file pages of the program and its libraries, so that fewer of them appear inside a window. Where
 * addresses are randomised, which ones fault-around brings in differs from run to run. with_data: those of segments
 * that are written to as well. */
void mb_populate_files(bool with_data);
/* Brings in all pages of storage that is about to be written to, at once: a page at a time costs more. */
void mb_populate_storage(void *storage, size_t byte_count);

/* libraries.c. A digest of the build ids of the program and of all libraries that are loaded now; false where one of
 * them has none. */
enum { MB_LIBRARIES_TEXT_BYTES = 17 };
bool mb_libraries_describe(char text[MB_LIBRARIES_TEXT_BYTES]);

/* time.c */
mb_status mb_time_measure(mb_bench *b);

/* soak.c. Runs until told to stop; operation_count of *b is then that of all calls. */
mb_status mb_soak_run(mb_bench *b);

/* event.c. One event is begun, gets its members and is sent as one line with one write. The buffer is static: nothing
 * is allocated. A line that does not fit is a bug. */
void mb_event_init(int descriptor);
void mb_event_prepare(void); /* touches the storage that the lines of a window need */
void mb_event_check(void);   /* ends the process, with an exit code of its own, when a case has closed the descriptor */
_Noreturn void mb_event_leave_closed(void); /* the same, of another that it is measured with */
void mb_event_begin(const char *name);
void mb_event_string(const char *key, const char *value); /* left out when value is NULL */
void mb_event_integer(const char *key, int64_t value);
void mb_event_unsigned(const char *key, uint64_t value);
void mb_event_real(const char *key, double value);
void mb_event_open(const char *key_or_null, char bracket); /* '{' or '[' */
void mb_event_close(char bracket);                         /* '}' or ']' */
void mb_event_send(void);
void mb_event_hold(void);      /* the line goes out with the next one or the next sign, which is sure to come */
void mb_event_flush(void);     /* what was held goes out now: before a fork, or both would send it */
void mb_event_sign(char sign); /* one byte at once: a sign of life */

/* The environment's value for name as an integer, or fallback when it is not set. */
int64_t mb_environment_integer(const char *name, int64_t fallback);

#endif

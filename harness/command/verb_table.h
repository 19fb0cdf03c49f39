/* verb_table.h: the verbs there are, the default first; the order is that of help. A new one is a file that defines
 * mb_verb_NAME, and a line here: masks of options, help, manual pages, completions and docs/commands.md follow. */
#ifndef MEMBENCH_COMMAND_VERB_TABLE_H
#define MEMBENCH_COMMAND_VERB_TABLE_H

/* clang-format off */
#define MB_VERBS(VERB) \
    VERB(run, RUN) \
    VERB(compare, COMPARE) \
    VERB(merge, MERGE) \
    VERB(ab, AB) \
    VERB(baseline, BASELINE) \
    VERB(init, INIT) \
    VERB(doctor, DOCTOR) \
    VERB(report, REPORT) \
    VERB(explain, EXPLAIN) \
    VERB(where, WHERE) \
    VERB(diagnose, DIAGNOSE) \
    VERB(exec, EXEC) \
    VERB(wasm, WASM) \
    VERB(estimate, ESTIMATE) \
    VERB(soak, SOAK) \
    VERB(watch, WATCH) \
    VERB(history, HISTORY) \
    VERB(bisect, BISECT) \
    VERB(manual, MANUAL) \
    VERB(completion, COMPLETION)
/* clang-format on */

#define MB_VERB_BIT(name, NAME) MB_VERB_BIT_##NAME,
enum mb_verb_bit { MB_VERBS(MB_VERB_BIT) MB_VERB_COUNT };
#undef MB_VERB_BIT

/* One bit for each verb: an option names all those that take it. */
#define MB_VERB_MASK(name, NAME) MB_VERB_##NAME = 1u << MB_VERB_BIT_##NAME,
typedef enum mb_verb_mask { MB_VERBS(MB_VERB_MASK) MB_VERB_NONE = 0 } mb_verb_mask;
#undef MB_VERB_MASK

#endif

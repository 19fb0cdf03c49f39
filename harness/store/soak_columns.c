#include "store/soak_columns.h"

#include <ctype.h>
#include <string.h>

enum { NAME_BYTES_MAX = 48 };

typedef struct known {
    const char *name;
    int holds;
} known;

static const known names[] = {
    {"time", MB_SOAK_COLUMN_TIME},
    {"t", MB_SOAK_COLUMN_TIME},
    {"seconds", MB_SOAK_COLUMN_TIME},
    {"elapsed", MB_SOAK_COLUMN_TIME},
    {"epoch", MB_SOAK_COLUMN_TIME},
    {"timestamp", MB_SOAK_COLUMN_TIME},
    {"rss", MB_SOAK_RSS_BYTES},
    {"real", MB_SOAK_RSS_BYTES},
    {"resident", MB_SOAK_RSS_BYTES},
    {"bytes", MB_SOAK_RSS_BYTES},
    {"size", MB_SOAK_RSS_BYTES},
    {"mem", MB_SOAK_RSS_BYTES},
    {"memory", MB_SOAK_RSS_BYTES},
    {"anon", MB_SOAK_ANON_BYTES},
    {"rsz", MB_SOAK_RSS_BYTES},
    {"vmrss", MB_SOAK_RSS_BYTES},
    {"memusage", MB_SOAK_RSS_BYTES},
    {"mem_usage", MB_SOAK_RSS_BYTES},
    {"memory_usage", MB_SOAK_RSS_BYTES},
    {"mem_usage_limit", MB_SOAK_RSS_BYTES},
    {"date", MB_SOAK_COLUMN_TIME},
    {"datetime", MB_SOAK_COLUMN_TIME},
    {"ts", MB_SOAK_COLUMN_TIME},
    {"heap", MB_SOAK_HEAP_LIVE_BYTES},
    {"heap_live", MB_SOAK_HEAP_LIVE_BYTES},
    {"swap", MB_SOAK_SWAP_BYTES},
    {"vmswap", MB_SOAK_SWAP_BYTES},
    {"pid", MB_SOAK_PROCESS_ID},
};

typedef struct unit {
    const char *name;
    double factor;
    bool is_time;
} unit;

static const unit units[] = {
    {"seconds", 1, true},       {"sec", 1, true},       {"s", 1, true},          {"ms", 1e-3, true},
    {"us", 1e-6, true},         {"bytes", 1, false},    {"b", 1, false},         {"kb", 1024, false},
    {"kib", 1024, false},       {"mb", 1048576, false}, {"mib", 1048576, false}, {"gb", 1073741824, false},
    {"gib", 1073741824, false},
};

/* In small letters, "(", ")" and blanks as one "_": "Real (MB)" is "real_mb". */
static void simplify(const char *name, size_t length, char simple[NAME_BYTES_MAX])
{
    size_t used = 0;
    for (size_t i = 0; i < length && used + 1 < NAME_BYTES_MAX; i++) {
        bool is_letter = isalnum((unsigned char)name[i]) != 0;
        if (is_letter)
            simple[used++] = (char)tolower((unsigned char)name[i]);
        else if (used > 0 && simple[used - 1] != '_')
            simple[used++] = '_';
    }
    while (used > 0 && simple[used - 1] == '_')
        used--;
    simple[used] = '\0';
}

static bool is_exactly(const char *name, size_t length, const char *wanted)
{
    return strlen(wanted) == length && memcmp(name, wanted, length) == 0;
}

static int find_name(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (is_exactly(name, length, names[i].name))
            return names[i].holds;
    return MB_SOAK_COLUMN_NOTHING;
}

bool mb_soak_unit_find(const char *name, size_t length, bool is_time, double *factor)
{
    char simple[NAME_BYTES_MAX];
    simplify(name, length, simple);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (units[i].is_time == is_time && strcmp(units[i].name, simple) == 0) {
            *factor = units[i].factor;
            return true;
        }
    return false;
}

bool mb_soak_said_parse(const char *text, mb_soak_said *said)
{
    mb_soak_said parsed = {0};
    for (int i = 0; i < 2; i++) {
        size_t length = strcspn(text, ","), name = strcspn(text, ",:");
        parsed.columns[i].name = text;
        parsed.columns[i].length = name;
        if (name == 0 || (text[length] == ',') != (i == 0) ||
            (name < length &&
             !mb_soak_unit_find(text + name + 1, length - name - 1, i == 0, &parsed.columns[i].factor)))
            return false;
        text += length + (i == 0);
    }
    *said = parsed;
    return true;
}

mb_soak_column mb_soak_column_find(const char *name, size_t length)
{
    char simple[NAME_BYTES_MAX];
    if (is_exactly(name, length, "phase"))
        return (mb_soak_column){MB_SOAK_COLUMN_PHASE, 1};
    if (is_exactly(name, length, "kind"))
        return (mb_soak_column){MB_SOAK_COLUMN_KIND, 1};
    if (is_exactly(name, length, "RSS"))
        return (mb_soak_column){MB_SOAK_RSS_BYTES, 1024};
    for (int f = 0; f < MB_SOAK_FIELD_COUNT; f++)
        if (is_exactly(name, length, mb_soak_field_name((mb_soak_field)f)))
            return (mb_soak_column){f, 1};
    if (memchr(name, '%', length) != NULL) /* a share: %MEM, CPU (%) */
        return (mb_soak_column){MB_SOAK_COLUMN_NOTHING, 1};
    simplify(name, length, simple);
    int holds = find_name(simple, strlen(simple));
    bool is_said = holds == MB_SOAK_COLUMN_TIME || holds == MB_SOAK_PROCESS_ID || strcmp(simple, "bytes") == 0 ||
                   is_exactly(name, length, "size"); /* ps's SIZE is KiB */
    if (holds != MB_SOAK_COLUMN_NOTHING)
        return (mb_soak_column){holds, is_said ? 1 : 0};
    char *ending = strrchr(simple, '_');
    if (ending == NULL)
        return (mb_soak_column){MB_SOAK_COLUMN_NOTHING, 1};
    double factor;
    holds = find_name(simple, (size_t)(ending - simple));
    if (holds != MB_SOAK_COLUMN_NOTHING &&
        mb_soak_unit_find(ending + 1, strlen(ending + 1), holds == MB_SOAK_COLUMN_TIME, &factor))
        return (mb_soak_column){holds, factor};
    return (mb_soak_column){MB_SOAK_COLUMN_NOTHING, 1};
}

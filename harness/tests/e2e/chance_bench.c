/* Cases whose memory depends on random bytes: drawn in every way that a program may draw them in, and by libraries that
 * salt their hash tables. */
#include <membench/membench.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#ifdef HAVE_EXPAT
#include <expat.h>
#define SALTED_EXPAT , &case_salt_expat
#else
#define SALTED_EXPAT
#endif
#ifdef HAVE_JANSSON
#include <jansson.h>
#define SALTED_JANSSON , &case_salt_jansson
#else
#define SALTED_JANSSON
#endif
#ifdef HAVE_JSONC
#include <json-c/json.h>
#define SALTED_JSON_C , &case_salt_json_c
#else
#define SALTED_JSON_C
#endif

enum { NAME_BYTES = 32 };

unsigned random_device_word(void); /* chance_device.cc */

/* Memory by which to tell what was drawn: 64 to 1087 pages. */
static mb_status hold(mb_bench *b, unsigned word)
{
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE), size = (64 + word % 1024) * page_bytes;
    char **held = mb_state(b);
    *held = malloc(size);
    memset(*held, 1, size);
    return MB_OK;
}

static void let_go(mb_bench *b)
{
    char **held = mb_state(b);
    free(*held);
    *held = NULL;
}

static mb_status draw_getrandom(mb_bench *b)
{
    unsigned word = 0;
    if (getrandom(&word, sizeof word, 0) != sizeof word)
        return mb_fail(b, "getrandom");
    return hold(b, word);
}

static mb_status draw_getentropy(mb_bench *b)
{
    unsigned words[100] = {0};
    if (getentropy(words, sizeof words[0]) != 0 || getentropy(words, sizeof words) != -1) /* 256 bytes at most */
        return mb_fail(b, "getentropy");
    return hold(b, words[0]);
}

static mb_status draw_arc4random(mb_bench *b)
{
    unsigned word = 0;
    arc4random_buf(&word, sizeof word);
    return hold(b, word ^ arc4random() ^ arc4random_uniform(1024));
}

static mb_status draw_open(mb_bench *b)
{
    unsigned word[2] = {0, 0};
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    bool is_read = read(fd, word, sizeof word[0]) == sizeof word[0];
    close(fd);
    fd = openat(AT_FDCWD, "/dev/random", O_RDONLY);
    is_read = is_read && read(fd, word + 1, sizeof word[1]) == sizeof word[1];
    close(fd);
    if (!is_read || word[0] == word[1])
        return mb_fail(b, "/dev/urandom");
    return hold(b, word[0] ^ word[1]);
}

static mb_status draw_fopen(mb_bench *b)
{
    unsigned word = 0;
    FILE *file = fopen("/dev/urandom", "rb");
    if (file == NULL || fread(&word, sizeof word, 1, file) != 1)
        return mb_fail(b, "/dev/urandom");
    fclose(file);
    return hold(b, word);
}

static mb_status draw_random_device(mb_bench *b) { return hold(b, random_device_word()); }

/* Not chance: a file of the program's own is opened as ever. */
static mb_status draw_nothing(mb_bench *b)
{
    char path[4096], line[NAME_BYTES] = "";
    snprintf(path, sizeof path, "%s/own.txt", getenv("TMPDIR"));
    FILE *file = fopen(path, "wx"); /* nobody has made it before */
    if (file == NULL || fputs("own", file) < 0 || fclose(file) != 0)
        return mb_fail(b, "cannot write %s", path);
    int fd = open(path, O_RDONLY);
    if (read(fd, line, sizeof line) != 3 || close(fd) != 0 || strcmp(line, "own") != 0)
        return mb_fail(b, "cannot read %s", path);
    return remove(path) == 0 && open("/nowhere", O_RDONLY) < 0 ? hold(b, 0) : mb_fail(b, "files");
}

/* Leaves a file of that name behind, which the next process must not find. */
static mb_status leave_file(mb_bench *b)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/left", getenv("TMPDIR"));
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND, 0600);
    off_t size = lseek(fd, 0, SEEK_END);
    if (fd < 0 || size > 3 || write(fd, "x", 1) != 1 || close(fd) != 0) /* 4 calls in one process */
        return mb_fail(b, "%s has %ld bytes", path, (long)size);
    return MB_OK;
}

#define SALTS(function, end, type)                                                                                     \
    static const mb_case case_##function = {MB_CASE_INIT, .group = #function, .state_bytes = sizeof(type),             \
                                            .run = function, .release = end}
#define DRAWS(function) SALTS(function, let_go, char *)
DRAWS(draw_getrandom);
DRAWS(draw_getentropy);
DRAWS(draw_arc4random);
DRAWS(draw_open);
DRAWS(draw_fopen);
DRAWS(draw_random_device);
DRAWS(draw_nothing);
static const mb_case case_leave_file = {MB_CASE_INIT, .group = "leave_file", .run = leave_file};

#ifdef HAVE_EXPAT
/* A thousand names in a table salted by the parser's seed. */
static mb_status salt_expat(mb_bench *b)
{
    static char text[64 * 1024];
    char *end = text + sprintf(text, "<a>");
    for (int i = 0; i < 1000; i++)
        end += sprintf(end, "<n%d x%d='1'/>", i * 7919, i * 104729);
    end += sprintf(end, "</a>");
    XML_Parser *parser = mb_state(b);
    *parser = XML_ParserCreate(NULL);
    return XML_Parse(*parser, text, (int)(end - text), 1) == XML_STATUS_OK ? MB_OK : mb_fail(b, "expat");
}
static void free_expat(mb_bench *b) { XML_ParserFree(*(XML_Parser *)mb_state(b)); }
SALTS(salt_expat, free_expat, XML_Parser);
#endif

#ifdef HAVE_JANSSON
/* Half of the members of an object go again: which blocks are free where depends on the order of its buckets. */
static mb_status salt_jansson(mb_bench *b)
{
    json_t **object = mb_state(b);
    char name[NAME_BYTES];
    *object = json_object();
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "%.*s%d", i % 20, "a long name of it all", i);
        json_object_set_new(*object, name, json_string(name));
    }
    json_t *copy = json_deep_copy(*object);
    json_decref(*object);
    *object = json_deep_copy(copy);
    json_decref(copy);
    return MB_OK;
}
static void free_jansson(mb_bench *b) { json_decref(*(json_t **)mb_state(b)); }
SALTS(salt_jansson, free_jansson, json_t *);
#endif

#ifdef HAVE_JSONC
/* The library says itself what its salt makes of a name. */
static mb_status salt_json_c(mb_bench *b)
{
    struct lh_table *table = lh_kchar_table_new(16, NULL);
    unsigned hash = (unsigned)lh_get_hash(table, "name");
    lh_table_free(table);
    return hold(b, hash);
}
SALTS(salt_json_c, let_go, char *);
#endif

/* clang-format off */
MB_MAIN(&case_draw_getrandom, &case_draw_getentropy, &case_draw_arc4random, &case_draw_open, &case_draw_fopen,
        &case_draw_random_device, &case_draw_nothing, &case_leave_file SALTED_EXPAT SALTED_JANSSON SALTED_JSON_C)
/* clang-format on */

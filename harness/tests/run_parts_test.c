/* Proves the parts of process/ that start nothing: event stream, environment, digest, and what a program file is. */
#include "base/sha256.h"
#include "process/elf.h"
#include "process/environment.h"
#include "process/events.h"
#include "process/same_program.h"
#include "tests/suite.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char seen[256];

static bool see_line(void *context, const char *line, size_t length)
{
    (void)context;
    snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "[%.*s]", (int)length, line);
    return true;
}

static void see_signs(void *context, const char *signs, size_t length)
{
    (void)context;
    snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%.*s", (int)length, signs);
}

static void feed(mb_event_stream *stream, const char *bytes, size_t length)
{
    const mb_process_spec spec = {.on_line = see_line, .on_signs = see_signs};
    size_t space_bytes;
    char *space = mb_event_stream_space(stream, &space_bytes);
    CU_ASSERT_TRUE_FATAL(length <= space_bytes);
    memcpy(space, bytes, length);
    mb_event_stream_take(stream, length, &spec);
}

/* Wherever the kernel cuts the bytes in two or into single ones, the same lines and signs come out. */
static void test_stream_cuts(void)
{
    static const char text[] = "sr{\"a\":1}\n.x{\"s\":\"sr.x\"}\n{}\ntwd{half";
    static const char expected[] = "sr[{\"a\":1}].x[{\"s\":\"sr.x\"}][{}]twd";
    mb_event_stream stream;
    CU_ASSERT_TRUE_FATAL(mb_event_stream_init(&stream));
    for (size_t cut = 0; cut < sizeof text; cut++) {
        seen[0] = '\0';
        mb_event_stream_reset(&stream);
        feed(&stream, text, cut);
        feed(&stream, text + cut, sizeof text - 1 - cut);
        CU_ASSERT_STRING_EQUAL(seen, expected);
        CU_ASSERT_STRING_EQUAL(stream.buffer, "{half");
        CU_ASSERT_EQUAL(stream.fill, 5);
        CU_ASSERT_EQUAL(stream.fault, MB_EVENT_FINE);
    }
    seen[0] = '\0';
    mb_event_stream_reset(&stream);
    for (size_t i = 0; i + 1 < sizeof text; i++)
        feed(&stream, text + i, 1);
    CU_ASSERT_STRING_EQUAL(seen, expected);
    CU_ASSERT_EQUAL(stream.total_bytes, sizeof text - 1);
    mb_event_stream_fini(&stream);
}

/* The longest line allowed passes, one byte more does not. */
static void test_stream_longest_line(void)
{
    char *line = malloc(MB_LINE_BYTES_MAX);
    mb_event_stream stream;
    CU_ASSERT_TRUE_FATAL(line != NULL && mb_event_stream_init(&stream));
    memset(line, 'x', MB_LINE_BYTES_MAX);
    line[0] = '{';
    line[MB_LINE_BYTES_MAX - 1] = '\n';
    seen[0] = '\0';
    feed(&stream, line, MB_LINE_BYTES_MAX - 1);
    feed(&stream, "\n", 1);
    CU_ASSERT_EQUAL(stream.fault, MB_EVENT_FINE);
    CU_ASSERT_EQUAL(stream.fill, 0);
    CU_ASSERT_NOT_EQUAL(seen[0], '\0');
    line[MB_LINE_BYTES_MAX - 1] = 'x';
    feed(&stream, line, MB_LINE_BYTES_MAX);
    CU_ASSERT_EQUAL(stream.fault, MB_EVENT_LINE_TOO_LONG);
    mb_event_stream_fini(&stream);
    free(line);
}

static const char *const caller[] = {
    "PATH=/bin", "HOME=/root",   "SECRET=1", "MALLOC_ARENA_MAX=1", "MALLOC=no", "MEMBENCH_CASE=x", "no equals",
    "MY_FLAG=2", "PATH=/second", "XA=3",     "PATHOLOGY=4",        "XB=5",      "LD_PRELOAD=a.so", NULL};

static void test_environment_allows(void)
{
    static const char *const allowed[] = {"MY_FLAG", "X*"};
    mb_environment *environment = mb_environment_new((char *const *)caller, allowed, 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(environment);
    static const struct {
        const char *name, *value;
    } table[] = {{"PATH", "/bin"}, {"HOME", "/root"}, {"MALLOC_ARENA_MAX", "1"}, {"MY_FLAG", "2"},
                 {"XA", "3"},      {"XB", "5"},       {"LD_PRELOAD", "a.so"}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        CU_ASSERT_STRING_EQUAL_FATAL(mb_environment_get(environment, table[i].name), table[i].value);
    static const char *const refused[] = {"SECRET", "MALLOC", "MEMBENCH_CASE", "PATHOLOGY", "no equals", "PAT"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        CU_ASSERT_PTR_NULL(mb_environment_get(environment, refused[i]));
    mb_environment_free(environment);
}

static size_t size_of(char *const *strings, size_t *count)
{
    size_t bytes = 0;
    for (*count = 0; strings[*count] != NULL; ++*count)
        bytes += strlen(strings[*count]) + 1;
    return bytes;
}

/* Path, arguments and environment have one size and one number of strings, whatever is set. */
static void test_environment_size(void)
{
    static char *const two[] = {(char *)MB_WORKER_NAME, (char *)"more", NULL};
    mb_environment *environment = mb_environment_new((char *const *)caller, NULL, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(environment);
    mb_error error = {0};
    char *const *strings = NULL;
    size_t count = 0, first_bytes = 0, first_count = 0;
    char value[1024];
    for (size_t length = 0; length < sizeof value; length += 31) {
        memset(value, 'v', length);
        value[length] = '\0';
        mb_environment_reset(environment);
        CU_ASSERT_EQUAL(mb_environment_set(environment, "MEMBENCH_CASE", value, &error), MB_OK);
        if (length % 2 == 0)
            CU_ASSERT_EQUAL(mb_environment_set(environment, "LD_PRELOAD", value, &error), MB_OK);
        bool more = length % 3 == 0;
        CU_ASSERT_EQUAL(mb_environment_seal(environment, value, more ? two : NULL, &strings, &error), MB_OK);
        size_t bytes = size_of(strings, &count) + length + 1 + sizeof MB_WORKER_NAME + (more ? 5 : 0);
        count += more ? 2 : 1;
        first_bytes = length == 0 ? bytes : first_bytes;
        first_count = length == 0 ? count : first_count;
        CU_ASSERT_EQUAL(bytes, first_bytes);
        CU_ASSERT_EQUAL(count, first_count);
        CU_ASSERT_STRING_EQUAL(mb_environment_get(environment, "LD_PRELOAD"), length % 2 == 0 ? value : "a.so");
    }
    CU_ASSERT_EQUAL(first_bytes, 8 * 1024);
    mb_environment_free(environment);
}

static void test_environment_has_limits(void)
{
    mb_environment *environment = mb_environment_new((char *const *)caller, NULL, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(environment);
    mb_error error = {0};
    char long_text[32 * 1024], name[16];
    memset(long_text, 'v', sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
    CU_ASSERT_EQUAL(mb_environment_set(environment, "A", long_text, &error), MB_FAILED);
    CU_ASSERT_STRING_EQUAL(error.message, "environment of a worker: A does not fit");
    CU_ASSERT_PTR_NULL(mb_environment_get(environment, "A"));
    char *const *strings = NULL;
    CU_ASSERT_EQUAL(mb_environment_seal(environment, long_text, NULL, &strings, &error), MB_FAILED);
    CU_ASSERT_PTR_NULL(strings);
    size_t set = 0;
    for (; set < 1000; set++) {
        snprintf(name, sizeof name, "V%zu", set);
        if (mb_environment_set(environment, name, "", &error) != MB_OK)
            break;
    }
    CU_ASSERT_TRUE(set >= MB_ENVIRONMENT_OWN_COUNT - 1 && set < 1000);
    mb_environment_free(environment);
}

static void test_sha256(void)
{
    static const struct {
        const char *text;
        size_t times;
        const char *digest;
    } table[] = {
        /* FIPS 180-4 examples */
        {"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"aaaaaaaaaa", 100000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        mb_sha256 hash;
        unsigned char digest[32];
        char text[65];
        mb_sha256_init(&hash);
        for (size_t k = 0; k < table[i].times; k++)
            mb_sha256_add(&hash, table[i].text, strlen(table[i].text));
        mb_sha256_end(&hash, digest);
        for (size_t k = 0; k < 32; k++)
            snprintf(text + 2 * k, 3, "%02x", digest[k]);
        CU_ASSERT_STRING_EQUAL(text, table[i].digest);
    }
}

/* A whole little program: header, three segments, a loader's path, a foreign note and the build id. */
struct program {
    Elf64_Ehdr header;
    Elf64_Phdr segments[3];
    char loader[32];
    Elf64_Nhdr other_note;
    char other_name[4], other_content[8];
    Elf64_Nhdr id_note;
    char id_name[4];
    unsigned char id[20];
};

static struct program make_program(const char *loader)
{
    const uint16_t one = 1;
    struct program program = {
        .header = {.e_type = ET_DYN,
                   .e_machine = EM_X86_64,
                   .e_phoff = offsetof(struct program, segments),
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = 3},
        .segments = {{.p_type = PT_LOAD, .p_filesz = sizeof(struct program)},
                     {.p_type = loader != NULL ? PT_INTERP : PT_NULL,
                      .p_offset = offsetof(struct program, loader),
                      .p_filesz = loader != NULL ? strlen(loader) + 1 : 0},
                     {.p_type = PT_NOTE,
                      .p_offset = offsetof(struct program, other_note),
                      .p_filesz = sizeof(struct program) - offsetof(struct program, other_note),
                      .p_align = 4}},
        .other_note = {.n_namesz = 4, .n_descsz = 6, .n_type = 1}, /* padded to 8 */
        .other_name = "GNU",
        .id_note = {.n_namesz = 4, .n_descsz = 20, .n_type = NT_GNU_BUILD_ID},
        .id_name = "GNU",
    };
    memcpy(program.header.e_ident, ELFMAG, SELFMAG);
    program.header.e_ident[EI_CLASS] = ELFCLASS64;
    program.header.e_ident[EI_DATA] = *(const unsigned char *)&one == 1 ? ELFDATA2LSB : ELFDATA2MSB;
    if (loader != NULL)
        snprintf(program.loader, sizeof program.loader, "%s", loader);
    for (size_t i = 0; i < sizeof program.id; i++)
        program.id[i] = (unsigned char)(0x10 + i);
    return program;
}

static mb_program_file inspect(const void *bytes, size_t length)
{
    mb_program_file file = {.kind = MB_PROGRAM_KIND_COUNT};
    mb_error error = {0};
    int fd = memfd_create("program", MFD_CLOEXEC);
    CU_ASSERT_TRUE_FATAL(fd >= 0);
    CU_ASSERT_EQUAL_FATAL(write(fd, bytes, length), (ssize_t)length);
    CU_ASSERT_EQUAL(mb_program_inspect_fd(fd, "program", &file, &error), MB_OK);
    close(fd);
    return file;
}

static const char own_id[] = "101112131415161718191a1b1c1d1e1f20212223";

static void test_program_kinds(void)
{
    static const struct {
        const char *loader;
        mb_program_kind kind;
    } table[] = {{"/lib64/ld-linux-x86-64.so.2", MB_PROGRAM_DYNAMIC_GLIBC},
                 {"/lib/ld-linux-aarch64.so.1", MB_PROGRAM_DYNAMIC_GLIBC},
                 {"/lib64/ld64.so.1", MB_PROGRAM_DYNAMIC_GLIBC},
                 {"/lib/ld-musl-x86_64.so.1", MB_PROGRAM_DYNAMIC_MUSL},
                 {"/system/bin/linker64", MB_PROGRAM_DYNAMIC_OTHER},
                 {NULL, MB_PROGRAM_STATIC}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct program program = make_program(table[i].loader);
        mb_program_file file = inspect(&program, sizeof program);
        CU_ASSERT_EQUAL(file.kind, table[i].kind);
        CU_ASSERT_STRING_EQUAL(file.build_id, own_id);
    }
    static const char script[] = "#!/bin/sh\n";
    mb_program_file file = inspect(script, sizeof script - 1);
    CU_ASSERT_EQUAL(file.kind, MB_PROGRAM_SCRIPT);
    file = inspect("abc", 3);
    CU_ASSERT_EQUAL(file.kind, MB_PROGRAM_OTHER);
    CU_ASSERT_STRING_EQUAL(file.build_id, "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    struct program program = make_program(NULL);
    program.id_note.n_type = 2;
    file = inspect(&program, sizeof program);
    CU_ASSERT_EQUAL(file.kind, MB_PROGRAM_STATIC);
    CU_ASSERT_EQUAL(strncmp(file.build_id, "sha256:", 7), 0);
}

/* Cut anywhere it is not a program any more, and still has an identity. */
static void test_program_cut(void)
{
    struct program program = make_program("/lib64/ld-linux-x86-64.so.2");
    for (size_t length = 0; length < sizeof program; length++) {
        mb_program_file file = inspect(&program, length);
        CU_ASSERT_EQUAL(file.kind, MB_PROGRAM_OTHER);
        CU_ASSERT_EQUAL(strncmp(file.build_id, "sha256:", 7), 0);
    }
}

/* Every byte of the file with extreme values: some kind comes out, and a terminated id; the sanitizers see the rest. */
static void test_program_hostile(void)
{
    static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    const struct program whole = make_program("/lib64/ld-linux-x86-64.so.2");
    size_t glibc_count = 0;
    for (size_t at = 0; at < sizeof whole; at++)
        for (size_t i = 0; i < sizeof values; i++)
            for (size_t width = 1; width <= 8 && at + width <= sizeof whole; width *= 2) {
                struct program program = whole;
                memset((char *)&program + at, values[i], width);
                mb_program_file file = inspect(&program, sizeof program);
                CU_ASSERT_TRUE(file.kind < MB_PROGRAM_KIND_COUNT);
                CU_ASSERT_TRUE(strlen(file.build_id) >= 2);
                glibc_count += file.kind == MB_PROGRAM_DYNAMIC_GLIBC;
            }
    CU_ASSERT_TRUE(glibc_count > 0);
}

/* A file in memory, and its name. */
static int keep(const void *bytes, size_t length, char path[64])
{
    int fd = memfd_create("program", MFD_CLOEXEC);
    CU_ASSERT_TRUE_FATAL(fd >= 0);
    CU_ASSERT_EQUAL_FATAL(write(fd, bytes, length), (ssize_t)length);
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

/* Each byte of a program changed: only the build id, and where sections are, say nothing of what is loaded. */
static void test_program_same(void)
{
    const struct program whole = make_program("/lib64/ld-linux-x86-64.so.2");
    char path[64], other[64];
    int fd = keep(&whole, sizeof whole, path);
    CU_ASSERT_TRUE(mb_program_is_same(path, path));
    for (size_t at = 0; at < sizeof whole; at++)
        for (int value = 0; value < 256; value += 85) {
            struct program program = whole;
            ((unsigned char *)&program)[at] = (unsigned char)value;
            int changed = keep(&program, sizeof program, other);
            bool is_equal = memcmp(&program, &whole, sizeof whole) == 0;
            bool is_of_id = at >= offsetof(struct program, id) && at < offsetof(struct program, id) + sizeof whole.id;
            bool is_of_sections = (at >= offsetof(Elf64_Ehdr, e_shoff) && at < offsetof(Elf64_Ehdr, e_flags)) ||
                                  (at >= offsetof(Elf64_Ehdr, e_shentsize) && at < sizeof(Elf64_Ehdr));
            CU_ASSERT_EQUAL(mb_program_is_same(path, other), is_equal || is_of_id || is_of_sections);
            close(changed);
        }
    for (size_t length = 0; length < sizeof(Elf64_Ehdr); length++) {
        int cut = keep(&whole, length, other);
        CU_ASSERT_FALSE(mb_program_is_same(path, other));
        close(cut);
    }
    CU_ASSERT_FALSE(mb_program_is_same(path, "/nowhere/at/all"));
    CU_ASSERT_FALSE(mb_program_is_same("/", "/"));
    close(fd);
}

static void test_program_refused(void)
{
    mb_program_file file = {.kind = MB_PROGRAM_KIND_COUNT};
    mb_error error = {0};
    CU_ASSERT_EQUAL(mb_program_inspect("/nowhere/at/all", &file, &error), MB_FAILED);
    CU_ASSERT_STRING_EQUAL(error.message, "/nowhere/at/all: No such file or directory");
    CU_ASSERT_EQUAL(mb_program_inspect("/", &file, &error), MB_FAILED);
    CU_ASSERT_STRING_EQUAL(error.message, "/: not a regular file");
    CU_ASSERT_EQUAL(mb_program_inspect("/dev/zero", &file, &error), MB_FAILED);
    CU_ASSERT_EQUAL(file.kind, MB_PROGRAM_KIND_COUNT);
}

/* This very program, through its path: what the linker wrote is what is read. */
static void test_program_self(void)
{
    mb_program_file file = {.kind = MB_PROGRAM_KIND_COUNT};
    mb_error error = {0};
    CU_ASSERT_EQUAL(mb_program_inspect("/proc/self/exe", &file, &error), MB_OK);
    CU_ASSERT_EQUAL(file.kind, MB_PROGRAM_DYNAMIC_GLIBC);
    CU_ASSERT_EQUAL(strlen(file.build_id), 40);
}

MB_SUITE(run_parts, {"event stream: cuts", test_stream_cuts}, {"event stream: longest line", test_stream_longest_line},
         {"environment: allow-list", test_environment_allows}, {"environment: one size", test_environment_size},
         {"environment: limits", test_environment_has_limits}, {"sha256", test_sha256},
         {"program: kinds", test_program_kinds}, {"program: cut", test_program_cut},
         {"program: hostile", test_program_hostile}, {"program: refused", test_program_refused},
         {"program: the same", test_program_same}, {"program: this one", test_program_self});

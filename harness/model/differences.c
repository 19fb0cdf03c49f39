#include "model/differences.h"

#include "base/path.h"

#include <stddef.h>
#include <string.h>

bool mb_is_same_text(const char *a, const char *b) { return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0); }

static unsigned unless(bool is_same, unsigned difference) { return is_same ? 0 : difference; }

unsigned mb_run_differences(const mb_run_info *a, const mb_run_info *b)
{
    return unless(mb_is_same_text(a->membench_version, b->membench_version), MB_DIFFERENT_VERSION) |
           unless(mb_is_same_text(a->architecture, b->architecture), MB_DIFFERENT_ARCHITECTURE) |
           unless(a->page_bytes == b->page_bytes, MB_DIFFERENT_PAGE_SIZE) |
           unless(mb_is_same_text(a->rss_source, b->rss_source), MB_DIFFERENT_RSS_SOURCE);
}

static const char *name_of(const mb_program_info *program)
{
    return program->path != NULL ? mb_file_name(program->path) : NULL;
}

unsigned mb_program_differences(const mb_program_info *a, const mb_program_info *b)
{
    return unless(mb_is_same_text(name_of(a), name_of(b)), MB_DIFFERENT_PROGRAM) |
           unless(mb_is_same_text(a->build_id, b->build_id), MB_DIFFERENT_BUILD) |
           unless(mb_is_same_text(a->libc, b->libc), MB_DIFFERENT_LIBC) |
           unless(mb_is_same_text(a->allocator, b->allocator), MB_DIFFERENT_ALLOCATOR) |
           unless(mb_is_same_text(a->aslr, b->aslr), MB_DIFFERENT_ASLR) |
           unless(mb_is_same_text(a->entropy, b->entropy), MB_DIFFERENT_ENTROPY) |
           unless(mb_is_same_text(a->called_with, b->called_with), MB_DIFFERENT_CALLED_WITH) |
           unless(mb_is_same_text(a->thp, b->thp), MB_DIFFERENT_THP);
}

bool mb_program_is_as_before(const mb_run_info *a, const mb_program_info *of_a, const mb_run_info *b,
                             const mb_program_info *of_b)
{
    return of_a->build_id != NULL && strncmp(of_a->build_id, "sha256:", strlen("sha256:")) != 0 &&
           of_a->libraries != NULL && mb_is_same_text(of_a->libraries, of_b->libraries) &&
           mb_run_differences(a, b) == 0 && mb_program_differences(of_a, of_b) == 0;
}

const char *mb_difference_text(unsigned differences)
{
#define ROW_TEXT(name, text) text,
    static const char *const texts[] = {MB_DIFFERENCES(ROW_TEXT)};
#undef ROW_TEXT
    return differences != 0 ? texts[__builtin_ctz(differences)] : NULL;
}

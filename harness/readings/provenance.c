/* Conditions of the measured process that change its numbers: libc, randomized addresses, huge pages, sanitizers. */
#include "readings/provenance.h"

#include "readings/proc_text.h"

#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Asked when the program runs: a library compiled for glibc may be linked into a program of musl. Only glibc knows the
 * name of its version. */
void mb_libc_describe(char text[MB_PROVENANCE_TEXT_BYTES])
{
    char version[MB_PROVENANCE_TEXT_BYTES] = "";
#ifdef _CS_GNU_LIBC_VERSION
    size_t size = confstr(_CS_GNU_LIBC_VERSION, version, sizeof version);
    if (size > 1 && size <= sizeof version) { /* "glibc 2.36" */
        mb_proc_copy(text, MB_PROVENANCE_TEXT_BYTES, version);
        return;
    }
#endif
#if defined(__linux__) && !defined(__BIONIC__)
    mb_proc_copy(text, MB_PROVENANCE_TEXT_BYTES, "musl"); /* it neither defines a macro nor tells its version */
#else
    mb_proc_copy(text, MB_PROVENANCE_TEXT_BYTES, "unknown");
#endif
}

const char *mb_aslr_describe(const char *root)
{
    char text[16];
    int persona = personality(0xffffffffUL);
    if (persona != -1 && (persona & ADDR_NO_RANDOMIZE) != 0)
        return "off";
    if (mb_proc_read_path(root, "/proc/sys/kernel/randomize_va_space", text, sizeof text) && text[0] == '0')
        return "off";
    return "on";
}

/* "always [madvise] never": the word in brackets. */
static const char *thp_mode(const char *root)
{
    static const char *const modes[] = {"[always]", "[madvise]", "[never]"};
    static const char *const names[] = {"always", "madvise", "never"};
    char text[64];
    if (!mb_proc_read_path(root, "/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof text))
        return "never"; /* a kernel without huge pages has no such file */
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        if (strstr(text, modes[i]) != NULL)
            return names[i];
    return "unknown";
}

const char *mb_thp_describe(const char *root)
{
    if (prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 1)
        return "off";
    const char *mode = thp_mode(root);
    return strcmp(mode, "never") == 0 ? "off" : mode;
}

/* The program may be sanitized where this library is not: its runtime tells. */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));
extern void __msan_init(void) __attribute__((weak));

bool mb_is_sanitized(void)
{
    if (__asan_init != NULL || __tsan_init != NULL || __msan_init != NULL)
        return true;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
    return true;
#else
    return false;
#endif
#else
    return false;
#endif
}

#include "sites/name_rules.h"

#include <ctype.h>
#include <string.h>

/* Text that grows up to its bound, terminated at every moment. */
typedef struct builder {
    char *text;
    size_t used;
} builder;

static void put(builder *b, const char *from, size_t length)
{
    size_t free_bytes = MB_FUNCTION_NAME_BYTES - 1 - b->used;
    if (length > free_bytes)
        length = free_bytes;
    memcpy(b->text + b->used, from, length);
    b->used += length;
    b->text[b->used] = '\0';
}

static bool starts_with(const char *text, const char *with) { return strncmp(text, with, strlen(with)) == 0; }

static size_t skip_digits(const char *at)
{
    size_t length = 0;
    while (isdigit((unsigned char)at[length]))
        length++;
    return length;
}

/* "::h0123456789abcdef" at the end of one of Rust's names. */
static bool is_rust_hash(const char *at)
{
    if (!starts_with(at, "::h"))
        return false;
    for (int i = 3; i < 19; i++)
        if (!isdigit((unsigned char)at[i]) && (at[i] < 'a' || at[i] > 'f'))
            return false;
    return at[19] == '\0' || at[19] == ' ';
}

/* What a compiler adds to the name of a copy it makes: length of ".constprop.0", 0: it is none. */
static size_t clone_length(const char *at)
{
    static const char *const words[] = {".constprop", ".isra", ".part", ".cold", ".lto_priv", ".llvm", ".localalias"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!starts_with(at, words[i]))
            continue;
        size_t length = strlen(words[i]);
        if (at[length] == '.')
            length += 1 + skip_digits(at + length + 1);
        return at[length] == '\0' || at[length] == '.' || at[length] == ' ' || at[length] == ']' ? length : 0;
    }
    return 0;
}

/* "{lambda(int)#2}" and "{unnamed type#1}": length of "#2", behind which the brace closes. Clang calls lambdas "$_0".
 */
static size_t number_length(const char *at, const char *start)
{
    if (at - start >= 2 && at[-1] == '_' && at[-2] == '$')
        return skip_digits(at);
    if (*at != '#')
        return 0;
    size_t length = 1 + skip_digits(at + 1);
    return length > 1 && at[length] == '}' ? length : 0;
}

/* One of the escapes of Rust's older names: "$LT$" is "<". */
static size_t rust_escape(const char *at, char *decoded)
{
    static const struct {
        const char *escape;
        char letter;
    } escapes[] = {{"$LT$", '<'},  {"$GT$", '>'},  {"$RF$", '&'},  {"$BP$", '*'},   {"$C$", ','},   {"$SP$", '@'},
                   {"$LP$", '('},  {"$RP$", ')'},  {"$u20$", ' '}, {"$u27$", '\''}, {"$u5b$", '['}, {"$u5d$", ']'},
                   {"$u7b$", '{'}, {"$u7d$", '}'}, {"$u7e$", '~'}, {"$u3b$", ';'},  {"$u2b$", '+'}, {"$u22$", '"'}};
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++)
        if (starts_with(at, escapes[i].escape)) {
            *decoded = escapes[i].letter;
            return strlen(escapes[i].escape);
        }
    return 0;
}

static bool is_clone_note(const char *at) { return starts_with(at, " [clone ") || starts_with(at, "[abi:"); }

const char *mb_name_normalize(const char *name, char text[MB_FUNCTION_NAME_BYTES])
{
    builder b = {text, 0};
    bool is_rust = strstr(name, "$LT$") != NULL || strstr(name, "$u") != NULL || strstr(name, "$RF$") != NULL;
    text[0] = '\0';
    for (const char *at = name; *at != '\0';) {
        char letter = *at;
        size_t taken;
        const char *closed;
        if (is_rust_hash(at)) {
            at += 19;
        } else if ((taken = clone_length(at)) > 0 || (taken = number_length(at, name)) > 0) {
            at += taken;
        } else if (is_clone_note(at) && (closed = strchr(at, ']')) != NULL) {
            at = closed + 1;
        } else if (is_rust && (taken = rust_escape(at, &letter)) > 0) {
            put(&b, &letter, 1);
            at += taken;
        } else if (is_rust && starts_with(at, "..")) {
            put(&b, "::", 2);
            at += 2;
        } else if (is_rust && *at == '_' && at[1] == '$' && (at == name || at[-1] == ':' || at[-1] == '<')) {
            at++; /* is before an escape that would begin the name */
        } else {
            put(&b, at, 1);
            at++;
        }
    }
    return text;
}

/* Where the bracket that opens there closes, or the end. ">" of "operator>" and "->" close nothing. */
static const char *closing(const char *at)
{
    int depth = 0;
    for (; *at != '\0'; at++) {
        if (*at == '<' || *at == '(')
            depth++;
        else if ((*at == '>' && at[-1] != '-') || *at == ')')
            depth--;
        if (depth == 0)
            return at;
    }
    return at;
}

const char *mb_name_shorten(const char *name, char text[MB_FUNCTION_NAME_BYTES])
{
    enum { LONG_ARGUMENTS = 16 };
    builder b = {text, 0};
    text[0] = '\0';
    for (const char *at = name; *at != '\0';) {
        bool is_operator = b.used >= 8 && strcmp(text + b.used - 8, "operator") == 0;
        if (is_operator && (*at == '<' || *at == '(' || *at == '>')) {
            size_t length = starts_with(at, "()") || starts_with(at, "<<") ? 2 : 1;
            put(&b, at, length);
            at += length;
        } else if (*at == '<' && at > name) {
            const char *end = closing(at);
            size_t length = (size_t)(end - at) + (*end != '\0');
            put(&b, length > LONG_ARGUMENTS ? "<…>" : at, length > LONG_ARGUMENTS ? strlen("<…>") : length);
            at += length;
        } else if (*at == '(' && starts_with(at, "(anonymous namespace)")) {
            put(&b, at, strlen("(anonymous namespace)"));
            at += strlen("(anonymous namespace)");
        } else if (*at == '(' && at > name) {
            const char *end = closing(at);
            at = *end != '\0' ? end + 1 : end;
            if (starts_with(at, " const"))
                at += strlen(" const");
        } else {
            put(&b, at, 1);
            at++;
        }
    }
    return text;
}

bool mb_name_is_of_allocator(const char *name)
{
    static const char *const exact[] = {
        "malloc",
        "calloc",
        "realloc",
        "reallocarray",
        "memalign",
        "aligned_alloc",
        "valloc",
        "pvalloc",
        "posix_memalign",
        "__rust_alloc",
        "__rdl_alloc",
        "__rg_alloc",
        "__rg_realloc",
        "__rust_alloc_zeroed",
        "__rust_realloc",
        "__rdl_realloc",
        "__rdl_alloc_zeroed",
        "alloc::alloc::alloc",
        "alloc::alloc::alloc_zeroed",
        "alloc::alloc::realloc",
        "alloc::alloc::exchange_malloc",
        "alloc::alloc::Global::alloc_impl",
        "alloc::alloc::Global::grow_impl",
        "__default_morecore",
    };
    static const char *const prefixes[] = {
        "operator new",
        "__wrap_",
        "mb_heap_",
        "mb_stack_",
        "mb_sites_",
        "mb_collector_",
        "std::__new_allocator<",
        "__gnu_cxx::new_allocator<",
        "std::allocator<",
        "std::allocator_traits<",
        "std::__libcpp_allocate",
        "std::__libcpp_operator_new",
        "std::__1::allocator<",
        "std::__1::allocator_traits<",
        "<alloc::alloc::Global as core::alloc::Allocator>::",
        "<alloc::alloc::Global as core::alloc::allocator::Allocator>::",
        "<std::alloc::System as ",
        "<alloc::alloc::Global>::",
        "alloc::raw_vec::",
        "<alloc::raw_vec::",
        "std::sys::alloc::",
        "std::alloc::",
        "std::sys::unix::alloc::",
        "std::sys::pal::unix::alloc::",
    };
    for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++)
        if (strcmp(name, exact[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (starts_with(name, prefixes[i]))
            return true;
    return false;
}

bool mb_name_is_of_window(const char *name)
{
    static const char *const names[] = {"mb_window_take",   "mb_window_measure",   "mb_worker_call",
                                        "mb_worker_set_up", "mb_worker_tear_down", "mb_foreign_main",
                                        "set_up_with_sign"}; /* which ends in a call of mb_worker_set_up */
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

bool mb_name_is_of_framework(const char *name, const char *module)
{
    static const char *const modules[] = {"libbenchmark.so", "libgtest.so", "libCatch2.so"};
    static const char *const names[] = {"benchmark::internal::",         "benchmark::Fixture::Run",
                                        "testing::internal::",           "testing::Test::Run",
                                        "testing::TestInfo::Run",        "Catch::TestInvokerAsFunction",
                                        "Catch::TestCaseHandle::invoke", "Catch::RunContext::"};
    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++)
        if (starts_with(module, modules[i]))
            return true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (starts_with(name, names[i]) || (starts_with(name, "void ") && starts_with(name + 5, names[i])))
            return true;
    return false;
}

bool mb_name_is_of_start(const char *name, const char *module)
{
    static const char *const names[] = {"_start",
                                        "__libc_start_main",
                                        "__libc_start_main_impl",
                                        "start_thread",
                                        "clone3",
                                        "__libc_start_call_main",
                                        "__clone3",
                                        "clone",
                                        "__clone"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return name[0] == '+' && starts_with(module, "libc.so");
}

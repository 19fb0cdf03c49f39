#include "sites/name_rust.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

/* The grammar of RFC 2603, by recursive descent; each production is a function of its name. Hostile names nest and
 * refer back without end: depth and steps are bounded. Identifiers in Punycode are shown as they are. */
enum { DEPTH_MAX = 64, STEPS_MAX = 4096 };

typedef struct parser {
    const char *name; /* behind "_R" */
    size_t at, length;
    char *text;
    size_t used;
    int depth, steps;
    bool is_silent; /* parsed and not shown */
    bool has_failed;
} parser;

static void path(parser *p);
static void type(parser *p);

static void put(parser *p, const char *from, size_t length)
{
    size_t free_bytes = MB_FUNCTION_NAME_BYTES - 1 - p->used;
    if (p->is_silent)
        return;
    if (length > free_bytes)
        length = free_bytes;
    memcpy(p->text + p->used, from, length);
    p->used += length;
    p->text[p->used] = '\0';
}

static void put_text(parser *p, const char *text) { put(p, text, strlen(text)); }

static char next(parser *p)
{
    if (p->at >= p->length || ++p->steps > STEPS_MAX)
        p->has_failed = true;
    return p->has_failed ? '\0' : p->name[p->at++];
}

static bool take(parser *p, char letter)
{
    if (p->has_failed || p->at >= p->length || p->name[p->at] != letter)
        return false;
    p->at++;
    return true;
}

/* Numbers that tell crates apart have 64 bits and more: they may overflow, nobody asks. */
static uint64_t base_62(parser *p)
{
    uint64_t value = 0;
    if (take(p, '_'))
        return 0;
    for (char c = next(p); c != '_' && !p->has_failed; c = next(p)) {
        if (!isalnum((unsigned char)c))
            p->has_failed = true;
        else
            value = value * 62 + (uint64_t)(isdigit((unsigned char)c)   ? c - '0'
                                            : islower((unsigned char)c) ? c - 'a' + 10
                                                                        : c - 'A' + 36);
    }
    return value + 1;
}

static void disambiguator(parser *p)
{
    if (take(p, 's'))
        (void)base_62(p);
}

/* Where it is, and how long; nothing is shown. */
static const char *identifier(parser *p, size_t *length)
{
    disambiguator(p);
    (void)take(p, 'u');
    size_t count = 0;
    while (p->at < p->length && isdigit((unsigned char)p->name[p->at]) && count <= p->length)
        count = count * 10 + (size_t)(p->name[p->at++] - '0');
    (void)take(p, '_');
    if (count > p->length - p->at) {
        p->has_failed = true;
        count = 0;
    }
    const char *found = p->name + p->at;
    p->at += count;
    *length = count;
    return found;
}

/* What was said before, again. */
static void back_reference(parser *p, void (*production)(parser *))
{
    size_t start = p->at - 1;
    uint64_t to = base_62(p);
    size_t at = p->at;
    if (p->has_failed || to >= start) {
        p->has_failed = true;
        return;
    }
    if (p->is_silent)
        return;
    p->at = (size_t)to;
    production(p);
    p->at = at;
}

static void lifetime(parser *p) { (void)base_62(p); }

static void constant(parser *p)
{
    if (take(p, 'p')) {
        put_text(p, "_");
        return;
    }
    if (take(p, 'B')) {
        back_reference(p, constant);
        return;
    }
    (void)next(p); /* its type */
    if (take(p, 'n'))
        put_text(p, "-");
    size_t start = p->at;
    while (p->at < p->length && isxdigit((unsigned char)p->name[p->at]))
        p->at++;
    put_text(p, p->at > start ? "0x" : "");
    put(p, p->name + start, p->at - start);
    if (!take(p, '_'))
        p->has_failed = true;
}

static void generic_arguments(parser *p)
{
    for (size_t i = 0; !take(p, 'E') && !p->has_failed; i++) {
        bool is_lifetime = take(p, 'L');
        if (is_lifetime) {
            lifetime(p);
            i--;
            continue;
        }
        put_text(p, i > 0 ? ", " : "");
        if (take(p, 'K'))
            constant(p);
        else
            type(p);
    }
}

static void nested(parser *p)
{
    size_t length;
    char space = next(p);
    path(p);
    const char *found = identifier(p, &length);
    if (space == 'C')
        put_text(p, "::{{closure}}");
    else if (space == 'S')
        put_text(p, "::{{shim}}");
    else if (length > 0) {
        put_text(p, "::");
        put(p, found, length);
    }
}

/* The place of an impl block: nobody asks. */
static void impl_path(parser *p)
{
    bool was_silent = p->is_silent;
    p->is_silent = true;
    disambiguator(p);
    path(p);
    p->is_silent = was_silent;
}

static void as_trait(parser *p)
{
    put_text(p, "<");
    type(p);
    put_text(p, " as ");
    path(p);
    put_text(p, ">");
}

static void path(parser *p)
{
    size_t length;
    if (++p->depth > DEPTH_MAX)
        p->has_failed = true;
    char tag = next(p);
    switch (tag) {
    case 'C': {
        const char *crate = identifier(p, &length);
        put(p, crate, length);
        break;
    }
    case 'M':
        impl_path(p);
        put_text(p, "<");
        type(p);
        put_text(p, ">");
        break;
    case 'X':
        impl_path(p);
        as_trait(p);
        break;
    case 'Y':
        as_trait(p);
        break;
    case 'N':
        nested(p);
        break;
    case 'I':
        path(p);
        put_text(p, "<");
        generic_arguments(p);
        put_text(p, ">");
        break;
    case 'B':
        back_reference(p, path);
        break;
    default:
        p->has_failed = true;
    }
    p->depth--;
}

static const char *basic_type(char tag)
{
    static const char *const names[26] = {
        ['a' - 'a'] = "i8",  ['b' - 'a'] = "bool", ['c' - 'a'] = "char",  ['d' - 'a'] = "f64",   ['e' - 'a'] = "str",
        ['f' - 'a'] = "f32", ['h' - 'a'] = "u8",   ['i' - 'a'] = "isize", ['j' - 'a'] = "usize", ['l' - 'a'] = "i32",
        ['m' - 'a'] = "u32", ['n' - 'a'] = "i128", ['o' - 'a'] = "u128",  ['p' - 'a'] = "_",     ['s' - 'a'] = "i16",
        ['t' - 'a'] = "u16", ['u' - 'a'] = "()",   ['v' - 'a'] = "...",   ['x' - 'a'] = "i64",   ['y' - 'a'] = "u64",
        ['z' - 'a'] = "!"};
    return tag >= 'a' && tag <= 'z' ? names[tag - 'a'] : NULL;
}

static void signature(parser *p)
{
    if (take(p, 'G'))
        lifetime(p);
    (void)take(p, 'U');
    if (take(p, 'K') && !take(p, 'C')) {
        size_t length;
        (void)identifier(p, &length);
    }
    put_text(p, "fn(");
    for (size_t i = 0; !take(p, 'E') && !p->has_failed; i++) {
        put_text(p, i > 0 ? ", " : "");
        type(p);
    }
    put_text(p, ")");
    if (take(p, 'u')) /* () */
        return;
    put_text(p, " -> ");
    type(p);
}

static void dynamic(parser *p)
{
    size_t length;
    put_text(p, "dyn ");
    if (take(p, 'G'))
        lifetime(p);
    for (size_t i = 0; !take(p, 'E') && !p->has_failed; i++) {
        put_text(p, i > 0 ? " + " : "");
        path(p);
        while (take(p, 'p')) { /* a type that is bound: not shown */
            (void)identifier(p, &length);
            bool was_silent = p->is_silent;
            p->is_silent = true;
            type(p);
            p->is_silent = was_silent;
        }
    }
    if (take(p, 'L'))
        lifetime(p);
}

static void reference(parser *p, const char *sign)
{
    if (take(p, 'L'))
        lifetime(p);
    put_text(p, sign);
    type(p);
}

static void compound(parser *p, char tag)
{
    switch (tag) {
    case 'A':
        put_text(p, "[");
        type(p);
        put_text(p, "; ");
        constant(p);
        put_text(p, "]");
        break;
    case 'S':
        put_text(p, "[");
        type(p);
        put_text(p, "]");
        break;
    case 'T':
        put_text(p, "(");
        generic_arguments(p);
        put_text(p, ")");
        break;
    case 'R':
        reference(p, "&");
        break;
    case 'Q':
        reference(p, "&mut ");
        break;
    case 'P':
        put_text(p, "*const ");
        type(p);
        break;
    case 'O':
        put_text(p, "*mut ");
        type(p);
        break;
    case 'F':
        signature(p);
        break;
    case 'D':
        dynamic(p);
        break;
    case 'B':
        back_reference(p, type);
        break;
    default:
        p->at -= !p->has_failed;
        path(p);
    }
}

static void type(parser *p)
{
    if (++p->depth > DEPTH_MAX)
        p->has_failed = true;
    char tag = next(p);
    const char *basic = basic_type(tag);
    if (basic != NULL)
        put_text(p, basic);
    else if (!p->has_failed)
        compound(p, tag);
    p->depth--;
}

bool mb_name_rust(const char *name, char text[MB_FUNCTION_NAME_BYTES])
{
    if (name[0] != '_' || name[1] != 'R')
        return false;
    parser p = {.name = name + 2, .text = text};
    p.length = strcspn(p.name, ".$"); /* what a linker or LLVM has added */
    text[0] = '\0';
    path(&p); /* the crate that instantiated it may follow */
    return !p.has_failed && p.used > 0;
}

#include "base/pattern.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CHARACTERS_MAX = 100000, BRANCHES_MAX = 2000, DEPTH_MAX = 100, ANCHORS_MAX = 32, ANCHORS_IN_REPEATED = 8 };

/* The end of a bracket expression, at its "]" or at the end of the text. */
static const char *skip_bracket(const char *at)
{
    at += at[1] == '^' ? 2 : 1;
    if (*at == ']')
        at++;
    for (; *at != '\0' && *at != ']'; at++)
        if (at[0] == '[' && at[1] != '\0' && strchr(".:=", at[1]) != NULL) {
            const char close[] = {at[1], ']', '\0'}, *end = strstr(at + 2, close);
            if (end == NULL)
                return at + strlen(at);
            at = end + 1;
        }
    return at;
}

/* How often a repetition copies what is before it; *at moves to its last character. 0: it is none. */
static size_t copies_of(const char **at)
{
    char *end;
    if (**at == '*' || **at == '?')
        return 1;
    if (**at == '+')
        return 2;
    if (**at != '{' || ((*at)[1] != ',' && !isdigit((unsigned char)(*at)[1])))
        return 0;
    unsigned long least = strtoul(*at + 1, &end, 10), most = least;
    if (*end == ',' && isdigit((unsigned char)end[1]))
        most = strtoul(end + 1, &end, 10);
    else if (*end == ',') {
        most = least + 1;
        end++;
    }
    if (*end != '}')
        return 0;
    *at = end;
    most = most > least ? most : least;
    return most == 0 ? 1 : most <= BRANCHES_MAX ? most : BRANCHES_MAX + 2;
}

/* What matches a place between characters. */
static bool is_anchor(const char *at)
{
    return *at == '^' || *at == '$' || (*at == '\\' && at[1] != '\0' && strchr("bB<>`'", at[1]) != NULL);
}

/* glibc copies what is repeated, and keeps for each node the list of those that can come next: memory goes with the
 * square of what may be left out, repeated or chosen. At the limit that is 33 MiB and 20 ms. Here each group is added
 * up with its repetitions written out. What follows an anchor it copies for each way to get there: memory goes with the
 * cube of those in a row, and time is exponential where they are repeated; so few may be in an alternative of the
 * whole, and a repeated one counts as eight more. The syntax is regcomp's to judge: what is wrong counts as characters.
 */
static int check(const char *text)
{
    size_t sums[DEPTH_MAX + 1] = {0}, depth = 0, last = 0, branches = 0;
    size_t anchors[DEPTH_MAX + 1] = {0}, last_anchors = 0;
    if (strlen(text) > CHARACTERS_MAX)
        return REG_ESIZE;
    for (const char *at = text; *at != '\0'; at += *at != '\0') {
        size_t copies = copies_of(&at);
        if (copies > 0) {
            size_t more = last * (copies - 1);
            branches += more + 1;
            last += more;
            sums[depth] += more;
            more = *at == '?' ? 0 : ANCHORS_IN_REPEATED * copies * last_anchors;
            last_anchors += more;
            anchors[depth] += more;
        } else if (*at == '(') {
            if (depth == DEPTH_MAX)
                return REG_ESIZE;
            depth++;
            sums[depth] = anchors[depth] = last = last_anchors = 0;
        } else if (*at == ')' && depth > 0) {
            last = sums[depth] + 1;
            last_anchors = anchors[depth];
            depth--;
            sums[depth] += last;
            anchors[depth] += last_anchors;
        } else {
            if (*at == '\\' && at[1] >= '1' && at[1] <= '9')
                return REG_ESUBREG;
            branches += *at == '|';
            last_anchors = is_anchor(at);
            anchors[depth] = *at == '|' && depth == 0 ? 0 : anchors[depth] + last_anchors;
            if (*at == '[')
                at = skip_bracket(at);
            else if (*at == '\\' && at[1] != '\0')
                at++;
            last = 1;
            sums[depth]++;
        }
        if (branches > BRANCHES_MAX || anchors[depth] > ANCHORS_MAX)
            return REG_ESIZE;
    }
    return 0;
}

int mb_pattern_compile(regex_t *pattern, const char *text, int more_flags)
{
    int code = check(text);
    return code != 0 ? code : regcomp(pattern, text, REG_EXTENDED | more_flags);
}

mb_status mb_pattern_match(const regex_t *pattern, const char *text, size_t count, regmatch_t *matches, bool *is_match)
{
    errno = 0;
    int code = regexec(pattern, text, count, matches, 0);
    *is_match = code == 0;
    /* glibc turns every error into REG_NOMATCH; what is left of it is what malloc says. */
    return code == REG_ESPACE || (code != 0 && errno == ENOMEM) ? MB_FAILED : MB_OK;
}

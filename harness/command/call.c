#include "command/call.h"

#include "command/options_table.h"
#include "report/advice.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static const char measuring[] =
    "program baseline-dir passes no-time no-trace heap-blocks heap-functions thp env allocator memory-limit "
    "timeout warm-up-iterations warm-up-time iterations program-arg "
    "measurement-time entropy no-where runtime call instances loads stack-size "
    "wasi arg dir";
static const char judging[] =
    "threshold metrics noise-threshold drift-allowance confidence-level map ignore-environment strict fail-on-change";
static const char filters[] = "filter exact";

static void append(mb_call *call, char *part, const char *name, const char *value)
{
    char quoted[PATH_MAX] = "";
    size_t used = strlen(part);
    if (value != NULL)
        mb_shell_quote(value, quoted, sizeof quoted);
    /* A value that begins with a dash would be taken for an option. */
    const char *joint = name == NULL || value == NULL ? "" : value[0] == '-' ? "=" : " ";
    int length = snprintf(part + used, MB_CALL_BYTES - used, " %s%s%s%s", name != NULL ? "--" : "",
                          name != NULL ? name : "", joint, quoted);
    if (length < 0 || (size_t)length >= MB_CALL_BYTES - used) {
        part[used] = '\0';
        call->is_cut = true;
    }
}

void mb_call_note(mb_call *call, const char *name, const char *value)
{
    if (mb_words_have(measuring, name, NULL))
        append(call, call->measuring, name, value);
    if (mb_words_have(judging, name, NULL))
        append(call, call->judging, name, value);
    if (mb_words_have(filters, name, NULL))
        append(call, call->filters, name, value);
}

void mb_call_filter(mb_call *call, const char *filter) { append(call, call->filters, NULL, filter); }

void mb_call_operand(mb_call *call, const char *word) { append(call, call->operands, NULL, word); }

void mb_call_build(mb_call *call, const char *word)
{
    bool was_cut = call->is_cut;
    if (call->build[0] == '\0')
        snprintf(call->build, MB_CALL_BYTES, " --");
    append(call, call->build, NULL, word);
    if (call->is_cut && !was_cut) /* better a word for it than half of it */
        snprintf(call->build, MB_CALL_BYTES, " -- BUILD-COMMAND");
    call->is_cut = was_cut;
}

const char *mb_call_format(const mb_call *call, char *command, size_t size)
{
    if (call->is_cut || snprintf(command, size, "membench%s%s", call->operands, call->measuring) >= (int)size)
        return "membench";
    return command;
}

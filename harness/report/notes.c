#include "report/notes.h"

#include "report/words.h"

#include <stdio.h>
#include <string.h>

size_t mb_notes_add(mb_notes *notes, mb_metric metric, const char *reason)
{
    for (size_t i = 0; i < notes->count; i++)
        if (strcmp(notes->notes[i].reason, reason) == 0) {
            notes->notes[i].metrics[metric] = true;
            return i + 1;
        }
    char *copy = notes->count < MB_NOTES_MAX ? mb_arena_copy(&notes->arena, reason) : NULL;
    if (copy == NULL) {
        notes->has_more = true;
        return 0;
    }
    mb_note *note = &notes->notes[notes->count++];
    *note = (mb_note){.reason = copy};
    note->metrics[metric] = true;
    return notes->count;
}

void mb_note_labels(const mb_note *note, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (mb_metric metric = 0; metric < MB_METRIC_COUNT && used < size; metric++)
        if (note->metrics[metric])
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", mb_words_label(metric));
}

void mb_notes_fini(mb_notes *notes)
{
    mb_arena_fini(&notes->arena);
    *notes = (mb_notes){0};
}

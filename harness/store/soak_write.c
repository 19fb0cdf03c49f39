#include "base/file_ops.h"
#include "model/soak_series.h"
#include "store/json_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct mb_soak_writer {
    int descriptor;
    char path[];
};

/* Writes object as one line and frees it. */
static mb_status write_line(const mb_soak_writer *writer, cJSON *object, bool is_complete, mb_error *error)
{
    char *text = is_complete ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    size_t length = text != NULL ? strlen(text) : 0;
    char *line = text != NULL ? realloc(text, length + 2) : NULL;
    if (line == NULL) {
        cJSON_free(text);
        return mb_error_no_memory(error);
    }
    line[length] = '\n';
    int errnum = mb_file_write(writer->descriptor, line, length + 1);
    cJSON_free(line);
    return errnum == 0 ? MB_OK : mb_error_set_errno(error, errnum, "%s: cannot be written", writer->path);
}

/* Nothing where there is no text. */
static bool add_text(cJSON *object, const char *key, const char *text)
{
    if (text == NULL)
        return true;
    char *copy = mb_utf8_repair(text, strlen(text));
    bool is_added = copy != NULL && cJSON_AddStringToObject(object, key, copy) != NULL;
    free(copy);
    return is_added;
}

static bool add_number(cJSON *object, const char *key, double value)
{
    char text[MB_JSON_NUMBER_BYTES_MAX];
    mb_json_number_text(value, text);
    return cJSON_AddRawToObject(object, key, text) != NULL;
}

static bool add_phases(cJSON *object, const mb_soak_about *about)
{
    cJSON *phases = cJSON_AddArrayToObject(object, "phases");
    for (size_t i = 0; phases != NULL && i < about->phase_count; i++) {
        cJSON *phase = cJSON_CreateObject();
        if (phase == NULL || !cJSON_AddItemToArray(phases, phase)) {
            cJSON_Delete(phase);
            return false;
        }
        if (!add_text(phase, "kind", mb_soak_kind_name(about->phases[i].kind)) ||
            !add_number(phase, "length_seconds", about->phases[i].length_seconds))
            return false;
    }
    return phases != NULL;
}

static mb_status write_about(const mb_soak_writer *writer, const mb_soak_about *about, mb_error *error)
{
    cJSON *object = cJSON_CreateObject();
    bool is_complete = add_text(object, "event", "soak") && add_number(object, "format", MB_SOAK_FORMAT) &&
                       add_text(object, "target", about->target) && add_text(object, "date", about->date) &&
                       add_text(object, "version", about->version) && add_text(object, "host_name", about->host_name) &&
                       add_text(object, "kernel", about->kernel) &&
                       (about->memory_total_bytes == 0 ||
                        add_number(object, "memory_total_bytes", (double)about->memory_total_bytes)) &&
                       add_number(object, "interval_seconds", about->interval_seconds) &&
                       add_number(object, "time_scale", about->time_scale) &&
                       add_number(object, "tolerance_bytes_per_hour", about->tolerance_bytes_per_hour) &&
                       cJSON_AddBoolToObject(object, "is_repeated", about->is_repeated) != NULL &&
                       add_phases(object, about);
    return write_line(writer, object, is_complete, error);
}

mb_status mb_soak_writer_open(const char *path, const mb_soak_about *about, mb_soak_writer **writer, mb_error *error)
{
    mb_soak_writer *made = malloc(sizeof *made + strlen(path) + 1);
    if (made == NULL)
        return mb_error_no_memory(error);
    memcpy(made->path, path, strlen(path) + 1);
    made->descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (made->descriptor < 0) {
        int errnum = errno;
        free(made);
        if (errnum == EEXIST)
            return mb_error_set(error, MB_ERROR_USAGE,
                                "%s: there is a record already; remove it, or name another --out", path);
        return mb_error_set_errno(error, errnum, "%s: cannot be made", path);
    }
    if (write_about(made, about, error) != MB_OK) {
        unlink(path);
        mb_soak_writer_close(made);
        return MB_FAILED;
    }
    *writer = made;
    return MB_OK;
}

mb_status mb_soak_writer_tick(mb_soak_writer *writer, const mb_soak_tick *tick, mb_error *error)
{
    cJSON *object = cJSON_CreateObject();
    bool is_complete = add_text(object, "event", "tick") && add_number(object, "time_seconds", tick->time_seconds) &&
                       add_number(object, "phase", (double)tick->phase_index) &&
                       add_text(object, "kind", mb_soak_kind_name(tick->kind));
    for (int f = 0; f < MB_SOAK_FIELD_COUNT && is_complete; f++)
        if (tick->is_known[f])
            is_complete = add_number(object, mb_soak_field_name((mb_soak_field)f), tick->values[f]);
    return write_line(writer, object, is_complete, error);
}

mb_status mb_soak_writer_end(mb_soak_writer *writer, const char *end, const char *verdict, mb_error *error)
{
    cJSON *object = cJSON_CreateObject();
    bool is_complete =
        add_text(object, "event", "end") && add_text(object, "end", end) && add_text(object, "verdict", verdict);
    return write_line(writer, object, is_complete, error);
}

void mb_soak_writer_close(mb_soak_writer *writer)
{
    if (writer == NULL)
        return;
    close(writer->descriptor);
    free(writer);
}

static void write_csv(FILE *file, const mb_soak_series *series)
{
    fputs("time_seconds,phase,kind", file);
    for (int f = 0; f < MB_SOAK_FIELD_COUNT; f++)
        fprintf(file, ",%s", mb_soak_field_name((mb_soak_field)f));
    fputc('\n', file);
    for (size_t i = 0; i < series->count; i++) {
        const mb_soak_tick *tick = &series->ticks[i];
        char text[MB_JSON_NUMBER_BYTES_MAX];
        mb_json_number_text(tick->time_seconds, text);
        fprintf(file, "%s,%zu,%s", text, tick->phase_index, mb_soak_kind_name(tick->kind));
        for (int f = 0; f < MB_SOAK_FIELD_COUNT; f++) {
            text[0] = '\0';
            if (tick->is_known[f])
                mb_json_number_text(tick->values[f], text);
            fprintf(file, ",%s", text);
        }
        fputc('\n', file);
    }
}

mb_status mb_soak_csv_write(const char *path, const mb_soak_series *series, mb_error *error)
{
    static const char ending[] = ".new";
    char *temporary = malloc(strlen(path) + sizeof ending);
    if (temporary == NULL)
        return mb_error_no_memory(error);
    snprintf(temporary, strlen(path) + sizeof ending, "%s%s", path, ending);
    FILE *file = fopen(temporary, "we");
    int errnum = file == NULL ? errno : 0;
    if (file != NULL) {
        write_csv(file, series);
        bool has_failed = fflush(file) != 0 || ferror(file);
        errnum = has_failed ? (errno != 0 ? errno : EIO) : mb_file_sync(fileno(file));
        fclose(file);
        if (errnum == 0)
            errnum = mb_file_rename(temporary, path);
        if (errnum != 0)
            unlink(temporary);
    }
    free(temporary);
    return errnum == 0 ? MB_OK : mb_error_set_errno(error, errnum, "%s: cannot be written", path);
}

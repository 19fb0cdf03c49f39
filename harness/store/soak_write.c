#include "base/file_ops.h"
#include "base/json_writer.h"
#include "base/number_text.h"
#include "store/soak_line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Writes the line, which is closed and freed. */
mb_status mb_soak_write_line(const mb_soak_writer *writer, mb_json_line *line, mb_error *error)
{
    bool is_complete = mb_json_line_close(line);
    int errnum = is_complete ? mb_file_write(writer->descriptor, line->text, line->length) : 0;
    free(line->text);
    if (!is_complete)
        return mb_error_no_memory(error);
    return errnum == 0 ? MB_OK : mb_error_set_errno(error, errnum, "%s: cannot be written", writer->path);
}

static void add_phases(mb_json_writer *json, const mb_soak_about *about)
{
    mb_json_write_open(json, "phases", '[');
    for (size_t i = 0; i < about->phase_count; i++) {
        mb_json_write_open(json, NULL, '{');
        mb_json_write_text(json, "kind", mb_soak_kind_name(about->phases[i].kind));
        mb_json_write_number(json, "length_seconds", about->phases[i].length_seconds);
        mb_json_write_close(json, '}');
    }
    mb_json_write_close(json, ']');
}

static mb_status write_about(const mb_soak_writer *writer, const mb_soak_about *about, mb_error *error)
{
    mb_json_line line;
    if (!mb_json_line_open(&line))
        return mb_soak_write_line(writer, &line, error);
    mb_json_writer *json = &line.json;
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text(json, "event", "soak");
    mb_json_write_count(json, "format", MB_SOAK_FORMAT);
    mb_json_write_text_if(json, "target", about->target);
    mb_json_write_text_if(json, "date", about->date);
    mb_json_write_text_if(json, "version", about->version);
    mb_json_write_text_if(json, "host_name", about->host_name);
    mb_json_write_text_if(json, "kernel", about->kernel);
    if (about->memory_total_bytes > 0)
        mb_json_write_number(json, "memory_total_bytes", (double)about->memory_total_bytes);
    mb_json_write_number(json, "interval_seconds", about->interval_seconds);
    mb_json_write_number(json, "time_scale", about->time_scale);
    mb_json_write_number(json, "tolerance_bytes_per_hour", about->tolerance_bytes_per_hour);
    mb_json_write_bool(json, "is_repeated", about->is_repeated);
    add_phases(json, about);
    mb_json_write_close(json, '}');
    return mb_soak_write_line(writer, &line, error);
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
                                "%s: the record exists already: remove it, or name another --out", path);
        return mb_error_set_errno(error, errnum, "%s: cannot be created", path);
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
    mb_json_line line;
    if (mb_json_line_open(&line)) {
        mb_json_write_open(&line.json, NULL, '{');
        mb_json_write_text(&line.json, "event", "tick");
        mb_json_write_number(&line.json, "time_seconds", tick->time_seconds);
        mb_json_write_count(&line.json, "phase", tick->phase_index);
        mb_json_write_text(&line.json, "kind", mb_soak_kind_name(tick->kind));
        for (int f = 0; f < MB_SOAK_FIELD_COUNT; f++)
            if (tick->is_known[f])
                mb_json_write_number(&line.json, mb_soak_field_name((mb_soak_field)f), tick->values[f]);
        mb_json_write_close(&line.json, '}');
    }
    return mb_soak_write_line(writer, &line, error);
}

mb_status mb_soak_writer_end(mb_soak_writer *writer, const char *end, const char *verdict, mb_error *error)
{
    mb_json_line line;
    if (mb_json_line_open(&line)) {
        mb_json_write_open(&line.json, NULL, '{');
        mb_json_write_text(&line.json, "event", "end");
        mb_json_write_text_if(&line.json, "end", end);
        mb_json_write_text_if(&line.json, "verdict", verdict);
        mb_json_write_close(&line.json, '}');
    }
    return mb_soak_write_line(writer, &line, error);
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
        char text[MB_NUMBER_TEXT_MAX];
        mb_number_format(tick->time_seconds, text);
        fprintf(file, "%s,%zu,%s", text, tick->phase_index, mb_soak_kind_name(tick->kind));
        for (int f = 0; f < MB_SOAK_FIELD_COUNT; f++) {
            text[0] = '\0';
            if (tick->is_known[f])
                mb_number_format(tick->values[f], text);
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

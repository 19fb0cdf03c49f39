#include "store/import.h"
#include "base/memory_file.h"

#include "model/result.h"

#include <stdlib.h>
#include <string.h>

static const mb_import_reader *const readers[] = {
#define ENTRY(name) &mb_import_##name,
    MB_IMPORT_READERS(ENTRY)
#undef ENTRY
};

enum { HEAD_BYTES = 4096 };

void mb_import_open_sample(mb_json_writer *json, const char *id, size_t length)
{
    mb_json_write_open(json, NULL, '{');
    mb_json_write_text_length(json, "name", id, length);
    mb_json_write_text(json, "run_type", "iteration");
}

size_t mb_import_name(char *id, const char *group, const char *command)
{
    int length = snprintf(id, MB_ID_BYTES_MAX, "%s/%s", group, command);
    for (char *c = id; *c != '\0'; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
    return length < MB_ID_BYTES_MAX ? (size_t)length : 0;
}

bool mb_import_name_command(char *id, const char *tool, const char *command, mb_import_problem *problem)
{
    const char *end = command + strcspn(command, " "), *start = end;
    while (start > command && start[-1] != '/')
        start--;
    if (start < end && mb_import_name(id, tool, start) > 0)
        return true;
    snprintf(problem->text, sizeof problem->text, "its command is %s",
             start < end ? "too long for a case's id" : "missing");
    return false;
}

static const mb_import_reader *find(const mb_input *input)
{
    char head[HEAD_BYTES + 1];
    size_t length = input->length < HEAD_BYTES ? (size_t)input->length : HEAD_BYTES;
    mb_error ignored; /* the reader of results says it */
    if (input->length > MB_IMPORT_BYTES_MAX || mb_input_read(input, 0, head, length, &ignored) != MB_OK)
        return NULL;
    head[length] = '\0';
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++)
        if (readers[i]->knows(head, length))
            return readers[i];
    return NULL;
}

static mb_status convert(const mb_import_reader *reader, const mb_input *input, const char *text, char **json,
                         size_t *length, mb_error *error)
{
    mb_import_problem problem = {.text = ""};
    char *made = NULL;
    mb_json_writer writer = {.file = mb_memory_file_open(&made, length)};
    if (writer.file == NULL)
        return mb_error_no_memory(error);
    mb_json_write_open(&writer, NULL, '{');
    mb_json_write_open(&writer, "context", '{');
    mb_json_write_close(&writer, '}');
    mb_json_write_open(&writer, "benchmarks", '[');
    bool is_fine = reader->convert(text, (size_t)input->length, &writer, &problem);
    mb_json_write_close(&writer, ']');
    mb_json_write_close(&writer, '}');
    bool is_whole = mb_memory_file_close(writer.file, &made);
    if (is_fine && is_whole) {
        *json = made;
        return MB_OK;
    }
    free(made);
    if (!is_whole)
        return mb_error_no_memory(error);
    if (problem.line == 0)
        return mb_error_set(error, MB_ERROR_FORMAT, "%s: %s's file: %s", input->name, reader->name, problem.text);
    return mb_error_set(error, MB_ERROR_FORMAT, "%s: line %zu: %s's file: %s", input->name, problem.line, reader->name,
                        problem.text);
}

mb_status mb_import_convert(const mb_input *input, char **json, size_t *length, mb_error *error)
{
    const mb_import_reader *reader = find(input);
    *json = NULL;
    if (reader == NULL)
        return MB_OK;
    char *text = NULL;
    mb_status status = mb_input_text(input, &text, error);
    if (status == MB_OK && memchr(text, '\0', (size_t)input->length) != NULL)
        status = mb_error_set(error, MB_ERROR_FORMAT, "%s: a binary file", input->name);
    if (status == MB_OK)
        status = convert(reader, input, text, json, length, error);
    free(text);
    return status;
}

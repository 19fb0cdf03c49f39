/* Documents with a list of records and a filler that brings them to the size asked for. */
#include "payload.h"

#include <stdio.h>
#include <string.h>

/* Every record prints to RECORD_PRINTED_BYTES, since its numbers have a fixed width and its texts a fixed length. */
enum { RECORD_PRINTED_BYTES = 238, FRAME_PRINTED_BYTES = 38, FIRST_RECORD_ID = 1000000 };

static const char note[] =
    "Delivered to the side entrance, signed for by the porter; the parcel was dry and whole, its "
    "seal unbroken, and the receipt was left with the shop at the corner of the square.";

static size_t record_count(size_t printed_bytes)
{
    return (printed_bytes - FRAME_PRINTED_BYTES) / (RECORD_PRINTED_BYTES + 1); /* a comma each */
}

static cJSON *record_build(size_t index)
{
    cJSON *record = cJSON_CreateObject();
    if (cJSON_AddNumberToObject(record, "id", (double)(FIRST_RECORD_ID + index)) != NULL &&
        cJSON_AddStringToObject(record, "kind", "parcel") != NULL &&
        cJSON_AddNumberToObject(record, "grams", (double)(100 + index % 900)) != NULL &&
        cJSON_AddTrueToObject(record, "paid") != NULL && cJSON_AddStringToObject(record, "note", note) != NULL)
        return record;
    cJSON_Delete(record);
    return NULL;
}

static bool add_records(cJSON *document, size_t count)
{
    cJSON *records = cJSON_AddArrayToObject(document, "records");
    if (records == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        cJSON *record = record_build(i);
        if (record == NULL)
            return false;
        cJSON_AddItemToArray(records, record);
    }
    return true;
}

/* What is missing is less than a record and its comma. */
static bool add_filler(cJSON *document, size_t printed_bytes, size_t count)
{
    char filler[RECORD_PRINTED_BYTES + 2];
    size_t commas = count == 0 ? 0 : count - 1;
    size_t filler_bytes = printed_bytes - FRAME_PRINTED_BYTES - count * RECORD_PRINTED_BYTES - commas;
    if (filler_bytes >= sizeof filler)
        return false;
    memset(filler, '.', filler_bytes);
    filler[filler_bytes] = '\0';
    return cJSON_AddStringToObject(document, "filler", filler) != NULL;
}

cJSON *payload_build(size_t printed_bytes)
{
    if (printed_bytes < PAYLOAD_PRINTED_BYTES_MIN)
        return NULL;
    cJSON *document = cJSON_CreateObject();
    size_t count = record_count(printed_bytes);
    if (cJSON_AddNumberToObject(document, "version", 3) != NULL && add_records(document, count) &&
        add_filler(document, printed_bytes, count))
        return document;
    cJSON_Delete(document);
    return NULL;
}

char *payload_print(const cJSON *document) { return cJSON_PrintUnformatted(document); }

cJSON *payload_parse(const char *text) { return cJSON_Parse(text); }

static bool record_is(const cJSON *record, size_t index)
{
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(record, "id");
    const cJSON *text = cJSON_GetObjectItemCaseSensitive(record, "note");
    return cJSON_IsNumber(id) && id->valuedouble == (double)(FIRST_RECORD_ID + index) && cJSON_IsString(text) &&
           strcmp(text->valuestring, note) == 0;
}

bool payload_is_whole(const cJSON *document, size_t printed_bytes)
{
    size_t count = record_count(printed_bytes), seen = 0;
    const cJSON *records = cJSON_GetObjectItemCaseSensitive(document, "records");
    if (!cJSON_IsArray(records) || !cJSON_IsString(cJSON_GetObjectItemCaseSensitive(document, "filler")))
        return false;
    for (const cJSON *record = records->child; record != NULL; record = record->next, seen++)
        if ((seen == 0 || seen + 1 == count) && !record_is(record, seen))
            return false;
    return seen == count;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "body_code.h"

#include <string.h>

#include "json/json.h"

static const Field code_field[] = {
    { .name = "code", .offset = 0, .kind = JSON_INTEGER, .flags = FIELD_REQUIRED },
    FIELDS_END,
};

int64_t body_code(Arena *arena, const char *body)
{
    Json *json = NULL;
    Failure failure = { 0 };
    int64_t code = -1;

    if (json_parse(body, strlen(body), arena, &json, &failure) < 0 || !json_is_object(json) ||
        json_read(json, code_field, &code, arena, &failure) < 0)
        return -1;
    return code;
}

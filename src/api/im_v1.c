/* SPDX-License-Identifier: Apache-2.0 */
#include "api/im_v1.h"

#include "base/text.h"

/* "page_size" as a number from 1 to most. */
int im_read_page_size(Call *call, const char *text, int64_t most, int64_t *page_size)
{
    int64_t value = 0;

    if (!text)
        return 0;
    if (text_parse_number(text, &value) < 0 || value < 1 || value > most)
        return fail_field(&call->failure, E_INVALID, "page_size", text,
                          "page_size is a number from 1 to %lld", (long long)most);
    *page_size = value;
    return 0;
}

int im_read_id_type(Call *call, const char *field, const char *text, UserIdType *ret_type)
{
    if (!user_id_type_parse(text, ret_type))
        return fail_field(&call->failure, E_INVALID, field, text,
                          "%s is open_id, union_id or user_id", field);
    return 0;
}

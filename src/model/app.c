/* SPDX-License-Identifier: Apache-2.0 */
#include "model/app.h"

#include <string.h>

#include "base/buffer.h"
#include "base/crypto.h"
#include "base/text.h"
#include "base/words.h"

#include "model/limits.h"

static const char *const app_types[] = { [APP_CUSTOM] = "custom", [APP_ISV] = "isv" };

const char *app_type_text(AppType type)
{
    return app_types[type];
}

bool app_type_parse(const char *text, AppType *ret_type)
{
    for (size_t i = 0; i < sizeof(app_types) / sizeof(app_types[0]); i++)
        if (text_equal(text, app_types[i])) {
            *ret_type = (AppType)i;
            return true;
        }
    return false;
}

bool app_id_is_valid(const char *app_id)
{
    unsigned char bytes[8];

    return text_starts_with(app_id, "cli_") && hex_parse(app_id + 4, bytes, sizeof(bytes));
}

bool tenant_key_is_valid(const char *tenant_key)
{
    unsigned char bytes[8];

    return tenant_key && hex_parse(tenant_key, bytes, sizeof(bytes));
}

char *scopes_normalise(Arena *arena, const char *list)
{
    static const char name_bytes[] = "abcdefghijklmnopqrstuvwxyz0123456789_.:-";
    Buffer scopes;
    size_t count = 0;

    buffer_init(&scopes, arena, 256);
    for (const char *at = list; *at;) {
        size_t size = strspn(at, name_bytes);
        const char *scope = arena_copy(arena, at, size);

        if (size > 0 && !words_hold(scopes.text, scope)) {
            if (++count > SCOPES_MOST)
                return NULL;
            words_add(&scopes, scope);
        }
        at += size;
        if (*at && *at != ',' && *at != ' ')
            return NULL;
        at += *at != '\0';
    }
    return scopes.text;
}

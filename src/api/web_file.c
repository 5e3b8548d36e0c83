/* SPDX-License-Identifier: Apache-2.0 */
#include "api/web_file.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

/* One policy for all (reliability H1): nothing inline, nothing from elsewhere, no markup from text.
 */
static const char *const headers[][2] = {
    { "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
      "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'" },
    { "Referrer-Policy", "no-referrer" },
    { "Cross-Origin-Opener-Policy", "same-origin" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Cache-Control", "no-cache" }, /* kept, but asked for each time */
};

static const WebFile *find_file(const char *path)
{
    for (size_t i = 0; i < web_file_count; i++)
        if (text_equal(web_files[i].path, path))
            return &web_files[i];
    return NULL;
}

bool web_file_answer(Call *call)
{
    Exchange *exchange = call->exchange;
    const char *method = exchange_method(exchange);
    const WebFile *file = find_file(exchange_path(exchange));

    if (!file || (!text_equal(method, "GET") && !text_equal(method, "HEAD")))
        return false;
    for (size_t i = 0; i < COUNT_OF(headers); i++)
        exchange_set_header(exchange, headers[i][0], headers[i][1]);
    exchange_set_header(exchange, "ETag", file->etag);
    exchange_set_header(exchange, "Content-Type", file->content_type);
    if (text_equal(exchange_header(exchange, "If-None-Match"), file->etag)) {
        exchange_set_status(exchange, 304);
        return true;
    }
    exchange_set_body(exchange, file->bytes, file->size_bytes);
    return true;
}

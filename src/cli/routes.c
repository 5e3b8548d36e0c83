/* SPDX-License-Identifier: Apache-2.0 */

/* `taskroom routes`. */
#include "api/describe.h"
#include "api/route.h"
#include "cli/invocation.h"
#include "cli/output.h"

int command_routes(Invocation *invocation)
{
    Buffer text;

    buffer_init(&text, invocation->arena, 32768);
    if (invocation->is_json) {
        describe_routes(&text);
        buffer_add_char(&text, '\n');
    }
    for (size_t i = 0; !invocation->is_json && i < route_count; i++) {
        if (routes[i].section == SECTION_WEB)
            continue;
        output_cell(&text, routes[i].method, 4);
        output_cell(&text, routes[i].path, 52);
        buffer_add(&text, routes[i].about);
        buffer_add_char(&text, '\n');
    }
    output_text(&text);
    return 0;
}

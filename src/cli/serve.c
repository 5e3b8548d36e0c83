/* SPDX-License-Identifier: Apache-2.0 */

/* `taskroom serve`. */
#include "cli/serve.h"

#include <string.h>

#include "base/text.h"

#include "cli/output.h"

typedef struct ReadyReply {
    const char *url;
    const char *private_url;
} ReadyReply;

static const Field ready_fields[] = {
    FIELD(ReadyReply, url, JSON_TEXT, FIELD_REQUIRED),
    FIELD(ReadyReply, private_url, JSON_TEXT, 0),
    FIELDS_END,
};

static void print_ready(const ServeAddresses *addresses, void *state)
{
    Invocation *invocation = state;
    Failure unheard = { 0 }; /* who closed standard output doesn't want to know */

    output_json(invocation->arena, ready_fields,
                &(ReadyReply){ addresses->url, addresses->private_url });
    output_finish(&unheard);
}

static void add_json_value(Buffer *text, const ConfigKey *key, const Config *config)
{
    const char *member = (const char *)config + key->offset, *value;
    int64_t number;

    memcpy(&value, member, sizeof(value));
    memcpy(&number, member, sizeof(number));
    switch (key->kind) {
    case CONFIG_TEXT: buffer_add_quoted(text, value); break;
    case CONFIG_SECRET: buffer_add(text, text_is_empty(value) ? "null" : "\"(set)\""); break;
    case CONFIG_NUMBER: buffer_add_integer(text, number); break;
    case CONFIG_CHOICE: buffer_add_quoted(text, key->choices[number]); break;
    }
}

static void print_config(const Invocation *invocation, const Config *config)
{
    Buffer text;

    buffer_init(&text, invocation->arena, 4096);
    if (!invocation->is_json) {
        config_print(&text, config);
        output_text(&text);
        return;
    }
    for (size_t i = 0; i < config_key_count; i++) {
        buffer_add(&text, i > 0 ? "," : "{");
        buffer_add_quoted(&text, config_keys[i].name);
        buffer_add_char(&text, ':');
        add_json_value(&text, &config_keys[i], config);
    }
    buffer_add(&text, "}\n");
    output_text(&text);
}

int serve_run(Invocation *invocation, const Config *config,
              void (*ready)(const ServeAddresses *addresses, void *state), void *state)
{
    invocation->exit_code = serve(config, ready, state, &invocation->failure);
    if (invocation->exit_code == EXIT_GOOD)
        return 0;
    return fail(&invocation->failure, E_FAULT, "the server ended with %d", invocation->exit_code);
}

int command_serve(Invocation *invocation)
{
    Config config;
    int r;

    r = invocation_load_config(invocation, &config);
    if (r < 0)
        return r;
    if (invocation_option(invocation, "print-config")) {
        print_config(invocation, &config);
        return 0;
    }
    if (invocation_option(invocation, "check-config")) {
        Buffer text;

        r = serve_check(&config, &invocation->failure);
        if (r < 0) {
            invocation->exit_code = EXIT_USAGE;
            return r;
        }
        buffer_init(&text, invocation->arena, 32);
        buffer_add(&text, invocation->is_json ? "{\"ok\":true}\n" : "the settings are right\n");
        output_text(&text);
        return 0;
    }
    return serve_run(invocation, &config, print_ready, invocation);
}

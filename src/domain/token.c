/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/token.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#include "model/limits.h"

enum { MAC_BYTES = 20 }; /* 160 bits: reliability F5 */

/* What is signed, byte for byte as it is written into the text. */
typedef struct __attribute__((packed)) Claim {
    uint8_t kind;
    uint8_t app[8]; /* the hex digits of app_id */
    uint32_t tenant_id;
    uint32_t expires_s; /* since 1970; good until 2106 */
    uint8_t mac[MAC_BYTES];
} Claim;

static const size_t signed_bytes = offsetof(Claim, mac);

static void sign(const Rules *rules, const Claim *claim, uint8_t ret_mac[MAC_BYTES])
{
    uint8_t hash[CRYPTO_HASH_BYTES];

    crypto_hash(rules->master_key, "token", claim, signed_bytes, hash);
    memcpy(ret_mac, hash, MAC_BYTES);
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Tickets turn on the hour, tokens from a second before their app was made: at the turn's last
 * second just 30 minutes remain, and the first token of an app has nearly its whole life. */
static int64_t expiry_of_turn(TokenKind kind, const App *app, int64_t now_s)
{
    int64_t anchor_s;

    if (kind == TOKEN_TICKET)
        return (floor_divide(now_s, TICKET_TURN_S) + 1) * TICKET_TURN_S + TICKET_LIFE_S;
    anchor_s = app->created_ms / 1000 - 1;
    return anchor_s + floor_divide(now_s - anchor_s - 1, TOKEN_REUSE_S) * TOKEN_REUSE_S +
           TOKEN_LIFE_S;
}

void token_issue(const Rules *rules, TokenKind kind, const App *app, const Tenant *tenant,
                 int64_t now_ms, Arena *arena, Token *ret_token)
{
    int64_t now_s = now_ms / 1000, expires_s = expiry_of_turn(kind, app, now_s);
    Claim claim = { .kind = (uint8_t)kind,
                    .tenant_id = tenant ? (uint32_t)tenant->tenant_id : 0,
                    .expires_s = (uint32_t)expires_s };
    char text[BASE64_TEXT_BYTES(sizeof(claim))];
    bool is_hex = hex_parse(app->app_id + 4, claim.app, sizeof(claim.app));

    assert(is_hex); /* app_id_is_valid() held when the app was added */
    sign(rules, &claim, claim.mac);
    base64_print(&claim, sizeof(claim), text);
    *ret_token = (Token){ .expire_s = expires_s - now_s };
    ret_token->text = kind == TOKEN_TICKET ? arena_text(arena, text)
                                           : arena_print(arena, "%c-%s", (char)kind, text);
}

/* The bytes of a token's text when its form and its signature are right. */
static int open_claim(const Rules *rules, TokenKind kind, const char *text, Claim *ret_claim)
{
    uint8_t mac[MAC_BYTES];

    if (kind != TOKEN_TICKET) {
        if (text[0] != (char)kind || text[1] != '-')
            return E_UNAUTHENTICATED;
        text += 2;
    }
    if (base64_parse(text, ret_claim, sizeof(*ret_claim)) != (int)sizeof(*ret_claim))
        return E_UNAUTHENTICATED;
    sign(rules, ret_claim, mac);
    if (!crypto_equal(mac, ret_claim->mac, sizeof(mac)) || ret_claim->kind != (uint8_t)kind)
        return E_UNAUTHENTICATED;
    return 0;
}

/* ---- the claims that were opened lately --------------------------------------------------------
 */

enum { MEMO_SLOTS = 64, TOKEN_TEXT_BYTES = 2 + BASE64_TEXT_BYTES(sizeof(Claim)) };

typedef struct OpenedClaim {
    char text[TOKEN_TEXT_BYTES]; /* "" = free */
    Claim claim;
} OpenedClaim;

struct TokenMemo {
    OpenedClaim slots[MEMO_SLOTS];
};

TokenMemo *token_memo_new(void)
{
    TokenMemo *memo = calloc(1, sizeof(*memo));

    if (!memo)
        abort();
    return memo;
}

TokenMemo *token_memo_free(TokenMemo *memo)
{
    if (memo)
        crypto_forget(memo, sizeof(*memo));
    free(memo);
    return NULL;
}

/* A token's last characters are its signature's: as good as random. */
static OpenedClaim *memo_slot(TokenMemo *memo, const char *text, size_t size_bytes)
{
    return &memo->slots[((unsigned char)text[size_bytes - 2] * 7u +
                         (unsigned char)text[size_bytes - 3]) %
                        MEMO_SLOTS];
}

/* open_claim() asks nothing but the key and the text, so its answer stays what it was. */
static int open_claim_once(const Rules *rules, TokenMemo *memo, TokenKind kind, const char *text,
                           Claim *ret_claim)
{
    size_t size_bytes = strlen(text);
    OpenedClaim *slot;
    int r;

    if (!memo || size_bytes != TOKEN_TEXT_BYTES - 1)
        return open_claim(rules, kind, text, ret_claim);
    slot = memo_slot(memo, text, size_bytes);
    if (slot->claim.kind == (uint8_t)kind && crypto_equal(slot->text, text, TOKEN_TEXT_BYTES)) {
        *ret_claim = slot->claim;
        return 0;
    }
    r = open_claim(rules, kind, text, ret_claim);
    if (r == 0) {
        memcpy(slot->text, text, TOKEN_TEXT_BYTES);
        slot->claim = *ret_claim;
    }
    return r;
}

int token_check(const Rules *rules, TokenMemo *memo, const Directory *directory, TokenKind kind,
                const char *text, int64_t now_ms, const App **ret_app, const Tenant **ret_tenant)
{
    Claim claim;
    char app_id[sizeof("cli_") + 16] = "cli_";
    const App *app;
    const Tenant *tenant = NULL;
    int64_t longest_s = kind == TOKEN_TICKET ? TICKET_TURN_S + TICKET_LIFE_S : TOKEN_LIFE_S;

    if (open_claim_once(rules, memo, kind, text, &claim) < 0)
        return E_UNAUTHENTICATED;
    if (claim.expires_s <= now_ms / 1000 ||
        claim.expires_s > now_ms / 1000 + longest_s + TOKEN_SKEW_S)
        return E_UNAUTHENTICATED;
    hex_print(claim.app, sizeof(claim.app), app_id + 4);
    app = directory_app(directory, app_id);
    if (!app)
        return E_UNAUTHENTICATED;
    if (kind == TOKEN_TENANT) {
        tenant = directory_tenant_by_id(directory, claim.tenant_id);
        if (!tenant || !directory_is_installed(directory, app, tenant))
            return E_UNAUTHENTICATED;
    }
    *ret_app = app;
    if (ret_tenant)
        *ret_tenant = tenant;
    return 0;
}

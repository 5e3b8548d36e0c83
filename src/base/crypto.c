/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"

/* libsodium has a crypto_hash() too, which nothing here calls. */
#define crypto_hash sodium_unkeyed_hash
#include <sodium.h>
#undef crypto_hash

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/text.h"

enum { RANDOM_POOL_BYTES = 256, CRYPTO_DOMAIN_MAX_BYTES = 255 };

_Static_assert(CRYPTO_KEY_BYTES == crypto_generichash_KEYBYTES, "the key of BLAKE2b");
_Static_assert(CRYPTO_HASH_BYTES == crypto_generichash_BYTES, "the hash of BLAKE2b");
_Static_assert(CRYPTO_SHORT_KEY_BYTES == crypto_shorthash_KEYBYTES, "the key of SipHash");
_Static_assert(CRYPTO_PASSWORD_TEXT_BYTES == crypto_pwhash_STRBYTES, "the text of argon2id");

/* A system call per identifier would cost more than the identifier: 256 bytes are what the kernel
 * gives in one piece. */
typedef struct RandomPool {
    uint8_t bytes[RANDOM_POOL_BYTES];
    size_t left_bytes; /* at the end of bytes */
} RandomPool;

static _Thread_local RandomPool random_pool;

int crypto_start(Failure *failure)
{
    uint8_t probe;

    if (getrandom(&probe, sizeof(probe), 0) != sizeof(probe))
        return fail(failure, E_FAULT, "the system gives no randomness");
    if (sodium_init() < 0)
        return fail(failure, E_FAULT, "libsodium cannot be initialised");
    return 0;
}

static void random_fill(RandomPool *pool)
{
    ssize_t got = getrandom(pool->bytes, sizeof(pool->bytes), 0);

    if (got != (ssize_t)sizeof(pool->bytes)) {
        fputs("crypto: the system gives no randomness\n", stderr);
        abort();
    }
    pool->left_bytes = sizeof(pool->bytes);
}

void random_bytes(void *ret_bytes, size_t size_bytes)
{
    RandomPool *pool = &random_pool;
    uint8_t *target = ret_bytes;

    while (size_bytes > 0) {
        size_t take_bytes = size_bytes;
        uint8_t *source;

        if (pool->left_bytes == 0)
            random_fill(pool);
        if (take_bytes > pool->left_bytes)
            take_bytes = pool->left_bytes;
        source = pool->bytes + sizeof(pool->bytes) - pool->left_bytes;
        memcpy(target, source, take_bytes);
        sodium_memzero(source, take_bytes); /* what was given once is nowhere else */
        pool->left_bytes -= take_bytes;
        target += take_bytes;
        size_bytes -= take_bytes;
    }
}

void crypto_hash(const uint8_t key[CRYPTO_KEY_BYTES], const char *domain, const void *bytes,
                 size_t size_bytes, uint8_t ret_hash[CRYPTO_HASH_BYTES])
{
    crypto_generichash_state state;
    size_t domain_bytes = strlen(domain);
    uint8_t prefix = (uint8_t)domain_bytes;

    assert(domain_bytes <= CRYPTO_DOMAIN_MAX_BYTES);
    /* The length in front: no domain and bytes together can look like another domain and bytes. */
    crypto_generichash_init(&state, key, CRYPTO_KEY_BYTES, CRYPTO_HASH_BYTES);
    crypto_generichash_update(&state, &prefix, sizeof(prefix));
    crypto_generichash_update(&state, (const uint8_t *)domain, domain_bytes);
    crypto_generichash_update(&state, bytes, size_bytes);
    crypto_generichash_final(&state, ret_hash, CRYPTO_HASH_BYTES);
    sodium_memzero(&state, sizeof(state));
}

uint64_t crypto_short_hash(const uint8_t key[CRYPTO_SHORT_KEY_BYTES], const void *bytes,
                           size_t size_bytes)
{
    uint8_t hash[crypto_shorthash_BYTES];
    uint64_t number = 0;

    crypto_shorthash(hash, bytes, size_bytes, key);
    for (size_t i = 0; i < sizeof(hash); i++)
        number |= (uint64_t)hash[i] << (8 * i);
    return number;
}

/* The costs are those that OWASP names for argon2id with 19 MiB. */
void crypto_password_hash(const char *password, char ret_text[CRYPTO_PASSWORD_TEXT_BYTES])
{
    if (crypto_pwhash_str_alg(ret_text, password, strlen(password), 2, CRYPTO_PASSWORD_MEMORY_BYTES,
                              crypto_pwhash_ALG_ARGON2ID13) != 0) {
        fputs("crypto: no memory for a password's hash\n", stderr);
        abort();
    }
}

bool crypto_password_matches(const char *text, const char *password)
{
    return crypto_pwhash_str_verify(text, password, strlen(password)) == 0;
}

bool crypto_equal(const void *a, const void *b, size_t size_bytes)
{
    return sodium_memcmp(a, b, size_bytes) == 0;
}

void crypto_forget(void *bytes, size_t size_bytes)
{
    sodium_memzero(bytes, size_bytes);
}

void hex_print(const void *bytes, size_t size_bytes, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *source = bytes;

    for (size_t i = 0; i < size_bytes; i++) {
        ret_text[2 * i] = digits[source[i] >> 4];
        ret_text[2 * i + 1] = digits[source[i] & 15];
    }
    ret_text[2 * size_bytes] = '\0';
}

bool hex_parse(const char *text, void *ret_bytes, size_t size_bytes)
{
    uint8_t *target = ret_bytes;

    if (strnlen(text, 2 * size_bytes + 1) != 2 * size_bytes)
        return false;
    for (size_t i = 0; i < 2 * size_bytes; i++) {
        if (text_hex_digit(text[i]) < 0)
            return false;
    }
    for (size_t i = 0; i < size_bytes; i++)
        target[i] = (uint8_t)(text_hex_digit(text[2 * i]) << 4 | text_hex_digit(text[2 * i + 1]));
    return true;
}

void base64_print(const void *bytes, size_t size_bytes, char *ret_text)
{
    sodium_bin2base64(ret_text, BASE64_TEXT_BYTES(size_bytes), bytes, size_bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

int base64_parse(const char *text, void *ret_bytes, size_t max_bytes)
{
    size_t size_bytes;
    int r;

    /* The library takes some bytes above ASCII for digits: one value would have several texts. */
    if (!text_is_visible_ascii(text, 0, SIZE_MAX))
        return E_INVALID;
    r = sodium_base642bin(ret_bytes, max_bytes, text, strlen(text), NULL, &size_bytes, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return r == 0 ? (int)size_bytes : E_INVALID;
}

/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Randomness, keyed hashes and their texts. The only place that sees libsodium. */

enum { CRYPTO_KEY_BYTES = 32, CRYPTO_HASH_BYTES = 32, CRYPTO_SHORT_KEY_BYTES = 16 };

/* Once, before any thread. E_FAULT when the system gives no randomness: nothing may start then. */
int crypto_start(Failure *failure);

/* From the kernel's generator through a small pool per thread; aborts rather than return less.
 * After fork() the pool of the child must not be used: this program never forks. */
void random_bytes(void *ret_bytes, size_t size_bytes);

/* BLAKE2b with 32 bytes of key. One key serves several purposes: domain keeps them apart
 * ("token", "secret", "page" …) and is part of what is hashed. */
void crypto_hash(const uint8_t key[CRYPTO_KEY_BYTES], const char *domain, const void *bytes,
                 size_t size_bytes, uint8_t ret_hash[CRYPTO_HASH_BYTES]);

/* SipHash-2-4: 64 bits, for places in a table or an index. Too short to prove anything. It is kept
 * on disks, so it never changes. */
uint64_t crypto_short_hash(const uint8_t key[CRYPTO_SHORT_KEY_BYTES], const void *bytes,
                           size_t size_bytes);

/* argon2id: the text holds algorithm, costs and salt. Each takes CRYPTO_PASSWORD_MEMORY_BYTES and
 * tens of milliseconds: never on the loop or on the writer. */
enum { CRYPTO_PASSWORD_TEXT_BYTES = 128, CRYPTO_PASSWORD_MEMORY_BYTES = 19 * 1024 * 1024 };
void crypto_password_hash(const char *password, char ret_text[CRYPTO_PASSWORD_TEXT_BYTES]);
bool crypto_password_matches(const char *text, const char *password);

/* In constant time. */
bool crypto_equal(const void *a, const void *b, size_t size_bytes);

/* Overwrites in a way that the compiler keeps. */
void crypto_forget(void *bytes, size_t size_bytes);

/* Lower-case hex with its NUL: ret_text holds 2·size + 1. */
void hex_print(const void *bytes, size_t size_bytes, char *ret_text);
/* True when text is exactly 2·size hex digits of either case. */
bool hex_parse(const char *text, void *ret_bytes, size_t size_bytes);

/* URL-safe base64 without padding: ret_text holds BASE64_TEXT_BYTES(size), its NUL counted. */
#define BASE64_TEXT_BYTES(size) (((size)*4 + 2) / 3 + 1)
void base64_print(const void *bytes, size_t size_bytes, char *ret_text);
/* The number of bytes, at most max_bytes; E_INVALID for any other text, non-canonical tails too. */
int base64_parse(const char *text, void *ret_bytes, size_t max_bytes);

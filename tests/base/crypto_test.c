/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <sys/random.h>

#include "base/crypto.h"

#include "check.h"

TEST(it_starts_more_than_once)
{
    Failure failure = { 0 };

    CHECK_INT(crypto_start(&failure), 0);
    CHECK_INT(crypto_start(&failure), 0);
    CHECK_INT(failure.code, 0);
}

TEST(random_bytes_cross_the_pool)
{
    uint8_t seen[3000];
    int histogram[256] = { 0 };

    for (size_t size = 0; size < 700; size += 13) {
        memset(seen, 0, sizeof(seen));
        random_bytes(seen, size);
        CHECK_INT(seen[size], 0); /* nothing is written behind */
    }
    random_bytes(seen, sizeof(seen));
    for (size_t i = 0; i < sizeof(seen); i++)
        histogram[seen[i]]++;
    for (int i = 0; i < 256; i++)
        CHECK(histogram[i] < 60); /* 12 are expected */
    for (size_t i = 16; i + 16 <= sizeof(seen); i += 16)
        CHECK(memcmp(seen, seen + i, 16) != 0);
}

static void *draw(void *ret_bytes)
{
    random_bytes(ret_bytes, 32);
    return NULL;
}

TEST(threads_draw_different_bytes)
{
    uint8_t drawn[4][32];
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, draw, drawn[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 4; i++) {
        for (int other = 0; other < i; other++)
            CHECK(memcmp(drawn[i], drawn[other], 32) != 0);
    }
}

static const uint8_t key[CRYPTO_KEY_BYTES] = { 1, 2, 3 };

static const char *hash_of(const char *domain, const char *text)
{
    static char texts[4][2 * CRYPTO_HASH_BYTES + 1];
    static size_t next;
    uint8_t hash[CRYPTO_HASH_BYTES];
    char *hex = texts[next++ % 4];

    crypto_hash(key, domain, text, strlen(text), hash);
    hex_print(hash, sizeof(hash), hex);
    return hex;
}

/* Stored hashes must be found again by every later version: the expected text is
 * hashlib.blake2b(b"\x05token" + b"abc", key=key, digest_size=32).hexdigest() of Python. */
TEST(hashes_never_change)
{
    CHECK_TEXT(hash_of("token", "abc"),
               "c7e6852465c91f531e064f55acdfc4604aad856bb50ec859526b43232f0364a7");
}

TEST(hashes_depend_on_all_they_get)
{
    uint8_t other_key[CRYPTO_KEY_BYTES] = { 1, 2, 4 }, hash[CRYPTO_HASH_BYTES];
    char hex[2 * CRYPTO_HASH_BYTES + 1];

    CHECK(strcmp(hash_of("token", "abc"), hash_of("token", "abd")) != 0);
    CHECK(strcmp(hash_of("token", "abc"), hash_of("secret", "abc")) != 0);
    CHECK(strcmp(hash_of("token", "abc"), hash_of("tokena", "bc")) != 0);
    CHECK(strcmp(hash_of("", "abc"), hash_of("abc", "")) != 0);
    crypto_hash(other_key, "token", "abc", 3, hash);
    hex_print(hash, sizeof(hash), hex);
    CHECK(strcmp(hash_of("token", "abc"), hex) != 0);
}

/* The first vectors of SipHash's own paper: the key is 00 01 … 0f, the bytes are 00 01 … */
TEST(short_hashes_never_change)
{
    uint8_t short_key[CRYPTO_SHORT_KEY_BYTES], bytes[15];

    for (uint8_t i = 0; i < sizeof(short_key); i++)
        short_key[i] = i;
    for (uint8_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = i;
    CHECK(crypto_short_hash(short_key, bytes, 0) == UINT64_C(0x726fdb47dd0e0e31));
    CHECK(crypto_short_hash(short_key, bytes, 1) == UINT64_C(0x74f839c593dc67fd));
    CHECK(crypto_short_hash(short_key, bytes, 15) == UINT64_C(0xa129ca6149be45e5));
    short_key[0]++;
    CHECK(crypto_short_hash(short_key, bytes, 15) != UINT64_C(0xa129ca6149be45e5));
}

TEST(comparing_and_forgetting)
{
    char secret[] = "secret";

    CHECK(crypto_equal("abc", "abc", 3));
    CHECK(!crypto_equal("abc", "abd", 3));
    CHECK(crypto_equal("abc", "abd", 2));
    CHECK(crypto_equal("", "x", 0));
    crypto_forget(secret, sizeof(secret));
    for (size_t i = 0; i < sizeof(secret); i++)
        CHECK_INT(secret[i], 0);
}

TEST(hex_goes_both_ways)
{
    uint8_t bytes[4] = { 0x00, 0x7f, 0xab, 0xff }, back[4];
    char text[9];

    hex_print(bytes, 4, text);
    CHECK_TEXT(text, "007fabff");
    CHECK(hex_parse(text, back, 4));
    CHECK(memcmp(bytes, back, 4) == 0);
    CHECK(hex_parse("007FaBFf", back, 4));
    CHECK(memcmp(bytes, back, 4) == 0);
    hex_print(bytes, 0, text);
    CHECK_TEXT(text, "");
}

TEST(hex_refuses_other_texts)
{
    static const char *const texts[] = { "",         "0",        "00112",    "001122334",
                                         "0011223g", "0x112233", " 0112233", "0011223 ",
                                         "0011-233", "00112é" };
    uint8_t back[4] = { 9, 9, 9, 9 };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        CHECK(!hex_parse(texts[i], back, 4));
        CHECK_INT(back[0], 9);
    }
}

/* RFC 4648 §10, without padding. */
TEST(base64_of_the_standard)
{
    static const char *const rows[][2] = {
        { "", "" },           { "f", "Zg" },          { "fo", "Zm8" },         { "foo", "Zm9v" },
        { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" }, { "foobar", "Zm9vYmFy" }
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[16], back[16];
        size_t size_bytes = strlen(rows[i][0]);

        base64_print(rows[i][0], size_bytes, text);
        CHECK_TEXT(text, rows[i][1]);
        CHECK_INT(strlen(text) + 1, BASE64_TEXT_BYTES(size_bytes));
        CHECK_INT(base64_parse(text, back, sizeof(back)), size_bytes);
        CHECK(memcmp(back, rows[i][0], size_bytes) == 0);
    }
}

TEST(base64_is_url_safe)
{
    char text[8];
    uint8_t back[4];

    base64_print("\xfb\xff\xfe", 3, text);
    CHECK_TEXT(text, "-__-");
    CHECK_INT(base64_parse("-__-", back, 4), 3);
    CHECK_INT(base64_parse("+//+", back, 4), E_INVALID);
}

TEST(base64_refuses_other_texts)
{
    static const char *const texts[] = {
        "Zg==", "Zg=", "Z",      "Zm9vY", /* padding, impossible lengths */
        "Zh",   "Zm9", "Zm9vYh",          /* bits behind the end that are not zero */
        " Zg",  "Zg ", "Z g",    "Zg\n",  "Zm9v!", "é",
    };
    char back[16];

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CHECK_INT(base64_parse(texts[i], back, sizeof(back)), E_INVALID);
    CHECK_INT(base64_parse("Zm9vYmFy", back, 6), 6);
    CHECK_INT(base64_parse("Zm9vYmFy", back, 5), E_INVALID);
    CHECK_INT(base64_parse("Zg", back, 0), E_INVALID);
    CHECK_INT(base64_parse("", back, 0), 0);
}

TEST(base64_has_no_digits_above_ascii)
{
    char text[] = "ZmZm";
    uint8_t back[4];

    for (int byte = 0x80; byte <= 0xff; byte++) {
        text[1] = (char)byte;
        CHECK_INT(base64_parse(text, back, sizeof(back)), E_INVALID);
    }
}

TEST(base64_brings_back_any_bytes)
{
    uint32_t seed = 0;

    CHECK_INT(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
    printf("# seed %u\n", seed);
    srand(seed);
    for (int round = 0; round < 500; round++) {
        uint8_t bytes[100], back[100];
        char text[BASE64_TEXT_BYTES(100)];
        size_t size_bytes = (size_t)(rand() % 101);

        for (size_t i = 0; i < size_bytes; i++)
            bytes[i] = (uint8_t)rand();
        base64_print(bytes, size_bytes, text);
        CHECK_INT(base64_parse(text, back, size_bytes), size_bytes);
        CHECK(memcmp(bytes, back, size_bytes) == 0);
    }
}

CHECK_MAIN

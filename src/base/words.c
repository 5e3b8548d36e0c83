/* SPDX-License-Identifier: Apache-2.0 */
#include "base/words.h"

#include <string.h>

bool words_hold(const char *words, const char *word)
{
    size_t size = strlen(word);

    if (size == 0)
        return false;
    for (const char *at = words; (at = strstr(at, word)); at += size)
        if ((at == words || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0'))
            return true;
    return false;
}

size_t words_count(const char *words)
{
    size_t count = 0, size;

    while (words_next(&words, &size))
        count++;
    return count;
}

const char *words_next(const char **words, size_t *ret_size_bytes)
{
    const char *word = *words;
    size_t size = strcspn(word, " ");

    if (size == 0)
        return NULL;
    *words = word + size + (word[size] == ' ');
    *ret_size_bytes = size;
    return word;
}

void words_add(Buffer *words, const char *word)
{
    if (words->size_bytes > 0)
        buffer_add_char(words, ' ');
    buffer_add(words, word);
}

const char *words_list(Arena *arena, const char *const *words, size_t count)
{
    Buffer list;

    if (count == 0)
        return "";
    buffer_init(&list, arena, 128);
    for (size_t i = 0; i < count; i++)
        words_add(&list, words[i]);
    return list.text;
}

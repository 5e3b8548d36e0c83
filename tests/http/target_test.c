/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "http/http.h"
#include "http/target.h"

static Arena *arena;

static const char *path_of(const char *text)
{
    return target_parse(arena, text).path;
}

static const char *query_of(const char *text)
{
    return target_parse(arena, text).query;
}

static const char *parameter_of(const char *text, const char *name)
{
    Target target = target_parse(arena, text);

    return target_parameter(arena, &target, name);
}

static const char *decoded(const char *text)
{
    return http_percent_decode(arena, text, strlen(text));
}

TEST(a_path_is_kept_as_sent)
{
    CHECK_TEXT(path_of("/"), "/");
    CHECK_TEXT(path_of("/a/b"), "/a/b");
    CHECK_TEXT(path_of("/a%2Fb/%41"), "/a%2Fb/%41");
    CHECK_TEXT(path_of("//a//b"), "//a//b");
    CHECK_TEXT(path_of("/a/../b"), "/a/../b");
}

TEST(exactly_one_trailing_slash_is_dropped)
{
    CHECK_TEXT(path_of("/a/"), "/a");
    CHECK_TEXT(path_of("/a//"), "/a/");
    CHECK_TEXT(path_of("//"), "/");
    CHECK_TEXT(path_of("/a/?b=/"), "/a");
}

TEST(the_query_begins_at_the_first_question_mark)
{
    CHECK_TEXT(query_of("/a"), NULL);
    CHECK_TEXT(query_of("/a?"), "");
    CHECK_TEXT(query_of("/a?b?c"), "b?c");
    CHECK_TEXT(path_of("/a?b/"), "/a");
}

TEST(an_absolute_target_loses_its_scheme_and_authority)
{
    CHECK_TEXT(path_of("http://host/a/b"), "/a/b");
    CHECK_TEXT(path_of("https://host:8080/a/"), "/a");
    CHECK_TEXT(path_of("http://host"), "/");
    CHECK_TEXT(path_of("http://host?q=1"), "/");
    CHECK_TEXT(query_of("http://host?q=1"), "q=1");
    CHECK_TEXT(path_of("http://user@host:80/a"), "/a");
    CHECK_TEXT(path_of("http://[::1]:80/a"), "/a");
}

TEST(what_is_not_a_target_has_no_path)
{
    CHECK_TEXT(path_of(""), NULL);
    CHECK_TEXT(path_of("a/b"), NULL);
    CHECK_TEXT(path_of("host:443"), NULL);
    CHECK_TEXT(path_of("http:///a"), NULL);
    CHECK_TEXT(path_of("://host/a"), NULL);
    CHECK_TEXT(path_of("1tp://host/a"), NULL);
    CHECK_TEXT(path_of("/a b"), NULL);
    CHECK_TEXT(path_of("/a#b"), NULL);
    CHECK_TEXT(path_of("/\x01"), NULL);
    CHECK_TEXT(path_of("/\xc3\xa9"), NULL);
    CHECK_TEXT(path_of("?a"), NULL);
    CHECK_TEXT(path_of("*"), "*");
}

TEST(percent_decoding_is_strict)
{
    CHECK_TEXT(decoded("a%20b"), "a b");
    CHECK_TEXT(decoded("%e4%bd%A0"), "\xe4\xbd\xa0");
    CHECK_TEXT(decoded("%2525"), "%25");
    CHECK_TEXT(decoded("a+b"), "a+b");
    CHECK_TEXT(decoded(""), "");
    CHECK_TEXT(decoded("%"), NULL);
    CHECK_TEXT(decoded("%4"), NULL);
    CHECK_TEXT(decoded("%4g"), NULL);
    CHECK_TEXT(decoded("%00"), NULL);
    CHECK_TEXT(decoded("%ff"), NULL);
    CHECK_TEXT(decoded("%c0%af"), NULL);
    CHECK_TEXT(decoded("%41"), "A");
}

TEST(the_first_parameter_of_a_name_counts)
{
    CHECK_TEXT(parameter_of("/?a=1&b=2&a=3", "a"), "1");
    CHECK_TEXT(parameter_of("/?a=1&b=2&a=3", "b"), "2");
    CHECK_TEXT(parameter_of("/?a=1", "c"), NULL);
    CHECK_TEXT(parameter_of("/", "a"), NULL);
    CHECK_TEXT(parameter_of("/?a", "a"), "");
    CHECK_TEXT(parameter_of("/?a=", "a"), "");
    CHECK_TEXT(parameter_of("/?&&a=1", "a"), "1");
    CHECK_TEXT(parameter_of("/?A=1", "a"), NULL);
    CHECK_TEXT(parameter_of("/?%61=x%3D+y", "a"), "x= y");
    CHECK_TEXT(parameter_of("/?a=b=c", "a"), "b=c");
    CHECK_TEXT(parameter_of("/?a=%zz", "a"), NULL);
}

TEST(repeated_parameters_are_given_one_by_one)
{
    Target target = target_parse(arena, "/?a=1&b=2&%61=3&ab=4&a&a=5");
    size_t place = 0;

    CHECK_TEXT(target_parameter_next(arena, &target, "a", &place), "1");
    CHECK_TEXT(target_parameter_next(arena, &target, "a", &place), "3");
    CHECK_TEXT(target_parameter_next(arena, &target, "a", &place), "");
    CHECK_TEXT(target_parameter_next(arena, &target, "a", &place), "5");
    CHECK_TEXT(target_parameter_next(arena, &target, "a", &place), NULL);
    CHECK_TEXT(target_parameter_next(arena, &target, "a", &place), NULL);
    target = target_parse(arena, "/");
    place = 0;
    CHECK_TEXT(target_parameter_next(arena, &target, "a", &place), NULL);
}

TEST(query_is_sound_only_when_all_of_it_decodes)
{
    static const struct {
        const char *target;
        bool is_sound;
    } rows[] = {
        { "/a", true },           { "/a?", true },
        { "/a?b=c&d=%41", true }, { "/a?b=%00", false },
        { "/a?b=%zz", false },    { "/a?b=1&c=%ff", false },
        { "/a?%c3=1", false },    { "/a?b=%E4%BD%A0", true },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Target target = target_parse(arena, rows[i].target);

        if (target_query_is_sound(arena, &target) != rows[i].is_sound)
            CHECK_FAIL("%s", rows[i].target);
    }
}

int main(void)
{
    int r;

    arena = arena_new();
    r = check_main();
    arena_free(arena);
    return r;
}

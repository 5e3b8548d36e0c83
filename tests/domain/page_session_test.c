/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "domain/page_session.h"
#include "fault_check.h"
#include "model/limits.h"

#define PASSWORD "correct horse"

/* Whose session the token opens; NULL: nobody's. */
static const char *opens(const Work *work, const char *token)
{
    PageSession session = { 0 };
    const Tenant *tenant = NULL;
    User user = { 0 };
    int r = page_session_open(work, token, &session, &tenant, &user);

    return r > 0 ? user.kunlun_id : r == 0 ? NULL : "a failure";
}

static const char *begin(const Work *work, const char *kunlun_id, bool is_acted)
{
    const char *token = NULL;

    failure_clear(work->failure);
    page_session_begin(work, kunlun_id, "a browser", is_acted, &token);
    return token;
}

/* What password_check() and password_count() say together. */
static int try_password(const Work *work, const char *kunlun_id, const char *password)
{
    bool is_right = false;
    int r;

    failure_clear(work->failure);
    r = password_check(work, kunlun_id, password, &is_right);
    return r < 0 ? r : password_count(work, kunlun_id, is_right);
}

/* ---- passwords ---- */

TEST(a_password_is_right_or_wrong)
{
    FIXTURE(house);

    CHECK_INT(password_set(&house.work, "1", PASSWORD), 0);
    CHECK_INT(try_password(&house.work, "1", PASSWORD), 0);
    CHECK_INT(try_password(&house.work, "1", PASSWORD " "), E_DENIED);
    CHECK_INT(try_password(&house.work, "1", ""), E_DENIED);
    CHECK_INT(try_password(&house.work, "2", PASSWORD), E_DENIED);
    CHECK_INT(try_password(&house.work, "nobody", PASSWORD), E_DENIED);
    CHECK_INT(try_password(&house.stranger, "1", PASSWORD), E_DENIED);
    CHECK_INT(password_set(&house.work, "1", "another one"), 0);
    CHECK_INT(try_password(&house.work, "1", PASSWORD), E_DENIED);
    CHECK_INT(try_password(&house.work, "1", "another one"), 0);
}

TEST(a_password_is_kept_as_a_hash)
{
    FIXTURE(house);

    CHECK_INT(password_set(&house.work, "1", PASSWORD), 0);
    CHECK(strstr(fixture_rows(&house), "user_password|1|1|$argon2id$v=19$m=19456,t=2,p=1$"));
    CHECK(!strstr(fixture_rows(&house), PASSWORD));
}

TEST(a_password_has_its_measure)
{
    FIXTURE(house);
    char longest[PASSWORD_BYTES_MOST + 2];
    const char *before = fixture_rows(&house);

    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    CHECK_INT(password_set(&house.work, "1", "seven77"), E_INVALID);
    CHECK_INT(password_set(&house.work, "1", ""), E_INVALID);
    CHECK_INT(password_set(&house.work, "1", longest), E_INVALID);
    failure_clear(house.work.failure);
    CHECK_INT(password_set(&house.work, "8", PASSWORD), E_NOT_FOUND);
    CHECK_INT(password_set(&house.work, "99", PASSWORD), E_NOT_FOUND);
    CHECK_TEXT(fixture_changes(&house, before), "");
    longest[PASSWORD_BYTES_MOST] = '\0';
    CHECK_INT(password_set(&house.work, "1", longest), 0);
    CHECK_INT(password_set(&house.work, "1", "八个字的密码可以"), 0);
}

/* Even the right one, until the pause is over. */
TEST(after_too_many_wrong_ones_there_is_a_pause)
{
    FIXTURE(house);

    CHECK_INT(password_set(&house.work, "1", PASSWORD), 0);
    for (int i = 0; i < SIGN_IN_FAILURES_MOST; i++)
        CHECK_INT(password_count(&house.work, "1", false), E_DENIED);
    CHECK_INT(password_count(&house.work, "1", true), E_LIMITED);
    house.work.now_ms += SIGN_IN_PAUSE_MS;
    CHECK_INT(password_count(&house.work, "1", true), E_LIMITED);
    house.work.now_ms += 1;
    CHECK_INT(password_count(&house.work, "1", true), 0);
    CHECK_INT(password_count(&house.work, "1", false), E_DENIED);
    CHECK_INT(password_count(&house.work, "1", true), 0);
}

/* ---- links ---- */

TEST(a_link_is_good_once)
{
    FIXTURE(house);
    const char *token = NULL, *kunlun_id = NULL;

    CHECK_INT(sign_in_link_make(&house.work, "2", &token), 0);
    CHECK(!strstr(fixture_rows(&house), token));
    CHECK_INT(sign_in_link_use(&house.work, token, &kunlun_id), 0);
    CHECK_TEXT(kunlun_id, "2");
    CHECK_INT(sign_in_link_use(&house.work, token, &kunlun_id), E_DENIED);
    failure_clear(house.work.failure);
    CHECK_INT(sign_in_link_make(&house.work, "8", &token), E_NOT_FOUND);
}

TEST(a_link_lives_an_hour_in_its_tenant)
{
    FIXTURE(house);
    const char *token = NULL, *kunlun_id = NULL;

    CHECK_INT(sign_in_link_make(&house.work, "2", &token), 0);
    CHECK_INT(sign_in_link_use(&house.work, "", &kunlun_id), E_DENIED);
    house.work.now_ms += SIGN_IN_LINK_LIFE_MS;
    CHECK_INT(sign_in_link_use(&house.work, token, &kunlun_id), E_DENIED);
    house.work.now_ms -= 1;
    CHECK_INT(sign_in_link_use(&house.stranger, token, &kunlun_id), E_DENIED);
}

/* ---- sessions ---- */

TEST(a_session_opens_for_its_person_until_it_ends)
{
    FIXTURE(house);
    const char *one = begin(&house.work, "1", false), *two = begin(&house.work, "2", false);
    PageSession *sessions = NULL;
    User user = { .kunlun_id = "1" };
    Work work = house.work;
    size_t count = 0;

    CHECK(one && two && strcmp(one, two) != 0);
    CHECK_TEXT(opens(&house.work, one), "1");
    CHECK_TEXT(opens(&house.work, two), "2");
    CHECK_TEXT(opens(&house.work, "nonsense"), NULL);
    CHECK_TEXT(opens(&house.work, ""), NULL);
    CHECK(!strstr(fixture_rows(&house), one));
    work.user = &user;
    CHECK_INT(page_session_items(&work, &sessions, &count), 0);
    CHECK_INT(count, 1);
    CHECK_TEXT(sessions[0].user_agent, "a browser");
    CHECK_INT(page_session_end(&work, "0123456789abcdef"), E_NOT_FOUND);
    failure_clear(work.failure);
    CHECK_INT(page_session_end(&work, sessions[0].session_id), 0);
    CHECK_TEXT(opens(&house.work, one), NULL);
    CHECK_TEXT(opens(&house.work, two), "2");
}

TEST(nobody_ends_anothers_session)
{
    FIXTURE(house);
    const char *token = begin(&house.work, "1", false);
    PageSession *sessions = NULL;
    User one = { .kunlun_id = "1" }, two = { .kunlun_id = "2" };
    Work work = house.work, stranger = house.stranger;
    size_t count = 0;

    work.user = stranger.user = &one;
    page_session_items(&work, &sessions, &count);
    CHECK_INT(page_session_end(&stranger, sessions[0].session_id), E_NOT_FOUND);
    failure_clear(stranger.failure);
    work.user = &two;
    CHECK_INT(page_session_end(&work, sessions[0].session_id), E_NOT_FOUND);
    CHECK_TEXT(opens(&house.work, token), "1");
}

TEST(a_session_ends_with_its_time_or_its_person)
{
    FIXTURE(house);
    const char *token = begin(&house.work, "1", false);

    house.work.now_ms += (int64_t)SESSION_LIFE_S * 1000;
    CHECK_TEXT(opens(&house.work, token), "1");
    house.work.now_ms += 1;
    CHECK_TEXT(opens(&house.work, token), NULL);
    CHECK_INT(page_session_tidy(&house.work), 0);
    CHECK(!strstr(fixture_rows(&house), "page_session|"));
    token = begin(&house.work, "1", false);
    fixture_run(&house.work, "UPDATE kunlun_user SET status = 'resigned' WHERE kunlun_id = $1", "1",
                NULL);
    CHECK_TEXT(opens(&house.work, token), NULL);
    CHECK_TEXT(begin(&house.work, "1", false), NULL);
    CHECK_TEXT(begin(&house.work, "99", false), NULL);
}

TEST(who_is_acted_is_so_in_the_demo_alone)
{
    FIXTURE(house);
    const char *token = begin(&house.work, "1", true);

    CHECK_TEXT(opens(&house.work, token), NULL);
    house.rules.is_demo = true;
    CHECK_TEXT(opens(&house.work, token), "1");
}

TEST(a_person_has_so_many_sessions_the_newest)
{
    FIXTURE(house);
    const char *tokens[SESSIONS_MOST + 1];

    for (int i = 0; i <= SESSIONS_MOST; i++) {
        house.work.now_ms++;
        tokens[i] = begin(&house.work, "1", false);
    }
    CHECK_TEXT(opens(&house.work, tokens[0]), NULL);
    for (int i = 1; i <= SESSIONS_MOST; i++)
        CHECK_TEXT(opens(&house.work, tokens[i]), "1");
}

TEST(its_use_is_noted_now_and_then)
{
    FIXTURE(house);
    const char *token = begin(&house.work, "1", false), *before = fixture_rows(&house);
    PageSession session = { 0 };
    const Tenant *tenant = NULL;
    User user = { 0 };

    page_session_open(&house.work, token, &session, &tenant, &user);
    house.work.now_ms += SESSION_SEEN_EVERY_MS - 1;
    CHECK_INT(page_session_touch(&house.work, &session), 0);
    CHECK_TEXT(fixture_changes(&house, before), "");
    house.work.now_ms += 1;
    CHECK_INT(page_session_touch(&house.work, &session), 0);
    CHECK_TEXT(fixture_changes(&house, before), "page_session +1 -1");
}

TEST(a_browser_that_calls_itself_at_length_is_cut)
{
    FIXTURE(house);
    const char *token = NULL;
    char name[400] = "";

    for (int i = 0; i < 100; i++)
        strcat(name, "浏");
    CHECK_INT(page_session_begin(&house.work, "1", name, false, &token), 0);
    CHECK_INT(page_session_begin(&house.work, "1", "\xff", false, &token), 0);
    CHECK_INT(page_session_begin(&house.work, "1", NULL, false, &token), 0);
    CHECK(strstr(fixture_rows(&house), "浏浏|0\n"));
}

/* ---- all or nothing ---- */

static int sign_in(const Work *work, void *state)
{
    const char *token = NULL;
    int r = sign_in_link_make(work, state, &token);

    if (r >= 0)
        r = sign_in_link_use(work, token, &token);
    if (r >= 0)
        r = password_count(work, state, true);
    if (r >= 0)
        r = page_session_begin(work, state, "b", false, &token);
    return r;
}

TEST(whatever_call_fails_nobody_is_half_signed_in)
{
    FAULTY_FIXTURE(house);
    char one[] = "1";

    CHECK_INT(password_set(&house.work, one, PASSWORD), 0);
    CHECK_EACH_CALL(&house, &house.work, sign_in, one);
}

CHECK_MAIN

/* SPDX-License-Identifier: Apache-2.0 */
#include "api/web_person.h"

/* clang-format off */
const Field person_fields[] = {
    FIELD(Person, user_id, JSON_TEXT, FIELD_REQUIRED, .about = "a kunlun id"),
    FIELD(Person, name,    JSON_TEXT, FIELD_REQUIRED, .about = "the name"),
    FIELD(Person, en_name, JSON_TEXT, FIELD_REQUIRED, .about = "the English name; empty: none"),
    FIELDS_END,
};
/* clang-format on */

Person person_of(const User *user)
{
    return (Person){ user->kunlun_id, user->name, user->en_name };
}

ObjectArray person_array(Arena *arena, const User *users, size_t count)
{
    Person *persons = arena_array(arena, Person, count);

    for (size_t i = 0; i < count; i++)
        persons[i] = person_of(&users[i]);
    return (ObjectArray){ persons, count, true };
}

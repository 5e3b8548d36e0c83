/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "check.h"
#include "fixture.h"

/* Both ways of failing, with our fault and with a full disk. The verb's last good runs are kept, so
 * it must bear being done more than once. */
#define CHECK_EACH_CALL(house, work, verb, state)                                                 \
    do {                                                                                          \
        static const int codes[] = { E_FAULT, E_FULL };                                           \
        for (size_t check_i = 0; check_i < 2; check_i++) {                                        \
            CHECK_TEXT(                                                                           \
                fixture_fail_each_call(house, work, DB_FAULT_ONCE, codes[check_i], verb, state),  \
                NULL);                                                                            \
            CHECK_TEXT(fixture_fail_each_call(house, work, DB_FAULT_FROM_THEN_ON, codes[check_i], \
                                              verb, state),                                       \
                       NULL);                                                                     \
        }                                                                                         \
    } while (0)

#define FAULTY_FIXTURE(name)                       \
    _cleanup_(fixture_close) Fixture name = { 0 }; \
    fixture_open(&name, "fault")

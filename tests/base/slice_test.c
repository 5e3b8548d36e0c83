/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/slice.h"

#include "check.h"

/* What sched_getattr(2) tells of the calling thread's slice; 0 where the kernel knows of none. */
static uint64_t slice_ns(void)
{
    uint64_t words[6] = { 0 };

    return syscall(SYS_sched_getattr, 0, words, sizeof(words), 0) == 0 ? words[3] : 0;
}

TEST(a_slice_that_was_asked_for_is_given)
{
    if (slice_ns() == 0)
        return; /* an older kernel, or one that does not tell */
    slice_ask_us(100);
    CHECK_INT((int64_t)slice_ns(), 100000);
    slice_ask_us(250);
    CHECK_INT((int64_t)slice_ns(), 250000);
}

/* The kernel takes what is left out for 0: who is nice would ask to be less so, which is denied. */
TEST(who_is_nice_stays_so)
{
    CHECK_INT(setpriority(PRIO_PROCESS, 0, 5), 0);
    slice_ask_us(100);
    CHECK_INT(getpriority(PRIO_PROCESS, 0), 5);
}

CHECK_MAIN

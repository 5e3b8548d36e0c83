/* SPDX-License-Identifier: Apache-2.0 */
#include "base/slice.h"

#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The first version of what the kernel calls struct sched_attr; the C library has none. */
typedef struct Attributes {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns; /* of an ordinary thread: its slice */
    uint64_t deadline_ns;
    uint64_t period_ns;
} Attributes;

void slice_ask_us(int slice_us)
{
    Attributes attributes = { .size = sizeof(attributes) };

    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) != 0 ||
        attributes.policy != SCHED_OTHER)
        return;
    attributes.runtime_ns = (uint64_t)slice_us * 1000;
    syscall(SYS_sched_setattr, 0, &attributes, 0);
}

void slice_give_way(void)
{
    sched_yield();
}

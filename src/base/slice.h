/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The slice of a thread: for how long it may run before others have their turn, 3 ms or so where
 * nobody asks. Who asks for a shorter one gets no more of the processor, but gets it sooner: Linux
 * 6.12 lets a thread that wakes go before one whose slice is longer (sched_setattr(2)).
 *
 * For the calling thread. Where the kernel is older or forbids it, nothing changes. */
void slice_ask_us(int slice_us);

/* Whoever waits for this processor goes first. For a thread that works for milliseconds beside
 * those that others wait for, every now and then, while it holds nothing that they want. */
void slice_give_way(void);

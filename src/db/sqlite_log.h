/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A VFS for SQLite that writes what a commit adds to the write-ahead log in large pieces.
 *
 * SQLite writes each frame of its log with two calls, a header of 24 bytes and a page: some 150 for
 * a batch of 64 requests. Here consecutive writes to a log are gathered and handed to the operating
 * system's VFS as one. All else is that VFS's own.
 *
 * What is gathered is out of sight of every other connection and process, so it must be in the file
 * before the index of the log says that it is there. That holds because a commit with
 * synchronous=FULL syncs the log before it publishes its frames (sqlite3WalFrames()), and a sync
 * writes first. The frames of a transaction that outgrows the page cache are published to nobody;
 * its own connection reads them back, and a read writes first too. A file system without
 * SQLITE_IOCAP_POWERSAFE_OVERWRITE, where SQLite adds padding behind the sync, is left as it is.
 *
 * A gathered write that fails does so at the sync, with the code of a write that fails: whoever
 * asks cannot tell it from one that failed at once. */

/* The most that is gathered before it is written: SQLite's own VFS writes no more at once. */
enum { SQLITE_LOG_GATHER_BYTES = 128 * 1024 - 1 };

/* The VFS's name, for sqlite3_open_v2(). Registered once, by the first call. */
const char *sqlite_log_vfs(void);

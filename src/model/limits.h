/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Every limit of the product, named once. What docs say a limit is, is said in docs/limits.md;
 * those of the transport are http/http.h's. */

enum {
    /* chat_group (contract §1.2, decisions 13 and 16) */
    INVITEES_MOST = 20,
    CHAT_MEMBERS_MOST = 5000, /* contract §5.3 */
    CHAT_BOTS_MOST = 15,
    CHAT_NAME_SHOWN_CHARACTERS = 60 /* where a person reads it; what is kept is whole */,

    /* user_task/query (contract §1.2, decision 9) */
    TASK_PAGE_MOST = 50,
    TASK_PAGE_DEFAULT = 10,
    TASK_OFFSET_MOST = 100000,
    API_IDS_MOST = 100,

    /* im chats and members (contract §5.2, §5.3) */
    USERS_NAMED_MOST = 50, /* in one call */
    BOTS_NAMED_MOST = 5,
    PUBLIC_NAME_LEAST = 2, /* characters */
    CHAT_UUID_MOST = 50,   /* characters */
    CHAT_AVATAR_CHARACTERS_MOST = 1000,
    CHAT_DESCRIPTION_CHARACTERS_MOST = 4000, /* the page's 100 are advice */
    CHAT_I18N_CHARACTERS_MOST = 1000,        /* its name in one language */

    /* im lists (contract §5.2) */
    CHAT_PAGE_MOST = 100,
    CHAT_PAGE_DEFAULT = 20,
    CHAT_PAGE_BYTES = 1024 * 1024, /* of names and settings; then the page ends */
    CHATS_SCANNED_MOST = 1000,     /* looked at for one page, and sorted by activity */
    CHATS_SCANNED_AT_ONCE = 125,
    MEMBER_PAGE_MOST = 100,
    MEMBER_PAGE_DEFAULT = 20,
    MESSAGE_PAGE_MOST = 50,
    MESSAGE_PAGE_DEFAULT = 20,

    /* messages (contract §5.2) */
    TEXT_CONTENT_BYTES_MOST = 150 * 1024,
    CONTENT_BYTES_MOST = 30 * 1024, /* of every other kind of message */
    MENTIONS_MOST = 50,             /* tags in one text: each is looked for */
    MESSAGE_UUID_CHARACTERS_MOST = 50,

    /* contact (contract §7) */
    CONTACTS_ASKED_MOST = 50, /* emails in one call, and as many mobiles */
    EMAIL_BYTES_MOST = 254,
    MOBILE_DIGITS_LEAST = 4,
    MOBILE_DIGITS_MOST = 20,

    /* imports and administration */
    IMPORT_LINE_BYTES = 256 * 1024,
    IMPORT_LINES_MOST = 10 * 1000 * 1000,
    PARTICIPANTS_MOST = 200, /* of one role in one task */
    LABELS_MOST = 32,        /* languages of one label */
    LABEL_CHARACTERS_MOST = 200,
    SUMMARYS_MOST = 100,
    SUMMARY_CHARACTERS_MOST = 4000,  /* of one text */
    SUMMARYS_BYTES_MOST = 16 * 1024, /* of all of a task's as JSON: a page holds 50 tasks */
    NAME_CHARACTERS_MOST = 200,      /* of a tenant, an app, a user */
    EXTERNAL_ID_BYTES_MOST = 64,     /* ids given by an import */
    TENANTS_MOST = 1000,
    APPS_MOST = 1000,
    APP_TENANTS_MOST = 50000, /* each app counts once for every tenant that it may act in */
    SCOPES_MOST = 64,
    LIST_ROWS_MOST = 25, /* read in one go by `task list` and `chat list`: a name may fill a body */

    /* tokens (contract §2) */
    TOKEN_LIFE_S = 7200,
    TOKEN_REUSE_S = 5400, /* how long the same token is handed out: 30 minutes remain at its end */
    TOKEN_SKEW_S = 300,   /* by how much the clock may be set back without a token being refused */
    TICKET_TURN_S = 3600, /* how long the same ticket is handed out */
    TICKET_LIFE_S = 12 * 3600, /* after that (contract §10, decision 33) */

    /* the page */
    TASK_PAGE_WEB = 20,             /* tasks told at once */
    TASK_CHATS_MOST = 50,           /* chats told with a task, the newest */
    CHAT_EVENTS_BYTES = 256 * 1024, /* of what events say, told at once; but for the last of them */
    TASK_HISTORY_MOST = 100,        /* what happened with a task, the newest */
    TASK_CHAT_CHANGES_MOST = 20,    /* events looked at for changes of a chat of a task */
    TALK_CHATS_MOST = 50,           /* chats looked at for a page of one's own */
    TALK_TASKS_MOST = 20,           /* tasks told with a chat */
    TALK_MESSAGES_PAGE = 50,
    TALK_EVENTS_PAGE = 50, /* told with a page of messages, which ends there */
    TALK_MEMBERS_PAGE = 100,
    TALK_PEOPLE_MOST = 50, /* added in one call */
    TALK_TEXT_BYTES_MOST = 20 * 1024,
    UNREAD_MOST = 100, /* counted no further */

    /* signing in on the page */
    PASSWORD_CHARACTERS_LEAST = 8,
    PASSWORD_BYTES_MOST = 256,
    SIGN_IN_FAILURES_MOST = 10, /* wrong passwords in a row, then a pause: */
    SIGN_IN_PAUSE_MS = 15 * 60 * 1000,
    SIGN_IN_LINK_LIFE_MS = 60 * 60 * 1000,
    SESSION_LIFE_S = 30 * 24 * 3600,
    SESSION_SEEN_EVERY_MS = 10 * 60 * 1000, /* how exactly a session's last use is known */
    SESSIONS_MOST = 20,                     /* of one person; the oldest makes room */
    SESSION_PRUNE_ROWS = 500,               /* taken away in one go */
    USERS_FOUND_MOST = 20,                  /* told at once by a search for names */
    USER_AGENT_BYTES_MOST = 200,            /* kept of what a browser calls itself */

    /* idempotency (reliability §3.3) */
    IDEMPOTENCY_KEY_MOST = 255,
    IDEMPOTENCY_PRUNE_ROWS = 500, /* taken away in one go */

    /* the stream of events (docs/adr/0019-live.md) */
    LIVE_RETRY_MS = 1000,            /* after which a client that lost its stream comes again */
    LIVE_COMMENT_MS = 15000,         /* between two signs of life, for who is signed in */
    LIVE_LIFE_MS = 5 * 60 * 1000,    /* then a client has to come again */
    LIVE_POLL_MS = 1000,             /* for what other processes write */
    LIVE_STEP_EVENTS = 500,          /* read in one go */
    LIVE_EVENT_BYTES = 128 * 1024,   /* of one event as it is told: else the page reloads */
    LIVE_BEHIND_MS = 10 * 60 * 1000, /* an older place is not caught up from: the page reloads */
    LIVE_BEHIND_EVENTS = 200 * 1000, /* nor is one so far back */
    LIVE_OPENS_MOST = 16384,         /* streams that wait to be taken up */

    /* the index from who takes part to chats (docs/adr/0014-chat-index.md) */
    CHAT_INDEX_BLOCK_BYTES = 4020,     /* of a row, which fills a page */
    CHAT_INDEX_BLOCK_POSTINGS = 1600,  /* of a row */
    CHAT_INDEX_FLUSH_POSTINGS = 16384, /* so many that wait become a run */
    CHAT_INDEX_FLUSH_EVENTS = 65536,   /* after so many at the latest */
    CHAT_INDEX_TAIL_POSTINGS = 65536,  /* that wait and can be searched */
    CHAT_INDEX_TAIL_EVENTS = 131072,   /* read for that in one go */
    CHAT_INDEX_MERGE_RUNS = 8,         /* of one level become one of the next */
    CHAT_INDEX_LEVELS = 11,            /* the last would take 10^13 postings */
    CHAT_INDEX_RUNS_MOST = 64,         /* at a time: until there are fewer, none is added */
    CHAT_INDEX_PIECE_BLOCKS = 8,       /* of a merge, written in one transaction */
    CHAT_INDEX_PIECE_BLOCKS_MOST = 64, /* of a new run, which is written in one, too */
    CHAT_INDEX_DROP_BLOCKS = 8,        /* deleted in one transaction */
    CHAT_INDEX_CANDIDATES_MOST = 1000, /* listed in one go */
};

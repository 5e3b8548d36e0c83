-- SPDX-License-Identifier: Apache-2.0
-- One text for every database (docs/adr/0004-sql-seam.md). Ids given to us and enums are TEXT, instants are
-- …_ms BIGINT in UTC, truth is 0/1. Every key of a tenant's table begins with tenant_id, a small number that
-- never leaves the server (the wire says tenant_key), or with a number made here, which no two tenants share;
-- every query asks for tenant_id in both. Numbers begin with the time, so that what chat_group inserts is
-- appended to each table. {{clustered}}: rows are kept in the key's order.

-- Counts up whenever what it names has changed: readers keep a snapshot and compare.
CREATE TABLE revision (
    name      TEXT   NOT NULL PRIMARY KEY,
    number    BIGINT NOT NULL
){{clustered}};

INSERT INTO revision (name, number) VALUES ('directory', 1);

-- One row: a keyed hash that tells whether a master key is the one that this database was made with.
CREATE TABLE master_key (
    name      TEXT   NOT NULL PRIMARY KEY,
    key_check TEXT   NOT NULL
){{clustered}};

CREATE TABLE tenant (
    tenant_id  BIGINT NOT NULL PRIMARY KEY,
    tenant_key TEXT   NOT NULL UNIQUE,
    name       TEXT   NOT NULL,
    created_ms BIGINT NOT NULL
);

-- tenant_id owns the app. scopes: names with one space between them.
CREATE TABLE app (
    tenant_id   BIGINT NOT NULL REFERENCES tenant (tenant_id),
    app_id      TEXT   NOT NULL UNIQUE,
    app_type    TEXT   NOT NULL CHECK (app_type IN ('custom', 'isv')),
    name        TEXT   NOT NULL,
    secret_hash TEXT   NOT NULL,
    scopes      TEXT   NOT NULL,
    created_ms  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, app_id)
);

-- Where an app may act: its own tenant, and for a store app all that installed it.
CREATE TABLE app_tenant (
    tenant_id  BIGINT NOT NULL REFERENCES tenant (tenant_id),
    app_id     TEXT   NOT NULL REFERENCES app (app_id),
    PRIMARY KEY (tenant_id, app_id)
){{clustered}};

CREATE TABLE kunlun_user (
    tenant_id  BIGINT NOT NULL,
    kunlun_id  TEXT   NOT NULL,
    open_id    TEXT   NOT NULL,
    union_id   TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    en_name    TEXT   NOT NULL,
    email      TEXT   NOT NULL, -- in small letters; '' = none
    mobile     TEXT   NOT NULL, -- digits, with + and the country's code where it is not +86; '' = none
    status     TEXT   NOT NULL CHECK (status IN ('active', 'resigned')),
    PRIMARY KEY (tenant_id, kunlun_id)
){{clustered}};

CREATE UNIQUE INDEX kunlun_user_open_id ON kunlun_user (tenant_id, open_id);
CREATE UNIQUE INDEX kunlun_user_union_id ON kunlun_user (tenant_id, union_id);
CREATE UNIQUE INDEX kunlun_user_user_id ON kunlun_user (tenant_id, user_id);
CREATE INDEX kunlun_user_email ON kunlun_user (tenant_id, email) WHERE email <> '';
CREATE INDEX kunlun_user_mobile ON kunlun_user (tenant_id, mobile) WHERE mobile <> '';

CREATE TABLE workflow_instance (
    tenant_id            BIGINT NOT NULL,
    workflow_instance_id TEXT   NOT NULL,
    api_id               TEXT   NOT NULL,
    status               TEXT   NOT NULL
        CHECK (status IN ('in_process', 'completed', 'rejected', 'canceled')),
    PRIMARY KEY (tenant_id, workflow_instance_id)
){{clustered}};

CREATE TABLE workflow_label (
    tenant_id            BIGINT NOT NULL,
    workflow_instance_id TEXT   NOT NULL,
    position             BIGINT NOT NULL,
    language_code        TEXT   NOT NULL,
    text                 TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, workflow_instance_id, position)
){{clustered}};

-- summarys: the wire's array as compact JSON; nothing here looks into it.
CREATE TABLE task (
    tenant_id            BIGINT NOT NULL,
    task_id              TEXT   NOT NULL,
    workflow_instance_id TEXT   NOT NULL,
    type                 TEXT   NOT NULL CHECK (type IN ('pending', 'archived')),
    task_start_ms        BIGINT NOT NULL,
    summarys             TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, task_id)
){{clustered}};

CREATE TABLE participant (
    tenant_id  BIGINT NOT NULL,
    kunlun_id  TEXT   NOT NULL,
    role       TEXT   NOT NULL CHECK (role IN ('initiator', 'assignee', 'cc')),
    task_id    TEXT   NOT NULL,
    position   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kunlun_id, role, task_id)
){{clustered}};

CREATE INDEX participant_task ON participant (tenant_id, task_id, role, position);

-- What is made here is named by an id of two numbers (src/base/id.h): its …_number, which grows and is the
-- key, and a random tail, kept only in the row that the id names. {{row_key}}: BIGINT, kept in its order.
CREATE TABLE chat (
    chat_number    {{row_key}} NOT NULL PRIMARY KEY,
    tail           BIGINT NOT NULL,
    tenant_id      BIGINT NOT NULL,
    name           TEXT   NOT NULL,
    owner_id       TEXT   NOT NULL, -- a user; '' = the bot of creator_app_id
    creator_app_id TEXT   NOT NULL,
    -- One by one: SQLite checks a list of three by way of a table that it makes for each row, and one
    -- of two at more cost than two texts.
    chat_status    TEXT   NOT NULL
        CHECK (chat_status = 'normal' OR chat_status = 'dissolved' OR chat_status = 'dissolved_save'),
    kind           BIGINT NOT NULL, -- 0: a private group, 1: a public one, 2: of a bot and one user
    settings       TEXT   NOT NULL, -- JSON of what differs from the platform's defaults; '' = nothing
    user_count     BIGINT NOT NULL,
    bot_ids        TEXT   NOT NULL, -- the apps whose bots are inside, with one space between
    created_ms     BIGINT NOT NULL,
    -- Those who came when it was made, a join like those of chat_later_join (docs/adr/0015-joins.md); 0 and '' = nobody
    -- of them is left.
    first_event    BIGINT NOT NULL,
    first_task_id  TEXT   NOT NULL,
    first_user_ids TEXT   NOT NULL,
    first_bot_ids  TEXT   NOT NULL,
    -- 1: what tells of them is in this row (docs/adr/0007-events.md), see opening_event. first_actor_id,
    -- first_log_id: as events have them. 0: it is in rows of later_event.
    has_first_events BIGINT NOT NULL,
    first_actor_id   TEXT   NOT NULL,
    first_log_id     TEXT   NOT NULL,
    -- The message that opened it, said by creator_app_id at created_ms; 0 and '' = none (docs/adr/0018-messages.md). Of its
    -- content what follows MESSAGE_OPENING_BEGIN (src/model/message.h).
    opening_number  BIGINT NOT NULL,
    opening_tail    BIGINT NOT NULL,
    opening_content TEXT   NOT NULL
);
-- Few chats are public, and a name is looked for in these alone (ADR 17).
CREATE INDEX chat_public_name ON chat (tenant_id, name) WHERE kind = 1;

-- Those who came into a chat together (docs/adr/0015-joins.md), after it was made: one row for each event that
-- brought users, bots or both. task_id: the task by which they came, '' = none. user_ids: kunlun ids with one space
-- between, '.' in the place of one who has left; '' = none. bot_ids: the apps likewise.
CREATE TABLE chat_later_join (
    chat_number  BIGINT NOT NULL,
    event_number BIGINT NOT NULL,
    tenant_id    BIGINT NOT NULL,
    task_id      TEXT   NOT NULL,
    user_ids     TEXT   NOT NULL,
    bot_ids      TEXT   NOT NULL,
    joined_ms    BIGINT NOT NULL,
    PRIMARY KEY (chat_number, event_number)
){{clustered}};

-- All joins of all chats.
CREATE VIEW chat_join AS
    SELECT chat_number, first_event AS event_number, tenant_id, first_task_id AS task_id, first_user_ids AS user_ids,
           first_bot_ids AS bot_ids, created_ms AS joined_ms
    FROM chat WHERE first_event > 0
    UNION ALL
    SELECT chat_number, event_number, tenant_id, task_id, user_ids, bot_ids, joined_ms
    FROM chat_later_join;

-- The chat of a bot and one user: made once, and found by both (docs/adr/0018-messages.md).
CREATE TABLE direct_chat (
    tenant_id   BIGINT NOT NULL,
    app_id      TEXT   NOT NULL,
    kunlun_id   TEXT   NOT NULL,
    chat_number BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, app_id, kunlun_id)
){{clustered}};

-- A task that was linked to a chat without anybody coming: the link that a join has is not repeated here. Rare,
-- so that its index, which is written at random, costs little. event_number: of the join that is gone since; 0 = nobody
-- came, and linked_by, a kunlun id, did it.
CREATE TABLE task_chat (
    chat_number  BIGINT NOT NULL,
    task_id      TEXT   NOT NULL,
    tenant_id    BIGINT NOT NULL,
    linked_ms    BIGINT NOT NULL,
    linked_by    TEXT   NOT NULL,
    event_number BIGINT NOT NULL,
    PRIMARY KEY (chat_number, task_id)
){{clustered}};

CREATE INDEX task_chat_task ON task_chat (tenant_id, task_id, chat_number);

-- sender_id: an app_id or a kunlun_id, as sender_type says. content: the wire's JSON string. root_id and parent_id:
-- the whole ids of what a reply answers; '' = no reply. mentions: kunlun ids with one space between; '' = none.
-- deleted_ms: when it was recalled; 0 = it was not.
CREATE TABLE message (
    chat_number    BIGINT NOT NULL,
    message_number BIGINT NOT NULL,
    tail           BIGINT NOT NULL,
    tenant_id      BIGINT NOT NULL,
    msg_type       TEXT   NOT NULL,
    sender_id      TEXT   NOT NULL,
    sender_type    TEXT   NOT NULL CHECK (sender_type = 'app' OR sender_type = 'user'),
    content        TEXT   NOT NULL,
    created_ms     BIGINT NOT NULL,
    root_id        TEXT   NOT NULL,
    parent_id      TEXT   NOT NULL,
    mentions       TEXT   NOT NULL,
    deleted_ms     BIGINT NOT NULL,
    PRIMARY KEY (chat_number, message_number)
){{clustered}};

-- By an id alone.
CREATE UNIQUE INDEX message_number ON message (message_number);

-- What happened, written once by the transaction that did it (docs/adr/0007-events.md). Never changed.
-- subject_number: a chat's. What tells of a new chat is in the chat's row, and comes here when that is to change.
CREATE TABLE later_event (
    event_number   {{row_key}} NOT NULL PRIMARY KEY,
    tail           BIGINT NOT NULL,
    tenant_id      BIGINT NOT NULL,
    event_type     TEXT   NOT NULL,
    app_id         TEXT   NOT NULL,
    actor_id       TEXT   NOT NULL,
    subject_number BIGINT NOT NULL,
    body           TEXT   NOT NULL,
    created_ms     BIGINT NOT NULL,
    log_id         TEXT   NOT NULL
);

-- What tells of new chats: of the bots that came, then of the users, whose event has the number of their join. The tail is
-- the chat's. arrived: their ids with one space between; '' = the bot of app_id. The body is made of the two when it is read.
CREATE VIEW opening_event AS
    SELECT chat_number, first_event - CASE WHEN first_user_ids = '' THEN 0 ELSE 1 END AS event_number, tail, tenant_id,
           'im.chat.member.bot.added_v1' AS event_type, creator_app_id AS app_id, first_actor_id AS actor_id,
           name AS chat_name, CASE WHEN first_bot_ids = creator_app_id THEN '' ELSE first_bot_ids END AS arrived,
           created_ms, first_log_id AS log_id
    FROM chat WHERE has_first_events = 1 AND first_bot_ids <> ''
    UNION ALL
    SELECT chat_number, first_event, tail, tenant_id, 'im.chat.member.user.added_v1', creator_app_id, first_actor_id,
           name, first_user_ids, created_ms, first_log_id
    FROM chat WHERE has_first_events = 1 AND first_user_ids <> '';

-- A chat's events are found by its joins, which bear their numbers, and by these rows where no join leads to one
-- (docs/adr/0020-history.md). Those of messages are in neither.
CREATE TABLE chat_event (
    chat_number  BIGINT NOT NULL,
    event_number BIGINT NOT NULL,
    tenant_id    BIGINT NOT NULL,
    PRIMARY KEY (chat_number, event_number)
){{clustered}};

-- The index from users, bots and tasks to their chats (docs/adr/0014-chat-index.md), derived from chat_join in
-- the order of its events. One row. last_event: all up to it is in some run. last_run: the greatest number used.
CREATE TABLE chat_index_progress (
    name       TEXT   NOT NULL PRIMARY KEY,
    last_event BIGINT NOT NULL,
    last_run   BIGINT NOT NULL
){{clustered}};

INSERT INTO chat_index_progress (name, last_event, last_run) VALUES ('chats', 0, 0);

-- The runs that are whole. A run never changes; some of one level are merged into one of the next.
CREATE TABLE chat_index_run (
    run_number BIGINT NOT NULL PRIMARY KEY,
    level      BIGINT NOT NULL
){{clustered}};

-- A run's postings in their order, in blocks that fill a page each (src/store/chat_block.h). first_…: the first one's.
CREATE TABLE chat_index_block (
    block_number {{row_key}} NOT NULL PRIMARY KEY,
    run_number   BIGINT NOT NULL,
    first_hash   BIGINT NOT NULL,
    first_chat   BIGINT NOT NULL,
    packed       {{bytes}} NOT NULL
);

CREATE INDEX chat_index_block_first ON chat_index_block (run_number, first_hash, first_chat);

-- key_hash covers app, method, route and the caller's key; the key itself is not kept.
CREATE TABLE idempotency (
    tenant_id   BIGINT NOT NULL,
    key_hash    TEXT   NOT NULL,
    fingerprint TEXT   NOT NULL,
    http_status BIGINT NOT NULL,
    body        TEXT   NOT NULL,
    created_ms  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, key_hash)
){{clustered}};

CREATE INDEX idempotency_age ON idempotency (created_ms);

-- How far a person has read a chat on the page.
CREATE TABLE read_mark (
    tenant_id      BIGINT NOT NULL,
    kunlun_id      TEXT   NOT NULL,
    chat_number    BIGINT NOT NULL,
    message_number BIGINT NOT NULL,
    tail           BIGINT NOT NULL, -- the message's
    PRIMARY KEY (tenant_id, kunlun_id, chat_number)
){{clustered}};

-- How people sign in on the page. password_hash: argon2id with its salt and its costs.
CREATE TABLE user_password (
    tenant_id     BIGINT NOT NULL,
    kunlun_id     TEXT   NOT NULL,
    password_hash TEXT   NOT NULL,
    failed_count  BIGINT NOT NULL,
    failed_ms     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kunlun_id)
){{clustered}};

-- link_hash, token_hash: keyed hashes of what only the person has.
CREATE TABLE sign_in_link (
    link_hash  TEXT   NOT NULL PRIMARY KEY,
    tenant_id  BIGINT NOT NULL,
    kunlun_id  TEXT   NOT NULL,
    expires_ms BIGINT NOT NULL
){{clustered}};

CREATE TABLE page_session (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    session_id TEXT   NOT NULL UNIQUE,
    tenant_id  BIGINT NOT NULL,
    kunlun_id  TEXT   NOT NULL,
    created_ms BIGINT NOT NULL,
    seen_ms    BIGINT NOT NULL,
    user_agent TEXT   NOT NULL,
    is_acted   BIGINT NOT NULL
){{clustered}};

CREATE INDEX page_session_user ON page_session (tenant_id, kunlun_id, created_ms);
CREATE INDEX page_session_age ON page_session (created_ms);

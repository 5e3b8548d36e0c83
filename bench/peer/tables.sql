-- SPDX-License-Identifier: Apache-2.0
-- Chats as one makes them without ado: a row for each member and each link. What the product has in their place
-- may change, the yardstick does not. The peer's other tables are the product's.
DROP VIEW opening_event;
DROP VIEW chat_join;
DROP TABLE later_event;
DROP TABLE chat;
DROP TABLE chat_later_join;
DROP TABLE task_chat;
DROP TABLE message;

CREATE TABLE chat (
    chat_number    INTEGER PRIMARY KEY,
    tail           BIGINT NOT NULL,
    tenant_id      BIGINT NOT NULL,
    name           TEXT   NOT NULL,
    owner_id       TEXT   NOT NULL,
    creator_app_id TEXT   NOT NULL,
    chat_status    TEXT   NOT NULL
        CHECK (chat_status = 'normal' OR chat_status = 'dissolved' OR chat_status = 'dissolved_save'),
    created_ms     BIGINT NOT NULL
);

CREATE TABLE member (
    chat_number BIGINT NOT NULL,
    member_id   TEXT   NOT NULL,
    tenant_id   BIGINT NOT NULL,
    member_type TEXT   NOT NULL CHECK (member_type = 'user' OR member_type = 'bot'),
    joined_ms   BIGINT NOT NULL,
    PRIMARY KEY (chat_number, member_id)
) WITHOUT ROWID;

CREATE TABLE task_chat (
    chat_number BIGINT NOT NULL,
    task_id     TEXT   NOT NULL,
    tenant_id   BIGINT NOT NULL,
    linked_ms   BIGINT NOT NULL,
    PRIMARY KEY (chat_number, task_id)
) WITHOUT ROWID;

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
    PRIMARY KEY (chat_number, message_number)
) WITHOUT ROWID;

CREATE TABLE event (
    event_number   INTEGER PRIMARY KEY,
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

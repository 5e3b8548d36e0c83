-- SPDX-License-Identifier: Apache-2.0
-- All that happened, as the product reads it (src/store/event_store.c): rows of later_event, and what the rows of chats tell.
CREATE TEMP VIEW event AS
    SELECT event_number, tail, tenant_id, event_type, app_id, actor_id, subject_number, body, created_ms, log_id
    FROM later_event
    UNION ALL
    SELECT event_number, tail, tenant_id, event_type, app_id, actor_id, chat_number,
           '{"name":' || json_quote(chat_name) || CASE WHEN arrived = '' THEN '' ELSE
               CASE event_type WHEN 'im.chat.member.bot.added_v1' THEN ',"bots":["' ELSE ',"users":["' END ||
               replace(arrived, ' ', '","') || '"]' END || '}',
           created_ms, log_id
    FROM opening_event;

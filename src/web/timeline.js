// SPDX-License-Identifier: Apache-2.0
// What was said and what happened in one chat, in the server's order: pages of history and live events grow together here.
// An entry is { key, ms, message } or { key, ms, notice }. No message_id and no notice is in it twice.
//
// What this person sent is confirmed before the stream tells it, and others' earlier messages may still be on their way. It waits
// in the tail, is shown last, and takes its place when the stream or a page brings it: so the order is always the server's.

const NOTICES = {
  'im.chat.member.user.added_v1': 'added',
  'im.chat.member.user.deleted_v1': 'removed',
  'im.chat.member.user.withdrawn_v1': 'removed',
  'im.chat.updated_v1': 'renamed',
  'im.chat.disbanded_v1': 'disbanded',
};

export function makeTimeline() {
  return { entries: [], tail: [], olderToken: '', hasOlder: false, isLoaded: false };
}

function ofMessage(message) {
  return { key: message.message_id, ms: message.create_ms, message };
}

/** What an event says to those who read the chat, or null: { kind, actor, users, name }. */
function ofEvent(type, data) {
  const kind = NOTICES[type];
  if (!kind || (kind === 'renamed' && !data.name)) return null;
  const users = data.users || [];
  const key = [type, data.event_ms, data.name, ...users.map((user) => user.user_id)].join(' ');
  return { key, ms: data.event_ms, notice: { kind, actor: data.actor, users, name: data.name } };
}

/** A page's messages and notices, oldest first. Messages keep their order; a notice goes before the first later message. */
function ofPage(page) {
  const entries = page.items.map(ofMessage).reverse();
  for (const told of page.notices || []) {
    const entry = ofEvent(told.event, told);
    if (!entry) continue;
    const place = entries.findIndex((other) => other.ms > entry.ms);
    entries.splice(place < 0 ? entries.length : place, 0, entry);
  }
  return entries;
}

/**
 * The newest page, at the beginning or after a reconnection. What is known and older stays before it, what came live while it was
 * on its way stays behind it. If nothing joins it to what is known, there is a gap: then only the page holds.
 */
export function mergeNewest(timeline, page) {
  const fresh = ofPage(page);
  const keys = new Set(fresh.map((entry) => entry.key));
  const meeting = timeline.entries.findIndex((entry) => keys.has(entry.key));
  const joins = meeting >= 0 || !timeline.isLoaded;
  const before = timeline.isLoaded && joins ? timeline.entries.slice(0, meeting) : [];
  const newestMs = fresh.length > 0 ? fresh.at(-1).ms : 0;
  const after = timeline.entries.slice(Math.max(meeting, 0)).filter((entry) => !keys.has(entry.key) && (joins || entry.ms > newestMs));
  timeline.entries = weave(before, fresh, after);
  if (!timeline.isLoaded || !joins) {
    timeline.hasOlder = page.has_more;
    timeline.olderToken = page.page_token;
  }
  timeline.isLoaded = true;
  shortenTail(timeline);
}

/** Live notices that no page repeats keep their place in time among the page's messages. */
function weave(before, fresh, after) {
  const first = fresh[0]?.ms ?? Infinity;
  const last = fresh.at(-1)?.ms ?? 0;
  const between = after.filter((entry) => entry.notice && entry.ms >= first && entry.ms <= last);
  const woven = [...fresh];
  for (const entry of between) {
    const place = woven.findIndex((other) => other.ms > entry.ms);
    woven.splice(place < 0 ? woven.length : place, 0, entry);
  }
  return [...before, ...woven, ...after.filter((entry) => !between.includes(entry))];
}

export function mergeOlder(timeline, page) {
  const known = new Set(timeline.entries.map((entry) => entry.key));
  timeline.entries = [...ofPage(page).filter((entry) => !known.has(entry.key)), ...timeline.entries];
  timeline.hasOlder = page.has_more && page.page_token !== timeline.olderToken;
  timeline.olderToken = page.page_token;
}

/** All entries, in the order in which they are shown. */
export function allEntries(timeline) {
  return [...timeline.entries, ...timeline.tail];
}

/** A message of this person that the server has confirmed. */
export function addSent(timeline, message) {
  if (!allEntries(timeline).some((entry) => entry.key === message.message_id)) timeline.tail.push(ofMessage(message));
}

function shortenTail(timeline) {
  if (timeline.tail.length === 0) return;
  const known = new Set(timeline.entries.map((entry) => entry.key));
  timeline.tail = timeline.tail.filter((entry) => !known.has(entry.key));
}

function addMessage(timeline, message) {
  if (timeline.entries.some((entry) => entry.key === message.message_id)) return false;
  timeline.entries.push(ofMessage(message));
  shortenTail(timeline);
  return true;
}

/** An event of this chat. Gives the entry that is new, or null. */
export function addEvent(timeline, type, data) {
  if (type === 'im.message.receive_v1') return addMessage(timeline, data.message) ? timeline.entries.at(-1) : null;
  if (type === 'im.message.recalled_v1') {
    recall(timeline, data.message_id);
    return null;
  }
  const entry = ofEvent(type, data);
  if (!entry || timeline.entries.some((other) => other.key === entry.key)) return null;
  timeline.entries.push(entry);
  return entry;
}

function recall(timeline, message_id) {
  const entry = allEntries(timeline).find((other) => other.key === message_id);
  if (entry) entry.message = { ...entry.message, deleted: true };
}

export function newestMessage(timeline) {
  return allEntries(timeline).findLast((entry) => entry.message)?.message;
}

/** The uuids of what is known to have arrived: such a message is no longer pending. */
export function arrivedUuids(timeline) {
  return new Set(allEntries(timeline).map((entry) => entry.message?.uuid).filter(Boolean));
}

// SPDX-License-Identifier: Apache-2.0
// What was said and what happened in one chat, in the server's order: pages of history and live events grow together here.
// An entry is { key, ms, message } or { key, ms, notice }. No message_id and no notice is in it twice.
//
// entries: without a gap, as far as it is known.
// live: what a new stream has told since it began, until a page that was asked for after that joins it to the entries.
// tail: what this person sent is confirmed before the stream tells it, and others' earlier messages may still be on their way. It
// waits here, is shown last, and takes its place when the stream or a page brings it: so the order is always the server's.

const NOTICES = {
  'im.chat.member.user.added_v1': 'added',
  'im.chat.member.user.deleted_v1': 'removed',
  'im.chat.member.user.withdrawn_v1': 'removed',
  'im.chat.updated_v1': 'renamed',
  'im.chat.disbanded_v1': 'disbanded',
};

export function makeTimeline() {
  return { entries: [], live: [], tail: [], isJoined: true, isLoaded: false, hasOlder: false, olderToken: '', lagMs: 0 };
}

/** All entries, in the order in which they are shown. */
export function allEntries(timeline) {
  return [...timeline.entries, ...timeline.live, ...timeline.tail];
}

function ofMessage(message) {
  return { key: message.message_id, ms: message.create_ms, message };
}

/** What an event says to those who read the chat, or null: { kind, actor, users, name }. */
function ofEvent(type, data) {
  const kind = NOTICES[type];
  if (!kind || (kind === 'renamed' && !data.name)) return null;
  const { event_id: key, event_ms: ms, actor, users = [], name } = data;
  return { key, ms, notice: { kind, actor, users, name } };
}

/** A page's messages, oldest first, and its notices, each behind the message that it came after. */
function ofPage(page) {
  const behind = Map.groupBy(page.notices, (told) => told.after_message_id);
  const noticesBehind = (message_id) => (behind.get(message_id) || []).map((told) => ofEvent(told.event, told)).filter(Boolean);
  const messages = page.items.toReversed().flatMap((message) => [ofMessage(message), ...noticesBehind(message.message_id)]);
  return [...noticesBehind(undefined), ...messages];
}

// ---- pages ----

/** A new stream has begun that doesn't go on where the last one ended: between them something may be missing. */
export function beginStream(timeline) {
  Object.assign(timeline, { isJoined: false, lagMs: 0 });
  timeline.live = [];                 // the page that is asked for now has it
}

/** The newest page. isCurrent: it was asked for after the stream began, so that together they have no gap. */
export function mergeNewest(timeline, page, isCurrent) {
  const fresh = ofPage(page);
  const keys = new Set(fresh.map((entry) => entry.key));
  const { before, after, isApart } = around(timeline.entries, keys);
  const lately = isCurrent ? around(timeline.live, keys) : { before: [], after: [] };
  const isAnew = isApart && fresh.length > 0;       // what lies between is not known: older pages begin here
  if (isAnew) timeline.entries = [...lately.before, ...fresh, ...lately.after];
  else timeline.entries = [...before, ...fresh, ...after, ...lately.before, ...lately.after];
  if (isAnew && timeline.isLoaded) timeline.lagMs = fresh.at(-1).ms;
  if (isAnew || !timeline.isLoaded) {
    timeline.hasOlder = page.has_more;
    timeline.olderToken = page.page_token;
  }
  timeline.isLoaded = true;
  if (isCurrent) Object.assign(timeline, { isJoined: true, live: [] });
  shortenTail(timeline);
}

/** Of known entries those before the first one that the page has, and those behind it that the page doesn't have: they came later. */
function around(known, keys) {
  const meeting = known.findIndex((entry) => keys.has(entry.key));
  if (meeting < 0) return { before: [], after: known, isApart: true };
  return { before: known.slice(0, meeting), after: known.slice(meeting).filter((entry) => !keys.has(entry.key)), isApart: false };
}

export function mergeOlder(timeline, page) {
  const known = new Set(timeline.entries.map((entry) => entry.key));
  timeline.entries = [...ofPage(page).filter((entry) => !known.has(entry.key)), ...timeline.entries];
  timeline.hasOlder = page.has_more && page.page_token !== timeline.olderToken;
  timeline.olderToken = page.page_token;
  shortenTail(timeline);
}

// ---- what happens ----

/** A message of this person that the server has confirmed. */
export function addSent(timeline, message) {
  timeline.tail.push(ofMessage(message));
  shortenTail(timeline);
}

/** An event of this chat. Gives the entry that is new, or null. */
export function addEvent(timeline, type, data) {
  if (type === 'im.message.recalled_v1') recall(timeline, data.message_id);
  const entry = type === 'im.message.receive_v1' ? ofMessage(data.message) : ofEvent(type, data);
  const places = [timeline.entries, timeline.live];
  if (!entry || isLagging(timeline, entry)) return null;
  if (places.some((place) => place.some((other) => other.key === entry.key))) return null;
  (timeline.isJoined ? timeline.entries : timeline.live).push(entry);
  shortenTail(timeline);
  return entry;
}

/**
 * When a page was ahead of the stream by more than its length, the stream still tells what is further above than is loaded: older
 * pages have it.
 */
function isLagging(timeline, entry) {
  if (entry.ms < timeline.lagMs) return true;
  timeline.lagMs = 0;
  return false;
}

/** What the server's order has by now, or has further above than is loaded, waits no longer. */
function shortenTail(timeline) {
  if (timeline.tail.length === 0) return;
  const placed = [...timeline.entries, ...timeline.live];
  const known = new Set(placed.map((entry) => entry.key));
  const firstMs = placed[0]?.ms ?? 0;
  timeline.tail = timeline.tail.filter((entry) => !known.has(entry.key) && entry.ms >= firstMs);
}

function recall(timeline, message_id) {
  const entry = allEntries(timeline).find((other) => other.key === message_id);
  if (entry) entry.message = { ...entry.message, deleted: true };
}

export function newestMessage(timeline) {
  return allEntries(timeline).findLast((entry) => entry.message)?.message;
}

/** This person's messages that are known to have arrived, by their uuids: such a one is no longer pending. */
export function arrivedByUuid(timeline) {
  const own = allEntries(timeline).map((entry) => entry.message).filter((message) => message?.uuid);
  return new Map(own.map((message) => [message.uuid, message]));
}

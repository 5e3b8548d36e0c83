// SPDX-License-Identifier: Apache-2.0
// What a person has written and the server has not yet confirmed. A message gets its uuid here, once, before the first attempt,
// and keeps it through every retry and reload: the server takes a uuid once. A chat's messages go one after the other, in order.
import { part, post } from '/web/api.js';

const PAUSES_MS = [1000, 2000, 4000, 8000];   // before the next attempts; then the person is asked
const UUID_HOLDS_MS = 50 * 60 * 1000;         // the server remembers a uuid for an hour
const KEPT = 'taskroom.outbox';

let owner = '';
let items = [];               // { uuid, chat_id, text, created_ms, state: pending | failed, refusal }
const busy = new Set();       // chats that are being sent to
const listeners = new Set();

/** Takes up what this person left unsent in this tab. */
export function begin(user_id) {
  owner = user_id;
  items = read().map((item) => ({
    ...item,
    state: Date.now() - item.created_ms < UUID_HOLDS_MS ? 'pending' : 'failed',
  }));
  for (const chat_id of new Set(items.map((item) => item.chat_id))) drain(chat_id);
}

function read() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || '{}');
    return kept.owner === owner && Array.isArray(kept.items) ? kept.items : [];
  } catch {
    return [];
  }
}

function changed(chat_id, message) {
  try {
    const kept = items.map(({ uuid, chat_id: chat, text, created_ms }) => ({ uuid, chat_id: chat, text, created_ms }));
    sessionStorage.setItem(KEPT, JSON.stringify({ owner, items: kept }));
  } catch {
    // Nothing is kept over a reload then.
  }
  for (const listener of listeners) listener(chat_id, message);
}

/** listener(chat_id, message): message, if one has just been confirmed. */
export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function ofChat(chat_id) {
  return items.filter((item) => item.chat_id === chat_id);
}

export function send(chat_id, text) {
  items.push({ uuid: crypto.randomUUID(), chat_id, text, created_ms: Date.now(), state: 'pending' });
  changed(chat_id);
  drain(chat_id);
}

export function retry(uuid) {
  const item = items.find((other) => other.uuid === uuid);
  if (!item) return;
  item.state = 'pending';
  changed(item.chat_id);
  drain(item.chat_id);
}

/** After a reconnection: what failed only because nobody answered goes out by itself. */
export function retryPassing() {
  for (const item of items) {
    if (item.state === 'failed' && item.refusal?.isPassing && Date.now() - item.created_ms < UUID_HOLDS_MS) retry(item.uuid);
  }
}

export function discard(uuid) {
  const item = items.find((other) => other.uuid === uuid);
  items = items.filter((other) => other.uuid !== uuid);
  if (item) changed(item.chat_id);
}

/** What is known to have arrived by another way, such as the stream, needs no further attempt. messages: of the chat, by uuid. */
export function settle(chat_id, messages) {
  const arrived = ofChat(chat_id).filter((item) => messages.has(item.uuid));
  items = items.filter((item) => !arrived.includes(item));
  for (const item of arrived) changed(chat_id, messages.get(item.uuid));
}

async function drain(chat_id) {
  if (busy.has(chat_id)) return;
  busy.add(chat_id);
  for (;;) {
    const item = items.find((other) => other.chat_id === chat_id && other.state === 'pending');
    if (!item) break;
    await attempt(item);
  }
  busy.delete(chat_id);
}

async function attempt(item) {
  for (let count = 0; items.includes(item) && item.state === 'pending'; count += 1) {
    try {
      const message = await post(`chats/${part(item.chat_id)}/messages`, { text: item.text, uuid: item.uuid });
      items = items.filter((other) => other !== item);
      changed(item.chat_id, message);
      return;
    } catch (refusal) {
      if (!items.includes(item)) return;
      if (!refusal.isPassing || count >= PAUSES_MS.length) {
        fail(item, refusal);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, Math.max(PAUSES_MS[count], refusal.retryAfterMs)));
    }
  }
}

/** The ones behind it wait with it, if nobody answers: else they would arrive before it. */
function fail(item, refusal) {
  item.state = 'failed';
  item.refusal = refusal;
  if (refusal.isPassing) {
    for (const other of items) {
      if (other.chat_id === item.chat_id && other.state === 'pending') Object.assign(other, { state: 'failed', refusal });
    }
  }
  changed(item.chat_id);
}

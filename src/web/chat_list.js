// SPDX-License-Identifier: Apache-2.0
// My chats with their unread counts, newest activity first, kept up by the events: one list for the whole page.
import { get } from '/web/api.js';

const REFRESH_WAIT_MS = 150;

let me = '';
let chats = [];
let pageToken = '';
let hasMore = false;
let openChat = '';            // is being read right now: its messages don't count
let refreshing = 0;
const listeners = new Set();
const state = { isLoaded: false, refusal: null };

export function begin(user_id) {
  me = user_id;
  return refresh();
}

export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function changed() {
  for (const listener of listeners) listener();
}

export function view() {
  return { ...state, chats, hasMore };
}

/** Chats with something unread, as far as the list is loaded. */
export function unreadTotal() {
  return chats.reduce((sum, chat) => sum + chat.unread, 0);
}

/** Which chat is before the reader's eyes; empty for none. */
export function setOpenChat(chat_id) {
  openChat = chat_id;
}

/** The newest page again: chats that were loaded beyond it stay behind it. */
export async function refresh() {
  try {
    const page = await get('chats');
    for (const chat of page.items) if (chat.chat_id === openChat) chat.unread = 0;   // asked before it was read
    const fresh = new Set(page.items.map((chat) => chat.chat_id));
    const isWhole = !page.has_more;
    chats = [...page.items, ...(isWhole ? [] : chats.filter((chat) => !fresh.has(chat.chat_id)))];
    if (!state.isLoaded || isWhole) {
      hasMore = page.has_more;
      pageToken = page.page_token;
    }
    Object.assign(state, { isLoaded: true, refusal: null });
  } catch (refusal) {
    state.refusal = refusal;
  }
  changed();
}

function refreshSoon() {
  clearTimeout(refreshing);
  refreshing = setTimeout(refresh, REFRESH_WAIT_MS);
}

export async function loadMore() {
  const page = await get('chats', { page_token: pageToken });
  const known = new Set(chats.map((chat) => chat.chat_id));
  chats = [...chats, ...page.items.filter((chat) => !known.has(chat.chat_id))];
  hasMore = page.has_more && page.page_token !== pageToken;
  pageToken = page.page_token;
  changed();
}

export function markRead(chat_id) {
  const chat = find(chat_id);
  if (!chat || chat.unread === 0) return;
  chat.unread = 0;
  changed();
}

function find(chat_id) {
  return chats.find((chat) => chat.chat_id === chat_id);
}

function drop(chat_id) {
  chats = chats.filter((chat) => chat.chat_id !== chat_id);
}

/** A message that came, or that this person has sent. */
export function takeMessage(message) {
  const chat = find(message.chat_id);
  if (!chat) {
    refreshSoon();
    return;
  }
  if (chat.last_message?.message_id === message.message_id) return;
  chat.last_message = message;
  const isMine = message.sender.user_id === me;
  if (!isMine && openChat !== chat.chat_id) chat.unread += 1;
  chats = [chat, ...chats.filter((other) => other !== chat)];
  changed();
}

const takes = {
  ready: ({ isResumed }) => { if (!isResumed) refreshSoon(); },
  'im.message.receive_v1': (data) => takeMessage(data.message),
  'im.message.recalled_v1': (data) => {
    const last = find(data.chat_id)?.last_message;
    if (last?.message_id === data.message_id) last.deleted = true;
    changed();
  },
  'im.chat.member.user.added_v1': (data) => takeAdded(data),
  'im.chat.member.user.deleted_v1': (data) => takeRemoved(data),
  'im.chat.member.user.withdrawn_v1': (data) => takeRemoved(data),
  'im.chat.updated_v1': (data) => {
    const chat = find(data.chat_id);
    if (chat && data.name) chat.name = data.name;
    changed();
  },
  'im.chat.disbanded_v1': (data) => {
    drop(data.chat_id);
    changed();
  },
};

function takeAdded(data) {
  const chat = find(data.chat_id);
  if (!chat || data.users.some((user) => user.user_id === me)) refreshSoon();
  else chat.user_count += data.users.length;
  changed();
}

function takeRemoved(data) {
  const chat = find(data.chat_id);
  if (data.users.some((user) => user.user_id === me)) drop(data.chat_id);
  else if (chat) chat.user_count -= data.users.length;
  changed();
}

/** Every event of the stream comes here, whatever is shown. */
export function take(type, data) {
  if (Object.hasOwn(takes, type)) takes[type](data);
}

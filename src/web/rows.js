// SPDX-License-Identifier: Apache-2.0
// The rows of a chat: separators of days and of what is new, messages in groups by who said them, notices, and what is being sent.
import { button, element, icon, unseen } from '/web/dom.js';
import { say, sayRefusal } from '/web/words.js';
import { clock, cut, day, isSameDay, moment, nameOf } from '/web/format.js';
import { bubbleText, textOfMessage, textOfNotice } from '/web/content.js';
import { avatar } from '/web/person.js';

const GROUP_MS = 5 * 60 * 1000;
const QUOTED_CHARACTERS = 30;

/**
 * Rows for dom.js' reconcile. entries: of the timeline. unsent: of the outbox. me: a person. readUpTo: the message_id before
 * the first unread one. sentNow: message_ids that were sent from here, of which the last is marked.
 */
export function rowsOf({ entries, unsent, me, readUpTo, hasOlder, sentNow, actions }) {
  const rows = [];
  let before = null;
  let isUnread = readUpTo !== '' && hasOlder && !entries.some((entry) => entry.key === readUpTo);   // read up to further above
  for (const entry of entries) {
    if (!before || !isSameDay(before.ms, entry.ms)) rows.push(dayRow(entry.ms));
    if (isUnread && entry.message && !isMine(entry, me)) {
      rows.push(unreadRow());
      before = null;
      isUnread = false;
    }
    rows.push(entry.notice ? noticeRow(entry, before) : messageRow(entry, { me, before, isLastSent: isLastSent(entry, entries, sentNow) }));
    if (entry.key === readUpTo) isUnread = true;
    before = entry;
  }
  for (const item of unsent) {
    if (!before || !isSameDay(before.ms, item.created_ms)) rows.push(dayRow(item.created_ms));
    rows.push(unsentRow(item, me, before, actions));
    before = { ms: item.created_ms, message: { sender: me, msg_type: 'text' } };
  }
  return rows.filter((row) => row.version !== 'nothing');
}

function isMine(entry, me) {
  return entry.message?.sender.user_id === me.user_id;
}

function isLastSent(entry, entries, sentNow) {
  const last = entries.findLast((other) => other.message && other.message.msg_type !== 'system');
  return entry === last && sentNow.has(entry.key);
}

function dayRow(ms) {
  const words = day(ms);
  return {
    key: `day ${new Date(ms).toDateString()}`,
    version: words,
    build: () => element('li', { class: 'day' }, element('span', {}, words)),
  };
}

function unreadRow() {
  const words = say('new_messages');
  return { key: 'unread', version: words, build: () => element('li', { class: 'unread' }, element('span', {}, words)) };
}

/** Those with whom a chat was opened are named by the message that opened it. */
function isOpening(entry, before) {
  return entry.notice.kind === 'added' && before?.message?.msg_type === 'system' && before.ms === entry.ms;
}

function noticeRow(entry, before) {
  const words = textOfNotice(entry.notice);
  return {
    key: entry.key,
    version: isOpening(entry, before) ? 'nothing' : words,
    build: () => element('li', { class: 'notice' }, element('p', { dir: 'auto' }, words), ' ', timeOf(entry.ms)),
  };
}

function timeOf(ms) {
  return element('time', { datetime: new Date(ms).toISOString(), title: moment(ms) }, clock(ms));
}

/** Whether a message stands under the one before it without a name of its own. */
function isContinued(message, ms, before) {
  const other = before?.message;
  return Boolean(other) && other.msg_type !== 'system' && !other.deleted
    && senderId(other) === senderId(message) && ms - before.ms < GROUP_MS && isSameDay(ms, before.ms);
}

function senderId(message) {
  return message.sender.user_id || message.sender.app_id;
}

const texts = new WeakMap();          // a chat is drawn often, and a message says the same each time in the same language
function textOf(message) {
  const { lang } = document.documentElement;
  if (texts.get(message)?.lang !== lang) texts.set(message, { lang, words: textOfMessage(message) });
  return texts.get(message).words;
}

function messageRow(entry, { me, before, isLastSent: isMarked }) {
  const { message, ms } = entry;
  const words = textOf(message);
  if (message.msg_type === 'system') {
    return {
      key: entry.key,
      version: words,
      build: () => element('li', { class: 'notice' }, element('p', { dir: 'auto' }, words), ' ', timeOf(ms)),
    };
  }
  const look = { sender: message.sender, ms, isMine: isMine(entry, me), isFirst: !isContinued(message, ms, before) };
  return {
    key: entry.key,
    version: [look.isFirst, message.deleted, isMarked, document.documentElement.lang].join(),
    build: () => build(look, message.deleted
      ? element('p', { class: 'text recalled' }, words)
      : bubbleText(words), isMarked && sentMark()),
  };
}

function build({ sender, ms, isMine: mine, isFirst, state = '' }, text, ...under) {
  const name = mine ? say('you') : nameOf(sender);
  const head = isFirst
    ? element('div', { class: 'said-by' }, element('bdi', { class: mine ? 'unseen' : 'name' }, name), ' ', timeOf(ms))
    : unseen(`${name} ${clock(ms)}`);
  return element('li', { class: `message ${mine ? 'mine' : ''} ${isFirst ? 'first' : ''} ${state}`.trim() },
    !mine && (isFirst ? avatar(sender) : element('span', { class: 'avatar-place' })),
    element('div', { class: 'said' }, head, element('div', { class: 'bubble' }, text), under));
}

function sentMark() {
  return element('p', { class: 'fate sent' }, icon('check'), say('sent'));
}

function unsentRow(item, me, before, actions) {
  const message = { sender: me, msg_type: 'text' };
  const isFirst = !isContinued(message, item.created_ms, before);
  return {
    key: `unsent ${item.uuid}`,
    version: [item.state, isFirst, document.documentElement.lang].join(),
    build: () => build({ sender: me, ms: item.created_ms, isMine: true, isFirst, state: item.state }, bubbleText(item.text),
      item.state === 'pending' ? pendingMark() : failedMark(item, actions)),
  };
}

function pendingMark() {
  return element('p', { class: 'fate' }, icon('clock'), say('pending'));
}

function failedMark(item, actions) {
  const text = cut(item.text, QUOTED_CHARACTERS);
  const why = item.refusal ? `${say('not_sent')} · ${sayRefusal(item.refusal)}` : say('not_sent');
  return element('div', { class: 'fate failed' },
    element('p', {}, icon('warning'), why),
    button(say('retry'), {
      class: 'small', 'aria-label': say('retry_message', { text }), on: { click: () => actions.retry(item.uuid) },
    }),
    button(say('discard'), {
      class: 'small', 'aria-label': say('discard_message', { text }), on: { click: () => actions.discard(item.uuid) },
    }));
}

// SPDX-License-Identifier: Apache-2.0
// Times, names and labels in the page's language.
import { language } from '/web/preferences.js';
import { say } from '/web/words.js';

const DAY_MS = 24 * 3600 * 1000;
const CHINESE = '2052';
const ENGLISH = '1033';

const formats = new Map();
function format(date, options) {
  const locale = language() === 'zh' ? 'zh-CN' : 'en-GB';
  const key = locale + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, options));
  return formats.get(key).format(date);
}

let known = { start: 0, end: 0 };      // the day that was asked for last: neighbours in a chat are mostly of the same
function startOfDay(ms) {
  if (ms < known.start || ms >= known.end) {
    const start = new Date(ms).setHours(0, 0, 0, 0);
    known = { start, end: new Date(start).setHours(24, 0, 0, 0) };
  }
  return known.start;
}

/** Days from then until now, by the calendar: 0 is today. */
function daysAgo(ms) {
  return Math.round((startOfDay(Date.now()) - startOfDay(ms)) / DAY_MS);
}

export function isSameDay(one, other) {
  return startOfDay(one) === startOfDay(other);
}

/** 14:05 */
export function clock(ms) {
  return format(ms, { hour: '2-digit', minute: '2-digit', hour12: false });
}

/** Today, Yesterday, Tuesday 3 March: over the messages of a day. */
export function day(ms) {
  const days = daysAgo(ms);
  if (days === 0) return say('today');
  if (days === 1) return say('yesterday');
  const isThisYear = new Date(ms).getFullYear() === new Date().getFullYear();
  return format(ms, { weekday: 'long', day: 'numeric', month: 'long', year: isThisYear ? undefined : 'numeric' });
}

/** As short as can be, for lists: 14:05, Yesterday, 3 Mar. */
export function brief(ms) {
  const days = daysAgo(ms);
  if (days === 0) return clock(ms);
  if (days === 1) return say('yesterday');
  const isThisYear = new Date(ms).getFullYear() === new Date().getFullYear();
  return format(ms, { day: 'numeric', month: 'short', year: isThisYear ? undefined : 'numeric' });
}

/** 3 March 2026, 14:05 */
export function moment(ms) {
  return format(ms, { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false });
}

/** 14:05 today, else 3 Mar 14:05. */
export function recent(ms) {
  return daysAgo(ms) === 0 ? clock(ms) : `${brief(ms)} ${clock(ms)}`;
}

/** What a person is called in the page's language. */
export function nameOf(person) {
  if (!person) return '';
  const english = language() === 'en' && person.en_name;
  return english || person.name || person.en_name || person.user_id || person.app_id || '';
}

/** Of texts in several languages, the page's, else the first. */
export function textOf(texts) {
  const list = Array.isArray(texts) ? texts : [texts].filter(Boolean);
  const wanted = language() === 'zh' ? CHINESE : ENGLISH;
  return (list.find((text) => text.language_code === wanted) || list[0] || {}).text || '';
}

export function taskName(task) {
  return textOf(task.label) || say('unnamed_task');
}

export function chatName(chat) {
  return chat.name || say('unnamed_chat');
}

/** Of an app's bot and one person: nobody comes into it or leaves it, and it is called after the app. */
export function isDirect(chat) {
  return chat.chat_mode === 'p2p';
}

/** At most so many characters of a text, on one line. */
export function cut(text, characters) {
  const flat = text.replace(/\s+/g, ' ').trim();
  const letters = [...flat.slice(0, characters * 2 + 2)];
  return letters.length > characters ? `${letters.slice(0, characters - 1).join('')}…` : flat;
}

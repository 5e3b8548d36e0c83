// SPDX-License-Identifier: Apache-2.0
// The stream of events, read by fetch: unlike an EventSource it can send Last-Event-ID after any kind of failure, sees the
// comments that keep the stream alive, and is told why it was refused. Each event reaches every listener once, in order.
//
// A browser opens six connections to a server at most, for all its tabs. So a tab that is hidden for a while lets its stream go,
// but for one of them, which holds a lock; it catches up when it is seen again.
import { retryAfter } from '/web/api.js';

const WAITS_MS = [500, 1000, 2000, 4000, 8000];
const SILENCE_MS_MOST = 45000;         // the server says something every 15 s
const SHOWN_AS_LOST_AFTER_MS = 1500;   // a blink is no news
const HIDDEN_MS_MOST = 30000;
const LOCK = 'taskroom.hidden';

const STARTS = new Set(['ready', 'reset']);   // a reset is a beginning elsewhere: something in between was not told

const listeners = new Set();
const watchers = new Set();
let lastId = '';
let askedId = '';             // where the connection that is open was to go on
let failures = 0;
let stopping = null;          // of the connection that is open
let wake = () => {};          // ends the pause before the next attempt
let isResting = false;        // hidden, without a stream
let hiddenTimer = 0;
let release = () => {};       // gives the lock back
let state = 'connecting';     // connecting | live | lost
let lostTimer = 0;
let signedOut = () => {};

/**
 * listener(type, data); data has its event_id. "ready" comes first on each connection, with { isResumed }: whether the stream goes on where the last one
 * ended, so that nothing is missed; if not, whoever shows something asks for it anew.
 */
export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** watcher(state) whenever the connection is lost or back. */
export function watch(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function start(whenSignedOut) {
  signedOut = whenSignedOut;
  addEventListener('online', hurry);
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hiddenTimer);
    if (document.hidden) hiddenTimer = setTimeout(retire, HIDDEN_MS_MOST);
    else comeBack();
  });
  addEventListener('pagehide', () => stopping?.abort());
  addEventListener('pageshow', hurry);
  run();
}

/** The next attempt at once, if there is a pause before it. */
export function hurry() {
  failures = 0;
  wake();
}

function retire() {
  navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
    if (lock) return new Promise((resolve) => { release = resolve; });
    isResting = true;
    stopping?.abort();
    return undefined;
  });
}

function comeBack() {
  release();
  isResting = false;
  hurry();
}

async function run() {
  for (;;) {
    const waitMs = await connect().catch(() => 0);
    if (waitMs === null) return;
    if (isResting) {
      await new Promise((resolve) => { wake = resolve; });
      continue;
    }
    lose();
    await pause(Math.max(waitMs, WAITS_MS[Math.min(failures, WAITS_MS.length - 1)]));
    failures += 1;
  }
}

function pause(ms) {
  return new Promise((resolve) => {
    wake = resolve;
    setTimeout(resolve, ms * (0.75 + Math.random() / 2));   // so that a restart isn't met by all at once
  });
}

/** Reads until the stream ends. Gives the least pause in ms, or null when there is to be no further attempt. */
async function connect() {
  stopping = new AbortController();
  const headers = { Accept: 'text/event-stream' };
  askedId = lastId;
  if (askedId) headers['Last-Event-ID'] = askedId;
  const answer = await fetch('/web/v1/events', {
    headers, credentials: 'same-origin', cache: 'no-store', signal: stopping.signal,
  });
  if (answer.status === 401) {
    signedOut();
    return null;
  }
  if (!answer.ok) return retryAfter(answer);
  await read(answer.body.getReader());
  return 0;
}

async function read(reader) {
  const decoder = new TextDecoder();
  const event = { type: '', data: [], id: null };
  let rest = '';
  for (;;) {
    const silence = setTimeout(() => stopping.abort(), SILENCE_MS_MOST);
    const { value, done } = await reader.read().finally(() => clearTimeout(silence));
    if (done) return;
    const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) take(event, line);
  }
}

function take(event, line) {
  if (line === '') {
    finish(event);
    return;
  }
  const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line);
  if (name === 'event') event.type = value;
  if (name === 'data') event.data.push(value);
  if (name === 'id') event.id = value;
}

function finish(event) {
  const { type, data, id } = event;
  Object.assign(event, { type: '', data: [], id: null });
  if (type === '') return;
  if (id !== null) {
    if (id === lastId && type !== 'ready') return;
    lastId = id;
  }
  found();
  const parsed = STARTS.has(type)
    ? { isResumed: type === 'ready' && askedId !== '' && id === askedId }
    : { ...JSON.parse(data.join('\n')), event_id: id };
  for (const listener of listeners) {
    try {
      listener(STARTS.has(type) ? 'ready' : type, parsed);
    } catch (error) {
      console.error(error);
    }
  }
}

function found() {
  failures = 0;
  clearTimeout(lostTimer);
  lostTimer = 0;
  become('live');
}

function lose() {
  if (lostTimer || state === 'lost') return;
  lostTimer = setTimeout(() => become('lost'), SHOWN_AS_LOST_AFTER_MS);
}

function become(next) {
  if (state === next) return;
  state = next;
  for (const watcher of watchers) watcher(state);
}

// SPDX-License-Identifier: Apache-2.0
// The order of a chat under any course of things: pages that were made at one time and arrive at another, events that lag, streams
// that break and begin elsewhere, messages that are confirmed before they are told. After each step nothing is there twice and all
// is in the server's order; at the end nothing is missing. It runs in the page, with the page's own module.
import assert from 'node:assert/strict';
import { open, test, close } from './browser.mjs';

const SEED = Number(process.env.SEED || 1);
const COURSES = 600;

/** Runs in the browser. Gives the complaints, each with its seed. */
async function play({ first, courses }) {
  const lines = await import('/web/timeline.js');
  const PAGE = 5;

  function course(seed) {
    let state = seed;
    const random = (below) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const log = [];                        // of the server
    const timeline = lines.makeTimeline();
    let told = 0;                          // how much of the log this stream has told
    let isOpen = false;
    let streams = 0;
    const under = [];                      // pages under way
    const ms = () => 1000 + Math.floor(log.length / 3);
    const say = () => log.push({ message_id: `m${log.length}`, create_ms: ms(), sender: {}, uuid: `u${log.length}` });
    const happen = () => log.push({ event_id: `m${log.length}`, event: 'im.chat.updated_v1', event_ms: ms(), actor: null, name: 'same' });
    // The messages before a place, with what happened between them and up to there.
    const pageBefore = (end) => {
      const messages = log.slice(0, end).filter((one) => one.message_id);
      const items = messages.slice(-PAGE).reverse();
      const start = messages.length > PAGE ? log.indexOf(items.at(-1)) : 0;
      let after_message_id;
      const notices = [];
      for (const one of log.slice(start, end)) {
        if (one.message_id) after_message_id = one.message_id;
        else notices.push({ ...one, after_message_id });
      }
      return { items, notices, has_more: start > 0, page_token: String(start) };
    };
    const ask = () => under.push({ streams, page: pageBefore(log.length) });
    const arrive = () => {
      const [{ page, streams: at }] = under.splice(0, 1);
      lines.mergeNewest(timeline, page, at === streams);
    };
    const tell = () => {
      if (log[told].message_id) lines.addEvent(timeline, 'im.message.receive_v1', { message: log[told] });
      else lines.addEvent(timeline, log[told].event, log[told]);
      told += 1;
    };
    const begin = () => {                  // goes on, or begins at the end
      isOpen = true;
      if (streams > 0 && random(3) > 0) return;
      told = log.length;
      streams += 1;
      lines.beginStream(timeline);
      ask();
    };
    const older = () => lines.mergeOlder(timeline, pageBefore(Number(timeline.olderToken)));
    const steps = [
      () => say(),
      () => say(),
      () => happen(),
      () => lines.addSent(timeline, log[say() - 1]),
      () => (isOpen && told < log.length ? tell() : undefined),
      () => (isOpen && told < log.length ? tell() : undefined),
      () => (under.length > 0 ? arrive() : undefined),
      () => (under.length < 2 ? ask() : undefined),
      () => (isOpen ? undefined : begin()),
      () => (isOpen && random(4) === 0 ? (isOpen = false) : undefined),
      () => (timeline.isLoaded && timeline.hasOlder ? older() : undefined),
      () => { for (let count = random(12); count > 0; count -= 1) (random(3) ? say : happen)(); },
    ];
    const numbers = () => timeline.entries.map((entry) => Number(entry.key.slice(1)));
    const check = (when) => {
      const keys = lines.allEntries(timeline).map((entry) => entry.key);
      if (new Set(keys).size !== keys.length) return `twice, ${when}: ${keys}`;
      const at = numbers();
      if (at.some((number, place) => place > 0 && number !== at[place - 1] + 1)) return `a gap or another order, ${when}: ${at}`;
      return '';
    };

    ask();
    for (let count = 0; count < 80; count += 1) {
      steps[random(steps.length)]();
      const wrong = check(`step ${count}`);
      if (wrong) return wrong;
    }
    if (!isOpen) begin();
    while (under.length > 0) arrive();
    while (told < log.length) tell();
    while (timeline.hasOlder) older();
    if (timeline.live.length > 0 || timeline.tail.length > 0) return 'something was left over';
    return numbers().length === log.length ? check('at the end') : `missing: ${numbers().length} of ${log.length}`;
  }

  const wrong = [];
  for (let seed = first; seed < first + courses; seed += 1) {
    const words = course(seed);
    if (words) wrong.push(`seed ${seed}: ${words}`);
  }
  return wrong;
}

export async function order() {
  await test(`${COURSES} random courses of pages, events and streams, seed ${SEED}: none missing, none twice, order kept`, async () => {
    const page = await open(null);
    assert.deepEqual((await page.evaluate(play, { first: SEED, courses: COURSES })).slice(0, 5), []);
    await close(page);
  });
}

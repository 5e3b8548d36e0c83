// SPDX-License-Identifier: Apache-2.0
// A message of any bytes is text, and so is every name. A thousand texts go through the page as messages and names, and then in
// every field of every answer and event, from a server that is made here: nothing runs, nothing is asked for elsewhere, and the
// page has the elements that it has with harmless texts, and no other.
import assert from 'node:assert/strict';
import { close, composer, goTo, open, openChat, people, run, settle, test, url, write } from './browser.mjs';
import { COUNT, payloads } from './payloads.mjs';

const { zhang, wang } = people;
const LARGE_MS = 120000;         // a thousand of everything take a while on a busy machine
const BY_HAND = 10;              // so many messages from one that is written to the next
const NAMED = 40;                // names that are given by hand; each takes a dialog
const NAME_CHARACTERS_MOST = 60;

// ---- through the interface ----

async function asMessages() {
  assert.equal(payloads.length, COUNT);
  const page = await open(zhang);
  const other = await open(wang);
  const chat_id = await openChat(page, `敌意 ${run}`, [wang.user_id]);
  for (const each of [page, other]) await goTo(each, `#/chats/${chat_id}`);
  await composer(page).waitFor();
  for (let place = 0; place < COUNT; place += BY_HAND) {       // the rest is sent by calls, which is faster
    await write(page, payloads[place]);
    await page.waitForFunction((count) => document.querySelectorAll('.message:not(.pending)').length > count, place);
    await say(page, chat_id, payloads.slice(place + 1, place + BY_HAND));
  }
  for (const each of [page, other]) {
    await each.waitForFunction((count) => document.querySelectorAll('.message:not(.pending)').length === count, COUNT, { timeout: 600000 });
    assert.deepEqual(await each.locator('.message .text').allTextContents(), payloads);
    assert.deepEqual(await foreign(each), []);
  }
  await other.reload();
  await settle(other);
  assert.deepEqual(await foreign(other), []);
  await goTo(other, '#/chats');
  await calm(page);
  await calm(other);
}

/** One after the other. */
function say(page, chat_id, texts) {
  return page.evaluate(async ([address, all]) => {
    for (const text of all) {
      const body = JSON.stringify({ text, uuid: crypto.randomUUID() });
      const answer = await fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    }
  }, [`/web/v1/chats/${chat_id}/messages`, texts]);
}

async function asNames() {
  const page = await open(zhang);
  const chat_id = await openChat(page, `名字 ${run}`, [wang.user_id]);
  await goTo(page, `#/chats/${chat_id}`);
  const step = Math.floor(COUNT / NAMED);
  const names = payloads.filter((text, place) => place % step === 0).map((text) => text.replace(/\s+/g, ' ').slice(0, NAME_CHARACTERS_MOST).trim());
  for (const name of names) {
    await page.getByRole('button', { name: '修改群名' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill(name);
    await page.getByRole('dialog').getByRole('button', { name: '保存' }).click();
    await page.waitForFunction((text) => document.querySelector('.chat-title h2').textContent === text, name);
    assert.deepEqual(await foreign(page), []);
  }
  await calm(page);
}

/** Clicks on what might be alive, waits, and looks at what must not have happened. */
async function calm(page) {
  await page.mouse.move(600, 400);
  await page.waitForTimeout(300);
  assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
  assert.equal(page.url().startsWith(url), true);
  await close(page);
}

/**
 * Elements and attributes that only data could have made. In a message's text there are text nodes, and links that say where
 * they go to.
 */
function foreign(page) {
  return page.evaluate(() => {
    const known = new Set(('a article aside bdi body button dd dialog div dl dt fieldset form h1 h2 h3 head header html input label '
      + 'legend li link main meta nav noscript ol p path script section span svg textarea time title ul').split(' '));
    const outsiders = 'script, noscript, link, meta, head, title';
    const wrong = [];
    for (const one of document.querySelectorAll('*')) {
      const isStrange = !known.has(one.localName) || (one.matches(outsiders) && !one.closest('head, body > noscript'));
      const names = one.getAttributeNames().filter((name) => /^(on|style$|srcdoc$|formaction$|xlink)/.test(name)
        || (name === 'src' && one.localName !== 'script') || (name === 'href' && !/^(#\/|#main$|https?:\/\/|\/web\/)/i.test(one.getAttribute('href'))));
      if (isStrange || names.length > 0) wrong.push(one.outerHTML.slice(0, 200));
    }
    for (const text of document.querySelectorAll('.text')) {
      for (const child of text.querySelectorAll('*')) {
        const isLink = child.localName === 'a' && child.childElementCount === 0 && child.getAttribute('href') === child.textContent
          && child.rel === 'noreferrer noopener' && child.target === '_blank';
        if (!isLink) wrong.push(`in a text: ${child.outerHTML.slice(0, 200)}`);
      }
    }
    return wrong;
  });
}

// ---- in every field ----

/** Answers and events in which every text is words(n); ids stay ids, but for those that are shown or go into an address. */
function makeServer(words) {
  const all = (make) => Array.from({ length: COUNT }, (_, place) => make(place));
  const person = (n) => ({ user_id: `u${n}`, name: words(n), en_name: words(n + 1) });
  const label = (n) => [{ language_code: '2052', text: words(n) }, { language_code: '1033', text: words(n + 1) }];
  const kinds = [
    (n) => ['text', JSON.stringify({ text: words(n) })],
    (n) => ['system', JSON.stringify({ template: words(n), from_user: [words(n)], to_chatters: [words(n + 1), words(n + 2)], task: [words(n + 3)] })],
    (n) => ['system', JSON.stringify({ template: `{from_user} ${words(n)}`, from_user: words(n) })],
    (n) => ['post', JSON.stringify({ title: words(n), content: [[{ tag: 'text', text: words(n + 1) }, { tag: 'a', href: words(n), text: words(n) }]] })],
    (n) => ['interactive', words(n)],
    (n) => [words(n), words(n + 1)],
    (n) => ['text', words(n)],
  ];
  const message = (n, stem = 'm') => {
    const [msg_type, content] = kinds[n % kinds.length](n);
    const sender = n % 3 ? person(n % 50) : { app_id: `a${n}`, name: words(n) };
    return { message_id: `${stem}${n}`, chat_id: 'c0', msg_type, create_ms: Date.now() - 3e6 + n, sender, deleted: false, content };
  };
  const task = (n) => ({
    task_id: `t${n}`, label: label(n), type: n ? 'pending' : words(n), status: words(n), task_start_ms: Date.now() - 9e7, initiator: person(n),
  });
  const chat = (n) => ({ chat_id: `c${n}`, name: words(n), user_count: n + 2, unread: n % 2, is_member: n % 2 === 0, last_message: message(n) });
  const page = (items) => ({ items, has_more: false, page_token: '', member_total: items.length });
  const summary = (n) => ({ file_key: label(n)[0], file_value: label(n + 1) });
  const session = (n) => ({ session_id: words(n), created_ms: 1, seen_ms: 2, user_agent: words(n), is_current: n === 0 });
  const steps = ['started', 'chat_opened', 'chat_linked', 'chat_renamed', 'chat_disbanded'];
  const step = (n) => ({
    event: steps[n] || (n % 9 ? steps[n % 5] : words(n)), event_ms: Date.now() - 9e7 + n, actor: person(n), chat_id: `c${n}`, name: words(n), user_count: n, users: [person(n), person(n + 1)],
  });
  const answers = {
    me: () => ({ user: person(0), tenant_name: words(0), is_demo: true, demo_users: all(person) }),
    sessions: () => page(all(session)),
    tasks: () => page(all(task)),
    'tasks/t0': () => ({ ...task(0), summarys: all(summary), assignees: all(person), cc: all(person), chats: all(chat), history: all(step) }),
    users: () => page(all(person)),
    chats: () => page(all(chat)),
    'chats/c0': () => ({ chat_id: 'c0', name: words(0), chat_status: 'normal', owner_id: 'u1', user_count: 9, tasks: all(task).slice(0, 1), last_read_message_id: 'm20' }),
    'chats/c0/members': () => page(all(person)),
    'chats/c0/messages': () => ({ ...page(all(message).reverse()), notices: all((n) => ({ event: types[n % 3], event_id: `h${n}`, after_message_id: n % 2 ? `m${n}` : undefined, ...users(n) })) }),
  };
  const users = (n) => ({ chat_id: 'c0', event_ms: Date.now() + n, actor: person(n), users: [person(n + 1), person(n + 2)], name: words(n) });
  const types = ['im.chat.member.user.added_v1', 'im.chat.member.user.deleted_v1', 'im.chat.updated_v1', 'im.message.receive_v1'];
  const event = (n) => {
    const type = types[n % types.length];
    const data = type.includes('message') ? { ...users(n), message: message(n, 'e') } : users(n);
    return `id: ${n + 1}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
  };
  const refusal = (n) => ({ code: 60400, msg: words(n), error: { message: words(n), field_violations: [{ field: words(n), value: words(n), description: words(n) }] } });
  return { answers, events: () => `id: 0\nevent: ready\ndata: {}\n\n${all(event).join('')}`, refusal };
}

async function serve(page, server) {
  page.setDefaultTimeout(LARGE_MS);
  let streams = 0;
  await page.route('**/web/v1/**', (route) => {
    const name = new URL(route.request().url()).pathname.replace('/web/v1/', '');
    if (name === 'events') {
      streams += 1;
      return streams > 1 ? route.abort() : route.fulfill({ contentType: 'text/event-stream', body: server.events() });
    }
    const answer = route.request().method() === 'GET' && server.answers[name];
    return route.fulfill(answer
      ? { contentType: 'application/json', body: JSON.stringify({ code: 0, msg: 'success', data: answer() }) }
      : { status: 400, contentType: 'application/json', body: JSON.stringify(server.refusal(1)) });
  });
}

/** Elements of the document by name, without the links that texts may have and what comes and goes by itself. */
function census(page) {
  return page.evaluate(() => {
    const counts = {};
    for (const one of document.querySelectorAll('body *')) {
      if (one.matches('.text a, .offline *, #announcer *')) continue;
      const sign = `${one.localName} ${one.getAttributeNames().sort().join()}`;
      counts[sign] = (counts[sign] || 0) + 1;
    }
    return counts;
  });
}

/** Goes through all views of a page that is served so; gives what elements each had. */
async function walk(page) {
  const seen = {};
  const look = async (name) => {
    await settle(page);
    assert.deepEqual(await foreign(page), [], name);
    seen[name] = await census(page);
  };
  await page.reload();
  await page.getByRole('navigation').waitFor();
  await look('tasks');
  await goTo(page, '#/tasks/t0');
  await look('task');
  await page.locator('.page-actions button').click();
  await page.locator('.offer').first().click();
  await page.getByRole('dialog').locator('input[type=text]').first().fill('x');
  await page.waitForFunction((count) => document.querySelectorAll('.offer').length >= count - 1, COUNT);
  await page.locator('dialog input[value=mine]').check();
  await page.locator('dialog .choice input').first().check();
  await page.locator('dialog button[type=submit]').click();
  await page.locator('dialog .complaint:not(:empty)').waitFor();
  await look('open a group chat');
  await page.keyboard.press('Escape');
  await goTo(page, '#/chats/c0');
  await page.locator('.members').waitFor();
  await look('chat');
  await goTo(page, '#/account');
  await look('account');
  await page.locator('.demo-strip button').click();
  await look('act as');
  await page.keyboard.press('Escape');
  return seen;
}

async function inEveryField() {
  const harmless = await open(zhang);
  const page = await open(zhang);
  try {
    await serve(harmless, makeServer((n) => `harmless words ${n}`));
    const expected = await walk(harmless);
    await harmless.context().close();
    await serve(page, makeServer((n) => payloads[n % COUNT]));
    const seen = await walk(page);
    for (const name of Object.keys(expected)) assert.deepEqual(seen[name], expected[name], name);
    await calm(page);
  } finally {
    for (const each of [harmless, page]) await each.context().close();     // so large, they would slow down all that follows
  }
}

/** The same list through the addresses that the page reads. */
async function inAddresses() {
  const page = await open(zhang);
  for (const text of payloads.filter((_, place) => place % 20 === 0)) {
    await page.evaluate((address) => { location.hash = address; }, `#/tasks/${encodeURIComponent(text)}`);
    await page.evaluate((address) => { location.hash = address; }, `#/${text.replace(/\s/g, ' ')}`);
  }
  await page.waitForTimeout(500);
  await settle(page);
  assert.deepEqual(await foreign(page), []);
  await calm(page);
}

export async function hostile() {
  await test(`${COUNT} hostile texts as messages are texts`, asMessages);
  await test(`${NAMED} hostile names of a chat are names`, asNames);
  await test(`${COUNT} hostile texts in every field of every answer and event add no element`, inEveryField);
  await test('hostile addresses lead nowhere', inAddresses);
}

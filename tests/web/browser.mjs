// SPDX-License-Identifier: Apache-2.0
// What the tests of the page share: test points, the browser, and people who use the page in it. Each person has a browser
// context, which shares nothing with another's; what a context must never see is kept in `page.wrongs`.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const { env } = process;
export const url = (process.argv[2] || env.TASKROOM_URL || '').replace(/\/$/, '');
export const screenshots = process.argv[3] || env.SCREENSHOTS || '';
export const restartUrl = env.RESTART_URL || '';
export const run = Date.now().toString(36);          // names of this run: the server may remember others
export const DESKTOP = { width: 1360, height: 820 };
export const PHONE = { width: 360, height: 740 };
export const people = {                              // of taskroom demo
  zhang: { user_id: '1800000000000001', name: '张伟', en_name: 'Zhang Wei' },
  wang: { user_id: '1800000000000002', name: '王芳', en_name: 'Wang Fang' },
  li: { user_id: '1800000000000003', name: '李娜', en_name: 'Li Na' },
  chen: { user_id: '1800000000000005', name: '陈静', en_name: 'Chen Jing' },
};
export const TASK = '1790000000000001';              // started by zhang, assigned to wang, cc to li
const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// ---- test points ----

let failed = 0;
const say = (text) => process.stdout.write(`${text}\n`);

export async function test(name, body) {
  const began = Date.now();
  try {
    const skipped = await body();
    say(`# ${Date.now() - began} ms`);
    say(`ok - ${name}${skipped ? ` # SKIP ${skipped}` : ''}`);
  } catch (error) {
    failed += 1;
    say(`not ok - ${name}`);
    say(String(error.stack || error).replace(/^/gm, '#   '));
  }
}

// ---- the browser ----

let browser = null;
const errors = [];                                   // of all pages
export async function begin() {
  assert.ok(url, 'usage: node page_test.mjs URL [FOLDER]');
  if (screenshots) fs.mkdirSync(screenshots, { recursive: true });
  browser = await chromium.launch({
    executablePath: env.CHROMIUM || '/usr/bin/chromium',
    args: process.getuid() === 0 ? ['--no-sandbox'] : [],
  });
}

export async function end() {
  await test('no page raised an error in the whole run', () => assert.deepEqual(errors, []));
  await browser?.close();
  process.exit(failed ? 1 : 0);
}

/** A page at the given person's hands, signed in through the sign-in view if person is given. */
export async function open(person, { locale = 'zh-CN', scheme = 'light', size = DESKTOP, hash = '', script = null } = {}) {
  const isPhone = size.width < 600;
  const context = await browser.newContext({
    locale, colorScheme: scheme, viewport: size, isMobile: isPhone, hasTouch: isPhone, deviceScaleFactor: isPhone ? 2 : 1,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60000);
  await watchWrongs(page);
  if (script) await page.addInitScript(script);
  await page.goto(`${url}/`);
  if (person) {
    const name = locale.startsWith('zh') ? person.name : person.en_name;
    await page.getByRole('button', { name }).click();
    await page.getByRole('navigation').waitFor();
  }
  if (hash) await goTo(page, hash);
  return page;
}

/** Keeps what must not happen: dialogs, errors (the page's own, which it writes to the console, too), requests elsewhere, reports of the content security policy. */
async function watchWrongs(page) {
  page.wrongs = [];
  const origin = new URL(url).origin;
  page.on('dialog', (dialog) => {
    page.wrongs.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  const complain = (words) => {
    page.wrongs.push(words);
    errors.push(words);
  };
  page.on('pageerror', (error) => complain(`error: ${error.stack}`));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) page.wrongs.push(`request: ${request.url()}`);
  });
  page.on('popup', (popup) => page.wrongs.push(`popup: ${popup.url()}`));
  page.on('console', (message) => {
    const words = message.text();
    if (/Content Security Policy|Trusted Type/i.test(words)) page.wrongs.push(`policy: ${words}`);
    else if (message.type() === 'error' && !/^Failed to load resource/.test(words)) complain(`console: ${words}`);
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`Content Security Policy: ${event.violatedDirective}`));
  });
}

export async function close(page) {
  const { wrongs } = page;
  await page.context().close();
  assert.deepEqual(wrongs, []);
}

export async function goTo(page, hash) {
  await page.evaluate((address) => { location.hash = address; }, hash);
  await settle(page);
}

/** Until nothing is loading any more. */
export async function settle(page) {
  await page.waitForFunction(() => !document.querySelector('.skeleton'));
}

/** A call as the person would make it, for what is only preparation. */
export function call(page, method, address, body) {
  return page.evaluate(async ([how, where, what]) => {
    const answer = await fetch(`/web/v1/${where}`, {
      method: how, headers: what ? { 'Content-Type': 'application/json' } : {}, body: what && JSON.stringify(what),
    });
    const parsed = await answer.json();
    if (parsed.code !== 0) throw new Error(`${how} ${where}: ${JSON.stringify(parsed)}`);
    return parsed.data;
  }, [method, address, body]);
}

export async function openChat(page, chat_name, invite_user_ids) {
  const body = { chat_name, invite_user_ids, uuid: crypto.randomUUID() };
  return (await call(page, 'POST', `tasks/${TASK}/chat_group`, body)).chat_id;
}

export const composer = (page) => page.getByRole('textbox', { name: /发消息到|Message to/ });

export async function write(page, text) {
  await composer(page).fill(text);
  await composer(page).press('Enter');
}

/** What is said in the chat that is open, in order, without those that wait for the server. */
export function said(page) {
  return page.locator('.message:not(.pending):not(.failed) .text').allTextContents();
}

/** Chooses one of a few by its words, as one does who clicks on them. */
export async function choose(within, name) {
  await within.getByRole('radio', { name, exact: true }).check();
}

export async function waitSaid(page, text) {
  await page.locator('.message:not(.pending):not(.failed) .text', { hasText: text }).first().waitFor();
}

export async function shoot(page, name) {
  if (screenshots) await page.screenshot({ path: path.join(screenshots, `${name}.png`), animations: 'disabled' });
}

/** axe-core's findings in short. The browser lets a test put a script into the page in spite of the policy. */
export async function axe(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}: ${node.failureSummary}`));
}

export async function restart() {
  const answer = await fetch(restartUrl);
  assert.equal(answer.status, 200, await answer.text());
}

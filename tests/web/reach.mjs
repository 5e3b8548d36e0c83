// SPDX-License-Identifier: Apache-2.0
// For everybody: the keyboard alone, a narrow screen, both languages, light and dark.
import assert from 'node:assert/strict';
import {
  PHONE, TASK, axe, choose, close, composer, goTo, open, openChat, people, run, settle, test, waitSaid, write,
} from './browser.mjs';

const { zhang, wang, li, chen } = people;
const QUIET_MS = 21000;
const TABS_MOST = 60;

/** Presses Tab until what has the focus is called so. */
async function tabTo(page, name) {
  for (let count = 0; count < TABS_MOST; count += 1) {
    await page.keyboard.press('Tab');
    if (name.test(await focused(page))) return;
  }
  assert.fail(`Tab never came to ${name}`);
}

function focused(page) {
  return page.evaluate(() => {
    const at = document.activeElement;
    const label = at.id && document.querySelector(`label[for="${at.id}"]`);
    return at.getAttribute('aria-label') || label?.textContent || at.textContent.trim();
  });
}

/** Whether what has the focus shows that it has it. */
function isFocusSeen(page) {
  return page.evaluate(() => {
    const at = document.activeElement;
    const looked = at.matches('.segment input') ? at.nextElementSibling : at;
    return at.matches(':focus-visible') && getComputedStyle(looked).outlineStyle !== 'none';
  });
}

async function keyboard() {
  const page = await open(null);
  await page.reload();
  await page.getByRole('button', { name: zhang.name }).waitFor();
  await tabTo(page, /^伟?张伟$/);
  assert.ok(await isFocusSeen(page));
  await page.keyboard.press('Enter');
  await page.getByRole('navigation').waitFor();
  await settle(page);

  await page.keyboard.press('Tab');
  assert.equal(await focused(page), '跳到主要内容');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  await page.keyboard.press('Tab');                                      // the choice of lists
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.locator('.item', { hasText: '采购审批' }).first().waitFor();
  await tabTo(page, /采购审批/);
  assert.ok(await isFocusSeen(page));
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: '发起群聊' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H2', 'the focus went to what was opened');

  await tabTo(page, /^发起群聊$/);
  await page.keyboard.press('Enter');
  assert.equal(await focused(page), '按姓名搜索');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await focused(page), '发起群聊', 'the focus is back where it was');

  await page.keyboard.press('Enter');
  await page.keyboard.type('王');
  await page.getByRole('button', { name: '添加 王芳' }).waitFor();
  await page.locator('.offered-title', { hasText: '找到' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: '移除 王芳' }).waitFor();
  await tabTo(page, /^群名称$/);
  await page.keyboard.type(`只用键盘 ${run}`);
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/chats\//);
  await composer(page).waitFor();
  if (!/^发消息到/.test(await focused(page))) await tabTo(page, /^发消息到/);
  await page.keyboard.type('没有用鼠标');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('两行');
  await page.keyboard.press('Enter');
  await waitSaid(page, '没有用鼠标');
  await page.locator('.fate.sent').waitFor();

  await tabTo(page, /^修改群名$/);
  await page.keyboard.press('Enter');
  await page.keyboard.type(`键盘改名 ${run}`);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 2, name: `键盘改名 ${run}` }).waitFor();
  await tabTo(page, /^退出群聊$/);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  assert.equal(await focused(page), '退出群聊');
  await close(page);
}

async function composing() {
  const page = await open(zhang);
  await goTo(page, `#/chats/${await openChat(page, `输入法 ${run}`, [wang.user_id])}`);
  await composer(page).focus();
  const client = await page.context().newCDPSession(page);
  await client.send('Input.imeSetComposition', { text: 'nihao', selectionStart: 5, selectionEnd: 5 });
  await composer(page).dispatchEvent('keydown', { key: 'Enter', keyCode: 229, isComposing: true, bubbles: true });
  assert.equal(await page.locator('.message').count(), 0, 'Enter belongs to the input method');
  await client.send('Input.insertText', { text: '你好' });
  await composer(page).press('Enter');
  await waitSaid(page, '你好');
  await close(page);
}

/** What sticks out of the screen at its side, so that one would have to scroll sideways. */
function overflowing(page) {
  return page.evaluate(() => [...document.querySelectorAll('body *')].filter((shown) => {
    const box = shown.getBoundingClientRect();
    return box.width > 0 && box.right > innerWidth + 1 && !shown.closest('.segments, .unseen, .skip');
  }).map((shown) => shown.outerHTML.slice(0, 120)));
}

async function phone() {
  const page = await open(zhang, { size: PHONE });
  const name = `手机上 ${run}`;
  const long = '长'.repeat(300) + 'x'.repeat(300);
  const chat_id = await openChat(page, `${name} ${'很长的名字'.repeat(8)}`, [wang.user_id, li.user_id]);
  for (const hash of ['#/tasks', `#/tasks/${TASK}`, '#/chats', `#/chats/${chat_id}`, '#/account', '#/nowhere']) {
    await goTo(page, hash);
    assert.deepEqual(await overflowing(page), [], hash);
  }
  await goTo(page, '#/chats');
  await page.locator('.item', { hasText: name }).tap();
  await write(page, long);
  await waitSaid(page, long);
  assert.deepEqual(await overflowing(page), []);
  await page.getByRole('button', { name: '任务和成员' }).tap();
  await page.getByRole('heading', { name: /成员/ }).last().waitFor();
  assert.deepEqual(await overflowing(page), []);
  await page.getByRole('button', { name: '关闭' }).tap();
  await page.getByRole('link', { name: '返回群聊列表' }).tap();
  await page.locator('.item', { hasText: name }).waitFor();
  assert.equal(await page.locator('.conversation').isVisible(), false);
  await goTo(page, `#/tasks/${TASK}`);
  await page.getByRole('button', { name: '发起群聊' }).tap();
  assert.deepEqual(await overflowing(page), []);
  await close(page);
}

/** Texts that are seen, without what people or tasks are called and what was said. */
function texts(page) {
  return page.evaluate(() => {
    const walker = document.createTreeWalker(document.getElementById('app'), NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const { parentElement, data } = walker.currentNode;
      if (data.trim() && !parentElement.closest('h1, bdi, dd, dt, .avatar, .text, [dir="auto"], .demo-words, .side-choice')) found.push(data.trim());
    }
    return found;
  });
}

async function languages() {
  const page = await open(zhang, { locale: 'en-GB' });
  const chat_id = await openChat(page, `Two languages ${run}`, [wang.user_id]);
  const views = ['#/tasks', `#/tasks/${TASK}`, '#/chats', `#/chats/${chat_id}`, '#/account'];
  for (const hash of views) {
    await goTo(page, hash);
    const chinese = (await texts(page)).filter((text) => /\p{Script=Han}/u.test(text) && text !== '中文');
    assert.deepEqual(chinese, [], `${hash} in English`);
  }
  await goTo(page, `#/chats/${chat_id}`);
  await page.locator('.notice', { hasText: '张伟 opened this chat from the task' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await goTo(page, '#/account');
  await choose(page, '中文');
  await page.getByRole('heading', { level: 2, name: '我的账号' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
  await page.reload();
  await page.getByRole('heading', { level: 2, name: '我的账号' }).waitFor();
  for (const hash of views) {
    await goTo(page, hash);
    const english = (await texts(page)).filter((text) => /[A-Za-z]{3}/.test(text) && !/taskroom|English|Enter|Chrom/.test(text));
    assert.deepEqual(english, [], `${hash} in Chinese`);
  }
  await close(page);
}

async function themes() {
  const page = await open(zhang, { scheme: 'dark', hash: '#/account' });
  const isDark = () => page.evaluate(() => {
    const [red] = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
    return red < 100;
  });
  assert.equal(await isDark(), true, 'as the system has it');
  await choose(page, '浅色');
  assert.equal(await isDark(), false);
  await page.reload();
  await page.getByRole('navigation').waitFor();
  assert.equal(await isDark(), false, 'remembered');
  await choose(page, '跟随系统');
  assert.equal(await isDark(), true);
  await close(page);
}

/** What is told to who can't see it. */
async function spoken() {
  const page = await open(zhang);
  const other = await open(wang);
  const chat_id = await openChat(page, `听 ${run}`, [wang.user_id]);
  await goTo(page, `#/chats/${chat_id}`);
  await goTo(other, `#/chats/${chat_id}`);
  await write(other, '听得到吗');
  await page.locator('#announcer', { hasText: '王芳：听得到吗' }).waitFor({ state: 'attached' });
  assert.equal(await page.getByRole('group', { name: `「听 ${run}」的消息` }).count(), 1);
  assert.deepEqual(await page.locator('h1').allTextContents(), [`听 ${run}`]);
  assert.deepEqual(await axe(page), []);
  await close(page);
  await close(other);
}

/** Keeps all that streams have brought. Runs in the browser. */
function overhear() {
  const { read } = ReadableStreamDefaultReader.prototype;
  const decoder = new TextDecoder();
  globalThis.heard = '';
  ReadableStreamDefaultReader.prototype.read = async function (...given) {
    const got = await read.apply(this, given);
    if (got.value) globalThis.heard += decoder.decode(got.value, { stream: true });
    return got;
  };
}

/** Somebody whom nothing concerns, whose page is left open while the others do all the rest. */
async function leaveOpen() {
  const page = await open(chen, { hash: '#/chats', script: overhear });
  page.streams = 0;
  page.on('request', (request) => { page.streams += request.url().endsWith('/events'); });
  await page.waitForFunction(() => globalThis.heard.includes('event: ready'));
  return page;
}

/** After 15 s it has heard a comment and an event that moves its place on; what comes then is still shown. */
async function quiet(page) {
  await page.waitForTimeout(Math.max(0, QUIET_MS - (Date.now() - page.openedMs)));
  await page.waitForFunction(() => globalThis.heard.includes('event: position'));
  assert.equal(await page.evaluate(() => globalThis.heard.includes('event: im.')), false, 'nothing concerned it');
  const other = await open(zhang);
  await openChat(other, `在安静之后 ${run}`, [chen.user_id]);
  await page.locator('.items .item', { hasText: `在安静之后 ${run}` }).waitFor();
  assert.equal(page.streams, 0, 'it is the same stream');
  await close(other);
  await close(page);
}

export async function reach() {
  const left = await leaveOpen();
  left.openedMs = Date.now();
  await test('with the keyboard alone: from signing in to a chat that is renamed', keyboard);
  await test('Enter that belongs to an input method sends nothing', composing);
  await test('360 pixels wide: nothing sticks out, and there is a way back', phone);
  await test('Chinese and English, by the browser, switched and remembered', languages);
  await test('light and dark, by the system, switched and remembered', themes);
  await test('a screen reader is told what comes', spoken);
  await test('a page that is left open on a quiet stream goes on', () => quiet(left));
}

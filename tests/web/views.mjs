// SPDX-License-Identifier: Apache-2.0
// Each view in each look: axe-core finds nothing, and a screenshot is kept. Also what is seen when there is nothing, when it is
// slow, and when it is refused.
import assert from 'node:assert/strict';
import {
  DESKTOP, PHONE, TASK, axe, call, choose, close, goTo, open, openChat, people, run, settle, shoot, test, waitSaid, write,
} from './browser.mjs';

const { zhang, wang, li } = people;

const looks = {
  'zh-light': { locale: 'zh-CN', scheme: 'light', size: DESKTOP },
  'zh-dark': { locale: 'zh-CN', scheme: 'dark', size: DESKTOP },
  'en-light': { locale: 'en-GB', scheme: 'light', size: DESKTOP },
  'en-dark': { locale: 'en-GB', scheme: 'dark', size: DESKTOP },
  'phone-zh-light': { locale: 'zh-CN', scheme: 'light', size: PHONE },
  'phone-en-dark': { locale: 'en-GB', scheme: 'dark', size: PHONE },
};

async function pressed(page, name) {
  await page.getByRole('button', { name }).click();
  await settle(page);
}

const steps = [
  ['tasks', async (page) => {
    await goTo(page, '#/tasks');
    await choose(page, /^(我发起的|Started)$/);
    await settle(page);
  }],
  ['tasks-empty', async (page) => {
    await page.getByRole('searchbox').fill('zzzz');
    await page.locator('.empty', { hasText: /没有找到|Nothing found/ }).waitFor();
  }],
  ['task', async (page) => {
    await page.getByRole('searchbox').fill('');
    await goTo(page, `#/tasks/${TASK}`);
  }],
  ['open-group', async (page) => {
    await pressed(page, /^(发起群聊|Open a group chat)$/);
    await pressed(page, /^(添加 王芳|Add Wang Fang)/);
  }],
  ['open-group-mine', async (page) => {
    await choose(page, /^(已有的群聊|One of my chats)$/);
  }],
  ['chats', async (page) => {
    await page.keyboard.press('Escape');
    await goTo(page, '#/chats');
  }],
  ['chat', async (page, chat_id) => {
    await goTo(page, `#/chats/${chat_id}`);
    await page.locator('.message').first().waitFor();
  }],
  ['chat-side', async (page) => {
    const button = page.getByRole('button', { name: /^(任务和成员|Task and members)$/ });
    if (await button.isVisible()) await button.click();
    await settle(page);
  }],
  ['rename', async (page) => pressed(page, /^(修改群名|Rename)$/)],
  ['leave', async (page) => {
    await page.keyboard.press('Escape');
    await pressed(page, /^(退出群聊|Leave)$/);
  }],
  ['account', async (page) => {
    await page.keyboard.press('Escape');
    await goTo(page, '#/account');
  }],
  ['act-as', async (page) => pressed(page, /^(切换身份|Switch)$/)],
  ['nowhere', async (page) => {
    await page.keyboard.press('Escape');
    await goTo(page, '#/nowhere');
  }],
];

/** A chat that looks like one: several people, several days' habits, a link, a longer text. */
async function prepare() {
  const one = await open(zhang);
  const two = await open(wang);
  const three = await open(li);
  const chat_id = await openChat(one, '办公用品采购', [wang.user_id, li.user_id]);
  const lines = [
    [one, '大家好，这单采购需要今天确认一下。'],
    [one, '金额是 1,200 元，比上个月多了一些。'],
    [two, '我看了，多的部分是两台显示器支架。'],
    [two, '报价单在这里：https://example.com/quotes/2026-11-18?id=42 ，请看第二页。'],
    [three, 'Looks fine to me. One question: do we need the 27" arm, or would the 24" one do?\n\nThe smaller one is in stock.'],
    [one, '24 寸的就够了，谢谢！'],
  ];
  for (const [page, text] of lines) await call(page, 'POST', `chats/${chat_id}/messages`, { text, uuid: crypto.randomUUID() });
  await call(two, 'POST', `chats/${chat_id}/members`, { user_ids: ['1800000000000005'], uuid: crypto.randomUUID() });
  await call(two, 'POST', `chats/${chat_id}/messages`, { text: '我把陈静也拉进来了。', uuid: crypto.randomUUID() });
  for (const page of [one, two, three]) await close(page);
  return chat_id;
}

async function walk(look, chat_id) {
  const found = [];
  const outside = await open(null, looks[look]);
  await outside.getByRole('button', { name: /张伟|Zhang Wei/ }).waitFor();
  await shoot(outside, `sign-in.${look}`);
  found.push(...await axe(outside));
  await close(outside);
  const page = await open(zhang, looks[look]);
  for (const [name, step] of steps) {
    await step(page, chat_id);
    await page.waitForTimeout(250);           // colours fade in
    await shoot(page, `${name}.${look}`);
    found.push(...(await axe(page)).map((words) => `${name}: ${words}`));
  }
  await close(page);
  assert.deepEqual(found, []);
}

async function inTrouble() {
  const page = await open(zhang);
  const chat_id = await openChat(page, `坏消息 ${run}`, [wang.user_id]);
  await page.route('**/web/v1/tasks/*', () => {});                 // no answer comes
  await page.evaluate((address) => { location.hash = address; }, `#/tasks/${TASK}`);
  await page.locator('.skeleton').first().waitFor();
  await shoot(page, 'slow.zh-light');
  assert.deepEqual(await axe(page), []);
  await page.unroute('**/web/v1/tasks/*');
  await goTo(page, '#/tasks/1799999999999999');
  await page.getByRole('alert').filter({ hasText: '不存在' }).waitFor();
  await shoot(page, 'refused.zh-light');
  assert.deepEqual(await axe(page), []);
  await goTo(page, `#/chats/${chat_id}`);
  await page.route('**/messages', (route) => (route.request().method() === 'POST'
    ? route.fulfill({ status: 403, contentType: 'application/json', body: '{"code":60403,"msg":"no"}' })
    : route.fallback()));
  await write(page, '发不出去的一条');
  await page.locator('.message.failed').waitFor();
  await page.evaluate(() => document.querySelector('.offline').append('连接已断开，正在重新连接…'));
  await shoot(page, 'failed.zh-light');
  assert.deepEqual(await axe(page), []);
  await page.unroute('**/messages');
  await page.getByRole('button', { name: /删除未发送/ }).click();
  await page.locator('.message.failed').waitFor({ state: 'detached' });
  await write(page, '发出去了');
  await waitSaid(page, '发出去了');
  await close(page);
}

export async function views() {
  let chat_id = '';
  await test('a chat to look at', async () => { chat_id = await prepare(); });
  const waiting = Object.keys(looks);
  const next = async () => {
    for (let look = waiting.shift(); look; look = waiting.shift()) {
      await test(`each view, ${look}: axe-core finds nothing`, () => walk(look, chat_id));
    }
  };
  await Promise.all([next(), next()]);         // two at a time: each mostly waits
  await test('slow, refused and failed look intended', inTrouble);
}

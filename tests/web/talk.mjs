// SPDX-License-Identifier: Apache-2.0
// Two people in two browsers open a chat from a task and talk; messages fail, the network goes, the server restarts.
import assert from 'node:assert/strict';
import {
  TASK, call, choose, close, composer, goTo, open, openChat, people, restart, restartUrl, run, said, settle, test, waitSaid, write,
} from './browser.mjs';

const { zhang, wang, li } = people;

/** Opens a group chat from the task by the dialog, for the names. Gives the chat's id. */
async function openByDialog(page, name, invitees) {
  await page.getByRole('button', { name: '发起群聊' }).click();
  const dialog = page.getByRole('dialog');
  for (const invitee of invitees) {
    await dialog.getByRole('textbox', { name: '按姓名搜索' }).fill(invitee);
    await dialog.locator('.offered-title', { hasText: /找到/ }).waitFor();
    await dialog.getByRole('button', { name: `添加 ${invitee}` }).click();
    await dialog.getByRole('button', { name: `移除 ${invitee}` }).waitFor();
  }
  await dialog.getByRole('textbox', { name: '群名称' }).fill(name);
  await dialog.getByRole('button', { name: '发起群聊' }).click();
  await page.waitForURL(/#\/chats\/.+/);
  await settle(page);
  return decodeURIComponent(page.url().split('/').at(-1));
}

const itemOf = (page, name) => page.locator('.items .item', { hasText: name });

export async function talk() {
  await test('signing in: what is wrong is said in words', async () => {
    const page = await open(null);
    await page.getByRole('textbox', { name: '用户 ID' }).fill(zhang.user_id);
    await page.getByLabel('密码').fill('not it');
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: '无法登录' }).waitFor();
    await page.goto(`${page.url().split('#')[0]}#/link/no-such-token`);
    await page.reload();
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: '已失效' }).waitFor();
    assert.ok(!page.url().includes('no-such-token'), 'the token is gone from the address');
    await close(page);
  });

  const name = `采购讨论 ${run}`;
  const one = await open(zhang, { hash: `#/tasks/${TASK}` });
  const other = await open(wang, { hash: '#/chats' });
  let chat_id = '';

  await test('a chat is opened from a task; the invited one sees it come', async () => {
    await settle(one);
    chat_id = await openByDialog(one, name, [wang.name]);
    assert.match(chat_id, /^oc_/);
    await itemOf(other, name).waitFor();
    await one.locator('.notice', { hasText: '张伟 从任务「采购审批」发起了群聊' }).waitFor();
    assert.equal(await one.locator('.day').textContent(), '今天');
  });

  await test('the task stands beside the chat, with the members', async () => {
    const side = one.getByRole('complementary', { name: '任务和成员' });
    await side.getByText('1,200').waitFor();
    await side.getByRole('heading', { name: '成员（2）' }).waitFor();
    assert.deepEqual(await side.locator('.members .name').allTextContents(), [zhang.name, wang.name]);
  });

  await test('what is said is pending, then sent, and unread at the other', async () => {
    await write(one, '大家好 <b>粗</b> & "引号"');
    await waitSaid(one, '大家好');
    await one.locator('.fate.sent').waitFor();
    await itemOf(other, name).locator('.count').waitFor();
    assert.match(await other.title(), /^\(\d+\) /);
    await itemOf(other, name).click();
    await waitSaid(other, '大家好 <b>粗</b> & "引号"');
    await itemOf(other, name).locator('.count').waitFor({ state: 'detached' });
  });

  await test('both talk and read the same in the same order', async () => {
    for (let count = 1; count <= 5; count += 1) {
      await Promise.all([write(one, `甲 ${count}`), write(other, `乙 ${count}`)]);
    }
    for (const page of [one, other]) {
      await waitSaid(page, '甲 5');
      await waitSaid(page, '乙 5');
    }
    await one.waitForTimeout(300);
    const words = await said(one);
    assert.deepEqual(await said(other), words);
    assert.equal(words.length, 11);
    assert.equal(new Set(words).size, 11);
    for (const who of ['甲', '乙']) {
      assert.deepEqual(words.filter((text) => text.startsWith(who)), [1, 2, 3, 4, 5].map((count) => `${who} ${count}`));
    }
  });

  await test('a message of several lines, and a link that can be followed', async () => {
    await composer(one).pressSequentially('第一行');
    await composer(one).press('Shift+Enter');
    await composer(one).pressSequentially('第二行 https://example.com/a?b=1&c=2。');
    await composer(one).press('Enter');
    await waitSaid(other, '第二行');
    assert.equal((await said(other)).at(-1), '第一行\n第二行 https://example.com/a?b=1&c=2。');
    const anchor = other.locator('.text a').last();
    assert.equal(await anchor.getAttribute('href'), 'https://example.com/a?b=1&c=2');
    assert.equal(await anchor.getAttribute('rel'), 'noreferrer noopener');
  });

  await test('people are added, and all see by whom', async () => {
    await other.getByRole('button', { name: '添加成员' }).click();
    const dialog = other.getByRole('dialog');
    await dialog.getByRole('textbox', { name: '按姓名搜索' }).fill(li.name);
    await dialog.getByRole('button', { name: `添加 ${li.name}` }).waitFor();
    await dialog.getByRole('textbox', { name: '按姓名搜索' }).press('Enter');
    await dialog.getByRole('button', { name: '添加', exact: true }).click();
    await one.locator('.notice', { hasText: '王芳 邀请 李娜 加入了群聊' }).waitFor();
    await one.getByRole('heading', { name: '成员（3）' }).waitFor();
  });

  await test('the chat gets another name', async () => {
    await one.getByRole('button', { name: '修改群名' }).click();
    await one.getByRole('dialog').getByRole('textbox', { name: '群名称' }).fill(`${name} 改`);
    await one.getByRole('dialog').getByRole('button', { name: '保存' }).click();
    await other.locator('.notice', { hasText: `张伟 将群名改为「${name} 改」` }).waitFor();
    await other.getByRole('heading', { level: 2, name: `${name} 改` }).waitFor();
    await itemOf(other, `${name} 改`).waitFor();
  });

  await test('an answer that is lost on its way makes no second message', async () => {
    let lost = 0;
    await one.route('**/messages', async (route) => {
      if (route.request().method() !== 'POST' || lost > 0) return route.fallback();
      lost += 1;
      await route.fetch();                    // the server has it, the page doesn't know
      return route.abort();
    });
    await write(one, '只说一次');
    await one.locator('.fate.sent').waitFor();
    await waitSaid(other, '只说一次');
    await one.waitForTimeout(2500);           // long enough for the next attempt
    await one.unroute('**/messages');
    assert.equal(lost, 1);
    for (const page of [one, other]) assert.equal((await said(page)).filter((text) => text === '只说一次').length, 1);
  });

  await test('a refused message says why, and goes out once when it is retried', async () => {
    const uuids = [];
    await one.route('**/messages', async (route) => {
      if (route.request().method() !== 'POST') return route.fallback();
      uuids.push(route.request().postDataJSON().uuid);
      if (uuids.length > 1) return route.fallback();
      const body = { code: 60403, msg: 'no', error: { message: 'no', field_violations: [] } };
      return route.fulfill({ status: 403, contentType: 'application/json', body: JSON.stringify(body) });
    });
    await write(one, '再试一次');
    await one.locator('.message.failed', { hasText: '你没有权限这样做' }).waitFor();
    await one.getByRole('button', { name: '重试发送「再试一次」' }).click();
    await waitSaid(one, '再试一次');
    await waitSaid(other, '再试一次');
    await one.unroute('**/messages');
    assert.equal(uuids.length, 2);
    assert.equal(uuids[0], uuids[1]);
    assert.equal((await said(other)).filter((text) => text === '再试一次').length, 1);
  });

  await test('without a network the page says so, keeps what is written, and catches up', async () => {
    await other.context().setOffline(true);
    await dropStream(other);
    await other.locator('.offline', { hasText: '连接已断开' }).waitFor();
    await write(one, '你不在时说的');
    await write(other, '没有网络时写的');
    await waitSaid(one, '你不在时说的');
    assert.ok(!(await said(other)).includes('你不在时说的'));
    await other.context().setOffline(false);
    await waitSaid(other, '你不在时说的');
    await waitSaid(one, '没有网络时写的');
    await other.waitForFunction(() => document.querySelector('.offline').textContent === '');
    await same(one, other);
  });

  await test('a restart of the server in the middle: none missing, none twice, order kept', async () => {
    if (!restartUrl) return 'RESTART_URL is not set';
    const asked = [];
    other.on('request', (request) => {
      if (request.url().endsWith('/events')) asked.push(request.headers()['last-event-id'] || '');
    });
    const restarted = restart();
    const words = [];
    for (let count = 1; count <= 12; count += 1) {
      words.push(`重启 ${count}`);
      await write(one, words.at(-1));
      await one.waitForTimeout(250);
    }
    await restarted;
    await waitSaid(one, '重启 12');
    await waitSaid(other, '重启 12');
    await write(other, '都到了');
    await waitSaid(one, '都到了');
    await same(one, other);
    assert.deepEqual((await said(other)).filter((text) => text.startsWith('重启')), words);
    assert.ok(asked.length > 0 && !asked.includes(''), `caught up by the last id: ${asked}`);
    return undefined;
  });

  await test('a page that is loaded again shows the same', async () => {
    const words = await said(one);
    const rows = await shown(one);
    assert.ok(rows.some((row) => row.includes('王芳 邀请 李娜 加入了群聊')), `who joined and by whom: ${rows}`);
    assert.ok(rows.some((row) => row.includes('张伟 将群名改为')), `the new name: ${rows}`);
    await one.reload();
    await settle(one);
    await waitSaid(one, words.at(-1));
    assert.deepEqual(await said(one), words);
    assert.deepEqual(await shown(one), rows, 'what happened is told in the same places');
  });

  await test('what happened between two loads is told once, live and after', async () => {
    await other.getByRole('button', { name: '添加成员' }).click();
    const dialog = other.getByRole('dialog');
    await dialog.getByRole('textbox', { name: '按姓名搜索' }).fill('刘洋');
    await dialog.getByRole('button', { name: '添加 刘洋' }).click();
    await dialog.getByRole('button', { name: '添加', exact: true }).click();
    for (const page of [one, other]) {
      await page.locator('.notice', { hasText: '王芳 邀请 刘洋 加入了群聊' }).waitFor();
      const rows = await shown(page);
      await goTo(page, '#/account');
      await goTo(page, `#/chats/${chat_id}`);
      await page.locator('.notice', { hasText: '王芳 邀请 刘洋 加入了群聊' }).waitFor();
      assert.deepEqual((await shown(page)).slice(-rows.length), rows);
    }
  });

  await test('long ago is loaded by scrolling up, without a jump', async () => {
    for (let count = 1; count <= 70; count += 1) {
      await call(one, 'POST', `chats/${chat_id}/messages`, { text: `很久以前 ${count}`, uuid: crypto.randomUUID() });
    }
    await other.reload();
    await settle(other);
    await waitSaid(other, '很久以前 70');
    for (let turn = 0; turn < 40 && await other.locator('.beginning', { hasText: '聊天从这里开始' }).count() === 0; turn += 1) {
      await other.locator('.talk').evaluate((box) => { box.scrollTop = 0; });
      await other.waitForTimeout(100);
    }
    await waitSaid(other, '大家好');
    await same(one, other, 71);
    await other.getByRole('button', { name: '回到最新消息' }).click();
    assert.ok(await isAtEnd(other));
  });

  await test('new messages are marked for who comes back, and don’t move who reads above', async () => {
    await goTo(other, '#/account');
    await write(one, '新的一条');
    await waitSaid(one, '新的一条');
    await goTo(other, `#/chats/${chat_id}`);
    await other.locator('.unread', { hasText: '新消息' }).waitFor();
    await other.locator('.talk').evaluate((box) => { box.scrollTop = 400; });
    const before = await other.locator('.talk').evaluate((box) => box.scrollTop);
    await write(one, '还有一条');
    await other.getByRole('button', { name: '1 条新消息' }).waitFor();
    assert.equal(await other.locator('.talk').evaluate((box) => box.scrollTop), before);
  });

  await test('who leaves is out, and the others see it', async () => {
    await other.getByRole('button', { name: '退出群聊' }).click();
    await other.getByRole('dialog').getByRole('button', { name: '退出群聊' }).click();
    await one.locator('.notice', { hasText: '王芳 退出了群聊' }).waitFor();
    await itemOf(other, name).waitFor({ state: 'detached' });
    await goTo(other, `#/chats/${chat_id}`);
    await other.getByRole('alert').filter({ hasText: /没有权限|不存在/ }).waitFor();
  });

  await test('a task opens into a chat that is there already', async () => {
    const target = await openChat(one, `已有的群 ${run}`, [li.user_id]);
    await goTo(one, '#/chats');
    await itemOf(one, `已有的群 ${run}`).waitFor();
    await goTo(one, '#/tasks/1790000000000002');
    await one.getByRole('button', { name: '发起群聊' }).click();
    const dialog = one.getByRole('dialog');
    await dialog.getByRole('button', { name: '添加 刘洋' }).click();
    await choose(dialog, '已有的群聊');
    await dialog.getByRole('radio', { name: `已有的群 ${run}` }).check();
    await dialog.getByRole('button', { name: '发起群聊' }).click();
    await one.waitForURL(new RegExp(target));
    await one.getByRole('heading', { name: '成员（3）' }).waitFor();
    assert.equal(await one.locator('.side-choice input').count(), 2, 'both tasks can be chosen beside the chat');
  });

  await test('a task tells what happened with it, the oldest first', async () => {
    await goTo(one, '#/tasks/1790000000000002');
    const steps = one.getByRole('list').filter({ has: one.locator('.step') }).getByRole('listitem');
    await steps.filter({ hasText: `张伟 把任务关联到群聊「已有的群 ${run}」，并邀请了 刘洋` }).waitFor();
    assert.match(await steps.first().textContent(), /^张伟 发起了任务/);
    await steps.getByRole('link', { name: `已有的群 ${run}` }).last().click();
    await one.waitForURL(/#\/chats\/oc_/);
    await call(one, 'POST', `chats/${decodeURIComponent(one.url().split('/').at(-1))}/rename`, { name: `改名 ${run}` });
    await goTo(one, `#/tasks/${TASK}`);
    await steps.filter({ hasText: `张伟 发起了群聊「已有的群 ${run}」，成员：李娜` }).waitFor();
    await steps.filter({ hasText: `张伟 将群名改为「改名 ${run}」` }).waitFor();
  });

  await test('signing out ends the session', async () => {
    await goTo(one, '#/account');
    await one.locator('.who').getByRole('button', { name: '退出登录' }).click();
    await one.getByText('你已退出登录').waitFor();
    await one.reload();
    await one.getByRole('heading', { name: '登录 taskroom' }).waitFor();
  });

  await test('nothing went wrong on the way', async () => {
    await close(one);
    await close(other);
  });
}

/** All that a chat shows, in its order. */
function shown(page) {
  return page.locator('.rows-of-talk > li:not(.unread)').evaluateAll((rows) => rows.map((row) => row.textContent.replace('已发送', '')));
}

/** Ends the stream that is open: setOffline only keeps new connections from being made. */
async function dropStream(page) {
  await page.evaluate(() => dispatchEvent(new Event('pagehide')));
}

async function same(one, other, count = 0) {
  await one.waitForTimeout(300);
  const words = await said(one);
  const others = await said(other);
  const least = Math.min(words.length, others.length);
  assert.ok(least > count, `${words.length} and ${others.length} messages`);
  assert.deepEqual(words.slice(-least), others.slice(-least));
  assert.equal(new Set(words).size, words.length);
}

function isAtEnd(page) {
  return page.locator('.talk').evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 2);
}

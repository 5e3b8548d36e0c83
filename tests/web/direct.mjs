// SPDX-License-Identifier: Apache-2.0
// An app's bot writes to one person, who sees it come, reads it and writes back; and finds nothing to rename, fill or leave.
import assert from 'node:assert/strict';
import {
  axe, call, choose, close, goTo, open, run, settle, shoot, test, url, waitSaid, write,
} from './browser.mjs';

const DEMO = { app_id: 'cli_a1d0c5a3b1e24f68', app_secret: 'taskroomDemoCustomAppSecret00001' };
const CHEN = { user_id: '1800000000000005', name: '陈静', en_name: 'Chen Jing' };
const TASK = '1790000000000003';            // assigned to her
const OPEN_ID = 'ou_00000000000000000000000000000005';

async function post(address, body, token = '') {
  const answer = await fetch(`${url}/open-apis/${address}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` }, body: JSON.stringify(body),
  });
  const parsed = await answer.json();
  assert.equal(parsed.code, 0, JSON.stringify(parsed));
  return parsed;
}

/** What the demo's app says to the person. Gives the chat's id. */
async function tell(text) {
  const { tenant_access_token } = await post('auth/v3/tenant_access_token/internal', DEMO);
  const body = { receive_id: OPEN_ID, msg_type: 'text', content: JSON.stringify({ text }) };
  return (await post('im/v1/messages?receive_id_type=open_id', body, tenant_access_token)).data.chat_id;
}

export async function direct() {
  const page = await open(CHEN, { hash: '#/chats' });
  const text = `采购单已批准 ${run}`;
  let chat_id = '';

  await test('what an app says to one person comes at once, unread, in a chat named after the app', async () => {
    await settle(page);
    chat_id = await tell(text);
    const item = page.locator(`.items [data-id="${chat_id}"]`);
    await item.getByText(text).waitFor();
    const { items } = await call(page, 'GET', 'chats');
    const { name } = items.find((chat) => chat.chat_id === chat_id);
    assert.equal(await item.locator('.item-title').textContent(), name);
    assert.equal(await item.locator('.mark').textContent(), '应用');
    assert.match(await item.locator('.count').textContent(), /^\d+/);
    await shoot(page, 'direct-list');
  });

  await test('it is read, and more of it comes live', async () => {
    await goTo(page, `#/chats/${chat_id}`);
    await waitSaid(page, text);
    await page.locator(`.items [data-id="${chat_id}"] .count`).waitFor({ state: 'detached' });
    await tell(`又及 ${run}`);
    await waitSaid(page, `又及 ${run}`);
  });

  await test('one writes back, and it stays', async () => {
    await write(page, `收到 ${run}`);
    await waitSaid(page, `收到 ${run}`);
    await page.reload();
    await settle(page);
    await waitSaid(page, `收到 ${run}`);
    await shoot(page, 'direct-chat');
  });

  await test('nobody is added, nothing is renamed, and it is not left', async () => {
    assert.equal(await page.locator('.chat-count').textContent(), '应用单聊');
    for (const name of ['添加成员', '修改群名', '退出群聊']) assert.equal(await page.getByRole('button', { name }).count(), 0);
    assert.equal(await page.locator('.side').count(), 0);
    assert.equal(await page.locator('.side-button:visible').count(), 0);
    assert.deepEqual(await axe(page), []);
  });

  await test('a task is not opened into it', async () => {
    await goTo(page, `#/tasks/${TASK}`);
    const group_id = (await call(page, 'POST', `tasks/${TASK}/chat_group`, { chat_name: `群 ${run}`, uuid: crypto.randomUUID() })).chat_id;
    await page.getByRole('button', { name: '发起群聊' }).click();
    const dialog = page.getByRole('dialog');
    await choose(dialog, '已有的群聊');
    await dialog.locator(`input[value="${group_id}"]`).waitFor();
    assert.equal(await dialog.locator(`input[value="${chat_id}"]`).count(), 0);
  });

  await test('nothing went wrong on the way, with an app that writes', () => close(page));
}

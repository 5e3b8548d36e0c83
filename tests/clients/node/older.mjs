// SPDX-License-Identifier: Apache-2.0
// The Node SDK up to 1.73 can't take a port in its base address: it takes ":8080" for a path argument. Each way
// round that (contract §3.4) opens a chat here.
import assert from 'node:assert/strict';
import * as lark from 'node-sdk-1.73';
import { chatId, end, env, silent, test } from './points.mjs';

const fine = { operator_user_id: env.OPERATOR, invite_user_ids: [env.INVITEE] };
const { port } = new URL(env.TASKROOM_URL);
const clientOf = (domain) =>
  new lark.Client({ appId: env.APP_ID, appSecret: env.APP_SECRET, domain, logger: silent });
const client = clientOf(env.TASKROOM_URL);

const open = (using, more = {}) =>
  using.apaas.v1.userTask.chatGroup({ path: { task_id: env.TASK_ID, ...more }, data: fine });

async function opens(call) {
  const reply = await call;
  assert.deepEqual([reply.code, reply.msg], [0, 'success']);
  assert.match(reply.data.chat_id, chatId);
}

await test('SDK 1.73: a port in the base address fails in the SDK itself', () =>
  assert.rejects(open(client), { message: `request miss ${port} path argument` }));

await test('SDK 1.73: the port as a path argument', () => opens(open(client, { [port]: `:${port}` })));

await test('SDK 1.73: client.request', () =>
  // docs: begin request
  opens(client.request({
    method: 'POST',
    url: `/open-apis/apaas/v1/user_tasks/${env.TASK_ID}/chat_group`,
    data: fine,
  })));
  // docs: end

await test('SDK 1.73: http_proxy, an absolute target', async () => {
  process.env.http_proxy = env.TASKROOM_URL;
  try {
    await opens(open(clientOf('http://open.feishu.test')));
  } finally {
    delete process.env.http_proxy;
  }
});

await test('SDK 1.73: port 80', async () => {
  const moved = await fetch(`${env.RESTART_URL}?port=80`);
  if (moved.status !== 200) return moved.text();
  try {
    await opens(open(clientOf(new URL(await moved.text()).origin)));     // without the :80
  } finally {
    await fetch(env.RESTART_URL);
  }
});

end();

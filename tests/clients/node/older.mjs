// SPDX-License-Identifier: Apache-2.0
// The Node SDK up to 1.73 can't take a port in its base address: it takes ":8080" for a path argument. Each way
// round that (contract §3.4) opens a chat here.
import assert from 'node:assert/strict';
import * as lark from 'node-sdk-1.73';
import { chatId, end, env, silent, test } from './points.mjs';

const fine = { operator_user_id: env.OPERATOR, invite_user_ids: [env.INVITEE] };
const { port } = new URL(env.BASE_URL);
const clientOf = (domain) =>
  new lark.Client({ appId: env.APP_ID, appSecret: env.APP_SECRET, domain, logger: silent });
const client = clientOf(env.BASE_URL);

const open = (using) =>
  using.apaas.v1.userTask.chatGroup({ path: { task_id: env.TASK_ID }, data: fine });

function opens(reply) {
  assert.deepEqual([reply.code, reply.msg], [0, 'success']);
  assert.match(reply.data.chat_id, chatId);
}

await test('SDK 1.73: a port in the base address fails in the SDK itself', () =>
  assert.rejects(open(client), { message: `request miss ${port} path argument` }));

await test('SDK 1.73: the port as a path argument', async () => {
  // docs: begin port
  const reply = await client.apaas.v1.userTask.chatGroup({
    path: { task_id: env.TASK_ID, [port]: `:${port}` },         // for a base address that ends in :7171, '7171': ':7171'
    data: { operator_user_id: env.OPERATOR },
  });
  // docs: end
  opens(reply);
});

await test('SDK 1.73: client.request', async () => {
  // docs: begin request
  const reply = await client.request({
    method: 'POST',
    url: `/open-apis/apaas/v1/user_tasks/${env.TASK_ID}/chat_group`,
    data: { operator_user_id: env.OPERATOR },
  });
  // docs: end
  opens(reply);
});

await test('SDK 1.73: http_proxy, an absolute target', async () => {
  process.env.http_proxy = env.BASE_URL;
  try {
    // docs: begin proxy
    const behind = new lark.Client({ appId: env.APP_ID, appSecret: env.APP_SECRET, domain: 'http://open.feishu.test' });
    // docs: end
    opens(await open(behind));
  } finally {
    delete process.env.http_proxy;
  }
});

await test('SDK 1.73: port 80', async () => {
  const moved = await fetch(`${env.RESTART_URL}?port=80`);
  if (moved.status !== 200) return moved.text();
  try {
    opens(await open(clientOf(new URL(await moved.text()).origin)));     // without the :80
  } finally {
    await fetch(env.RESTART_URL);
  }
});

end();

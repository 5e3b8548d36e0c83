// SPDX-License-Identifier: Apache-2.0
// The official Node SDK, only its domain changed, opens a group chat, reads it back and meets every error.
// TASKROOM_READY: the server's ready line; TASKROOM_NARROW: an app without the scope (see ../with-demo).
import assert from 'node:assert/strict';
import * as lark from '@larksuiteoapi/node-sdk';

const ready = JSON.parse(process.env.TASKROOM_READY);
const narrow = JSON.parse(process.env.TASKROOM_NARROW);
const [first, second, third] = ready.users;
const chatId = /^oc_[0-9a-f]{32}$/;
const silent = { error() {}, warn() {}, info() {}, debug() {}, trace() {} };

const clientOf = (appId, appSecret, more = {}) =>
  new lark.Client({ appId, appSecret, domain: ready.url, logger: silent, ...more });
const client = clientOf(ready.app_id, ready.app_secret);
const byHand = clientOf(ready.app_id, ready.app_secret, { disableTokenCache: true });

let number = 0;
let failed = 0;

async function test(name, body) {
  number += 1;
  try {
    await body();
    console.log(`ok ${number} - ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`not ok ${number} - ${name}`);
    const text = error.response ? JSON.stringify(error.response.data) : error.stack;
    console.log(text.replace(/^/gm, '#   '));
  }
}

const open = (data, options, using = client, taskId = ready.task_ids[0]) =>
  using.apaas.v1.userTask.chatGroup({ path: { task_id: taskId }, data }, options);

// This SDK throws on HTTP >= 400; the body is where the page's sample reads it.
async function thrown(call) {
  try {
    await call;
  } catch (error) {
    assert.ok(error.response, `no answer: ${error.message}`);
    const { data, headers, status } = error.response;
    if (typeof data === 'object') {
      assert.equal(headers['content-type'], 'application/json; charset=utf-8');
      assert.match(headers['x-tt-logid'], /^\d{14}[0-9A-F]{20}$/);
      assert.equal(data.error.log_id, headers['x-tt-logid']);
    }
    return { data, status };
  }
  return assert.fail('nothing was thrown');
}

async function invalid(call, field) {
  const { data, status } = await thrown(call);
  assert.equal(status, 400);
  assert.equal(data.code, 2320001);
  assert.equal(data.msg, 'param is invalid');
  assert.ok(data.error.field_violations[0].field.startsWith(field), JSON.stringify(data));
}

const fine = { operator_user_id: first.kunlun_id, invite_user_ids: [second.kunlun_id] };
const opened = {};

await test('a token by hand', async () => {
  const reply = await byHand.auth.v3.tenantAccessToken.internal({
    data: { app_id: ready.app_id, app_secret: ready.app_secret },
  });
  assert.equal(reply.code, 0);
  assert.match(reply.tenant_access_token, /^t-/);
  assert.ok(reply.expire >= 1800 && reply.expire <= 7200);
  opened.token = reply.tenant_access_token;
});

await test('a chat is opened with the token that the SDK fetches', async () => {
  const reply = await open({ ...fine, chat_name: '群名称' });
  assert.deepEqual([reply.code, reply.msg], [0, 'success']);
  assert.match(reply.data.chat_id, chatId);
  opened.chat = reply.data.chat_id;
});

await test('a chat is opened with a token by hand', async () => {
  const reply = await open(fine, lark.withTenantToken(opened.token), byHand);
  assert.match(reply.data.chat_id, chatId);
  assert.notEqual(reply.data.chat_id, opened.chat);
});

await test('im.v1.chat.get', async () => {
  const { code, data } = await client.im.v1.chat.get({ path: { chat_id: opened.chat } });
  assert.equal(code, 0);
  assert.equal(data.name, '群名称');
  assert.equal(data.owner_id, first.open_id);
  assert.equal(data.owner_id_type, 'open_id');
  assert.deepEqual([data.user_count, data.bot_count], ['2', '1']);
  assert.equal(data.chat_status, 'normal');
});

await test('im.v1.chatMembers.get', async () => {
  const { data } = await client.im.v1.chatMembers.get({ path: { chat_id: opened.chat } });
  const names = data.items.map((item) => item.name).sort();
  assert.deepEqual(names, [first.name, second.name].sort());
  assert.equal(data.member_total, 2);
  assert.equal(data.has_more, false);
});

await test('im.v1.chatMembers.getWithIterator walks the pages', async () => {
  const members = [];
  const pages = await client.im.v1.chatMembers.getWithIterator({
    path: { chat_id: opened.chat },
    params: { page_size: 1, member_id_type: 'open_id' },
  });
  for await (const page of pages) members.push(...page.items.map((item) => item.member_id));
  assert.deepEqual(members.sort(), [first.open_id, second.open_id].sort());
});

await test('im.v1.message.list', async () => {
  const { code, data } = await client.im.v1.message.list({
    params: { container_id_type: 'chat', container_id: opened.chat },
  });
  assert.equal(code, 0);
  assert.equal(data.items.length, 1);
  assert.equal(data.items[0].chat_id, opened.chat);
  assert.match(data.items[0].message_id, /^om_[0-9a-f]{32}$/);
  assert.equal(typeof JSON.parse(data.items[0].body.content), 'object');
});

await test('apaas.v1.userTask.query', async () => {
  const { code, data } = await client.apaas.v1.userTask.query({
    data: { kunlun_user_id: first.kunlun_id, limit: '50' },
  });
  assert.equal(code, 0);
  assert.equal(typeof data.count, 'string');
  assert.equal(Number(data.count), data.tasks.length);
  for (const task of data.tasks) {
    assert.ok(ready.task_ids.includes(task.task_id));
    assert.equal(typeof task.task_start_time, 'string');
    assert.ok(Array.isArray(task.workflow_instance.label));
  }
});

await test('members are added to a given chat', async () => {
  const reply = await open({ ...fine, invite_user_ids: [third.kunlun_id], chat_id: opened.chat });
  assert.equal(reply.data.chat_id, opened.chat);
  const { data } = await client.im.v1.chatMembers.get({ path: { chat_id: opened.chat } });
  assert.equal(data.member_total, 3);
});

await test('an Idempotency-Key makes a retry safe', async () => {
  const options = lark.withTenantToken(opened.token);
  options.headers = { ...options.headers, 'Idempotency-Key': 'node-sdk-1' };
  const one = await open(fine, options, byHand);
  const two = await open(fine, options, byHand);
  assert.equal(one.data.chat_id, two.data.chat_id);
});

await test('an encoded name survives', async () => {
  const name = '🎉 "引号" \\ <b>';
  const reply = await open({ ...fine, chat_name: name });
  const { data } = await client.im.v1.chat.get({ path: { chat_id: reply.data.chat_id } });
  assert.equal(data.name, name);
});

await test('no token', async () => {
  const { data, status } = await thrown(open(fine, undefined, byHand));
  assert.deepEqual([status, data.code], [400, 99991661]);
});

await test('a bad token', async () => {
  const { data, status } = await thrown(open(fine, lark.withTenantToken('t-7f1bcd13'), byHand));
  assert.deepEqual([status, data.code], [400, 99991663]);
});

await test("a user's token, and one of no known form", async () => {
  for (const [token, code] of [['u-7f1bcd13', 99991668], ['7f1bcd13', 99991671]]) {
    const { data, status } = await thrown(open(fine, lark.withTenantToken(token), byHand));
    assert.deepEqual([status, data.code], [400, code]);
  }
});

await test('a missing scope', async () => {
  const { data, status } = await thrown(
    open(fine, undefined, clientOf(narrow.app_id, narrow.app_secret)));
  assert.deepEqual([status, data.code], [400, 99991672]);
  assert.deepEqual(data.error.permission_violations,
    [{ type: 'action_scope_required', subject: 'app_engine:approval:write' }]);
});

await test('an unknown task', () => invalid(open(fine, undefined, client, '1234'), 'task_id'));

await test('an unknown operator', () =>
  invalid(open({ ...fine, operator_user_id: '1234' }), 'operator_user_id'));

await test('an unknown invitee', () =>
  invalid(open({ ...fine, invite_user_ids: ['1234'] }), 'invite_user_ids'));

await test('an unknown chat', () => invalid(open({ ...fine, chat_id: 'oc_1234' }), 'chat_id'));

await test('no operator', () => invalid(open({}), 'operator_user_id'));

await test('0 invitees', () => invalid(open({ ...fine, invite_user_ids: [] }), 'invite_user_ids'));

await test('21 invitees', () =>
  invalid(open({ ...fine, invite_user_ids: Array(21).fill(second.kunlun_id) }), 'invite_user_ids'));

await test('a number for a string', () =>
  invalid(open({ ...fine, operator_user_id: Number(first.kunlun_id) }), 'operator_user_id'));

await test('404 as text', async () => {
  const { data, status } = await thrown(
    client.request({ method: 'GET', url: '/open-apis/apaas/v1/user_tasks/1/chat_group' }));
  assert.deepEqual([status, data], [404, '404 page not found']);
});

await test('an im error', async () => {
  const { data, status } = await thrown(
    client.im.v1.chat.get({ path: { chat_id: `oc_${'f'.repeat(32)}` } }));
  assert.deepEqual([status, data.code], [400, 232006]);
});

await test('a wrong secret', async () => {
  const reply = await byHand.auth.v3.tenantAccessToken.internal({
    data: { app_id: ready.app_id, app_secret: 'wrong' },
  });
  assert.deepEqual([reply.code, reply.msg], [10014, 'app secret invalid']);
});

// The last: it uses up the minute's 100 calls (contract, appendix A).
await test('the 101st call in a minute', async () => {
  for (let calls = 0; calls <= 100; calls += 1) {
    try {
      await open(fine, { headers: { 'Idempotency-Key': 'limit' } });
    } catch (error) {
      const { data, headers, status } = error.response;
      assert.deepEqual([status, data], [429, { code: 99991400, msg: 'request trigger frequency limit' }]);
      assert.equal(headers['x-ogw-ratelimit-limit'], '100');
      assert.equal(headers['x-ogw-ratelimit-reset'], headers['retry-after']);
      assert.ok(calls > 0, 'the first was refused');
      return;
    }
  }
  assert.fail('nothing was refused');
});

console.log(`1..${number}`);
process.exit(failed ? 1 : 0);

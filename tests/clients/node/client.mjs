// SPDX-License-Identifier: Apache-2.0
// The official Node SDK, only its domain changed: each point of ../POINTS, and every other refusal it can meet.
import assert from 'node:assert/strict';
import { chatId, end, invalid, silent, test, thrown } from './points.mjs';

// docs: begin client
import * as lark from '@larksuiteoapi/node-sdk';

const { env } = process;
const client = new lark.Client({
  appId: env.APP_ID,
  appSecret: env.APP_SECRET,
  domain: env.BASE_URL,             // http://127.0.0.1:7171, no slash at its end
});
// docs: end

console.log = () => {};                 // the SDK prints each refusal; points.mjs writes by itself

const clientOf = (appId, appSecret, more = {}) =>
  new lark.Client({ appId, appSecret, domain: env.BASE_URL, logger: silent, ...more });
const byHand = clientOf(env.APP_ID, env.APP_SECRET, { disableTokenCache: true });
const invitees = env.INVITEES.split(',');

// How often the SDK asked for a token: what its own axios instance sends, counted and let through.
let tokenCalls = 0;
lark.defaultHttpInstance.interceptors.request.use((request) => {
  if (request.url.includes('/auth/v3/')) tokenCalls += 1;
  return request;
});

const open = (data, options, using = client, taskId = env.TASK_ID) =>
  using.apaas.v1.userTask.chatGroup({ path: { task_id: taskId }, data }, options);

const fine = { operator_user_id: env.OPERATOR, invite_user_ids: [env.INVITEE] };
const opened = {};

await test('the SDK fetches a token by itself', async () => {
  const reply = await open(fine);
  assert.deepEqual([reply.code, reply.msg], [0, 'success']);
  assert.match(reply.data.chat_id, chatId);
  assert.equal(tokenCalls, 1);
});

await test('a token is fetched and handed over by hand', async () => {
  const reply = await byHand.auth.v3.tenantAccessToken.internal({
    data: { app_id: env.APP_ID, app_secret: env.APP_SECRET },
  });
  assert.equal(reply.code, 0);
  assert.match(reply.tenant_access_token, /^t-/);
  assert.ok(reply.expire >= 1800 && reply.expire <= 7200);
  opened.token = reply.tenant_access_token;
  const { data } = await open(fine, lark.withTenantToken(opened.token), byHand);
  assert.match(data.chat_id, chatId);
});

await test('a chat is opened', async () => {
  // docs: begin call
  const reply = await client.apaas.v1.userTask.chatGroup({
    path: { task_id: env.TASK_ID },
    data: { operator_user_id: env.OPERATOR, invite_user_ids: [env.INVITEE], chat_name: '群名称' },
  });
  // docs: end
  assert.deepEqual([reply.code, reply.msg], [0, 'success']);
  assert.match(reply.data.chat_id, chatId);
  opened.chat = reply.data.chat_id;
});

await test('the chat is read back', async () => {
  const { code, data } = await client.im.v1.chat.get({ path: { chat_id: opened.chat } });
  assert.equal(code, 0);
  assert.equal(data.name, '群名称');
  assert.deepEqual([data.owner_id, data.owner_id_type], [env.OPERATOR_OPEN_ID, 'open_id']);
  assert.deepEqual([data.user_count, data.bot_count], ['2', '1']);
  assert.equal(data.chat_status, 'normal');
});

await test('the members are read back', async () => {
  const { data } = await client.im.v1.chatMembers.get({ path: { chat_id: opened.chat } });
  const names = data.items.map((item) => item.name).sort();
  assert.deepEqual(names, [env.OPERATOR_NAME, env.INVITEE_NAME].sort());
  assert.deepEqual([data.member_total, data.has_more], [2, false]);
});

await test('im.v1.chatMembers.getWithIterator walks the pages', async () => {
  const members = [];
  const pages = await client.im.v1.chatMembers.getWithIterator({
    path: { chat_id: opened.chat },
    params: { page_size: 1, member_id_type: 'open_id' },
  });
  for await (const page of pages) {
    assert.equal(page.items.length, 1);
    members.push(page.items[0].name);
  }
  assert.deepEqual(members.sort(), [env.OPERATOR_NAME, env.INVITEE_NAME].sort());
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

await test('a message is sent, answered, read back and recalled', async () => {
  const { message } = client.im.v1;
  const content = JSON.stringify({ text: `<at user_id="${env.OPERATOR_OPEN_ID}"></at> 你好` });
  const sent = await message.create({
    params: { receive_id_type: 'chat_id' },
    data: { receive_id: opened.chat, msg_type: 'text', content, uuid: 'node-sdk-message-1' },
  });
  assert.equal(sent.code, 0);
  assert.deepEqual(JSON.parse(sent.data.body.content), { text: '@_user_1 你好' });
  assert.equal(sent.data.mentions[0].name, env.OPERATOR_NAME);
  const path = { message_id: sent.data.message_id };
  const answer = await message.reply({
    path,
    data: { msg_type: 'text', content: JSON.stringify({ text: '好' }) },
  });
  assert.deepEqual([answer.data.root_id, answer.data.parent_id], [path.message_id, path.message_id]);
  const { data } = await message.get({ path });
  assert.deepEqual(data.items[0], sent.data);
  assert.equal((await message.delete({ path })).code, 0);
  const gone = await thrown(message.get({ path }));
  assert.deepEqual([gone.status, gone.data.code], [400, 230110]);
});

await test('a message is sent to one user', async () => {
  const { chat, message } = client.im.v1;
  const data = { msg_type: 'text', content: JSON.stringify({ text: '你好' }) };
  const sent = await message.create({
    params: { receive_id_type: 'open_id' },
    data: { ...data, receive_id: env.OPERATOR_OPEN_ID, uuid: 'node-sdk-direct-1' },
  });
  assert.equal(sent.code, 0);
  const { chat_id } = sent.data;
  const again = await message.create({ params: { receive_id_type: 'chat_id' }, data: { ...data, receive_id: chat_id } });
  assert.equal(again.data.chat_id, chat_id);
  const told = await chat.get({ path: { chat_id } });
  assert.deepEqual([told.data.chat_mode, told.data.user_count, told.data.owner_id], ['p2p', '1', undefined]);
  const { data: listed } = await message.list({ params: { container_id_type: 'chat', container_id: chat_id } });
  assert.deepEqual(listed.items.map((item) => item.message_id), [sent.data.message_id, again.data.message_id]);
  const nobody = await thrown(message.create({
    params: { receive_id_type: 'email' },
    data: { ...data, receive_id: 'nobody@example.com' },
  }));
  assert.deepEqual([nobody.status, nobody.data.code], [400, 230034]);
});

await test('users are found by their address', async () => {
  const { user } = client.contact.v3;
  const { data } = await user.batchGetId({
    params: { user_id_type: 'open_id' },
    data: { emails: ['user1@example.com', 'nobody@example.com'] },
  });
  assert.deepEqual(data.user_list[1], { email: 'nobody@example.com' });
  const path = { user_id: data.user_list[0].user_id };
  const found = await user.get({ path, params: { user_id_type: 'open_id' } });
  assert.equal(found.data.user.open_id, path.user_id);
  assert.equal(found.data.user.email, 'user1@example.com');
});

await test('a given chat is joined', async () => {
  const reply = await open({ ...fine, invite_user_ids: [invitees[0]], chat_id: opened.chat });
  assert.equal(reply.data.chat_id, opened.chat);
  const { data } = await client.im.v1.chatMembers.get({ path: { chat_id: opened.chat } });
  assert.equal(data.member_total, 3);
});

// ---- chats and members, without a task ----

const made = {};

await test('im.v1.chat.create', async () => {
  const reply = await client.im.v1.chat.create({
    params: { user_id_type: 'open_id', set_bot_manager: true, uuid: 'node-sdk-chat' },
    data: {
      name: '测试群', description: '说明', owner_id: env.OPERATOR_OPEN_ID, user_id_list: [env.OPERATOR_OPEN_ID],
      chat_mode: 'group', chat_type: 'public', i18n_names: { en_us: 'a chat' },
    },
  });
  assert.deepEqual([reply.code, reply.msg], [0, 'success']);
  assert.match(reply.data.chat_id, chatId);
  assert.deepEqual([reply.data.owner_id, reply.data.owner_id_type], [env.OPERATOR_OPEN_ID, 'open_id']);
  assert.deepEqual([reply.data.chat_type, reply.data.external], ['public', false]);
  made.chat = reply.data.chat_id;
  const again = await client.im.v1.chat.create({
    params: { uuid: 'node-sdk-chat' }, data: { name: '又一个', owner_id: env.OPERATOR_OPEN_ID },
  });
  assert.equal(again.data.chat_id, made.chat);
});

await test('im.v1.chat.update', async () => {
  const reply = await client.im.v1.chat.update({
    path: { chat_id: made.chat },
    data: { name: '改了名', add_member_permission: 'only_owner', share_card_permission: 'not_allowed' },
  });
  assert.deepEqual([reply.code, reply.data], [0, {}]);
  const { data } = await client.im.v1.chat.get({ path: { chat_id: made.chat } });
  assert.deepEqual([data.name, data.description, data.add_member_permission], ['改了名', '说明', 'only_owner']);
  assert.deepEqual([data.i18n_names.en_us, data.bot_manager_id_list], ['a chat', [env.APP_ID]]);
});

await test('im.v1.chatMembers.create and delete, by member_id_type', async () => {
  const path = { chat_id: made.chat };
  const bot = { params: { member_id_type: 'app_id' }, data: { id_list: [env.STORE_APP_ID] } };
  const added = await client.im.v1.chatMembers.create({ path, ...bot });
  assert.deepEqual(added.data, { invalid_id_list: [], not_existed_id_list: [], pending_approval_id_list: [] });
  const some = await client.im.v1.chatMembers.create({
    path, params: { member_id_type: 'open_id', succeed_type: 1 }, data: { id_list: ['ou_1234'] },
  });
  assert.deepEqual(some.data.not_existed_id_list, ['ou_1234']);
  const { data, status } = await thrown(client.im.v1.chatMembers.create({ path, data: { id_list: ['ou_1234'] } }));
  assert.deepEqual([status, data.code, data.msg], [400, 99992351, 'these open ids not existed: [ou_1234]']);
  const all = await thrown(client.im.v1.chatMembers.create({
    path, params: { member_id_type: 'union_id', succeed_type: 2 }, data: { id_list: ['on_1234'] },
  }));
  assert.deepEqual([all.status, all.data.code], [400, 232043]);
  const removed = await client.im.v1.chatMembers.delete({ path, ...bot });
  assert.deepEqual(removed.data, { invalid_id_list: [] });
});

await test('im.v1.chatMembers.isInChat and meJoin', async () => {
  const path = { chat_id: made.chat };
  const inside = await client.im.v1.chatMembers.isInChat({ path });
  assert.deepEqual(inside.data, { is_in_chat: true });
  const reply = await client.im.v1.chatMembers.meJoin({ path });
  assert.deepEqual([reply.code, reply.data], [0, {}]);
});

await test('im.v1.chat.delete', async () => {
  const reply = await client.im.v1.chat.delete({ path: { chat_id: made.chat } });
  assert.deepEqual([reply.code, reply.data], [0, {}]);
  const { data } = await client.im.v1.chat.get({ path: { chat_id: made.chat } });
  assert.equal(data.chat_status, 'dissolved');
});

await test("the user's tasks are queried", async () => {
  const { code, data } = await client.apaas.v1.userTask.query({
    data: { kunlun_user_id: env.OPERATOR, limit: '50' },
  });
  assert.equal(code, 0);
  assert.equal(data.count, String(data.tasks.length));
  const task = data.tasks.find(({ task_id: id }) => id === env.TASK_ID);
  assert.equal(typeof task.task_start_time, 'string');
  assert.deepEqual(task.workflow_instance.label[0], { language_code: '2052', text: '采购审批' });
  assert.deepEqual(task.summarys[0].file_key, { language_code: '2052', text: '金额' });
  assert.deepEqual(task.summarys[0].file_value, [{ language_code: '2052', text: '1,200' }]);
});

await test('a wrong parameter: 400, 2320001', async () => {
  await invalid(open({}), 'operator_user_id');
  await invalid(open({ ...fine, operator_user_id: '1234' }), 'operator_user_id');
  await invalid(open({ ...fine, operator_user_id: Number(env.OPERATOR) }), 'operator_user_id');
  await invalid(open({ ...fine, invite_user_ids: ['1234'] }), 'invite_user_ids');
  await invalid(open({ ...fine, invite_user_ids: [] }), 'invite_user_ids');
  await invalid(open({ ...fine, chat_id: 'oc_1234' }), 'chat_id');
  await invalid(open(fine, undefined, client, '1234'), 'task_id');
});

await test('a missing scope: 400, 99991672', async () => {
  const narrow = clientOf(env.NARROW_APP_ID, env.NARROW_APP_SECRET);
  const { data, status } = await thrown(open(fine, undefined, narrow));
  assert.deepEqual([status, data.code], [400, 99991672]);
  assert.deepEqual(data.error.permission_violations,
    [{ type: 'action_scope_required', subject: 'app_engine:approval:write' }]);
});

// This SDK hands the body alone to its caller, so only a refusal shows its headers.
await test('the request id is readable', async () => {
  const { data, headers } = await thrown(open({}));
  assert.match(headers['x-tt-logid'], /^\d{14}[0-9A-F]{20}$/);
  assert.equal(data.error.log_id, headers['x-tt-logid']);
});

await test('20 invitees are accepted', async () => {
  assert.equal(new Set(invitees).size, 20);
  const reply = await open({ ...fine, invite_user_ids: invitees });
  const { data } = await client.im.v1.chat.get({ path: { chat_id: reply.data.chat_id } });
  assert.equal(data.user_count, '21');
});

await test('21 invitees are refused', () =>
  invalid(open({ ...fine, invite_user_ids: [...invitees, env.INVITEE] }), 'invite_user_ids'));

await test('Chinese text and emoji survive in a name', async () => {
  const name = '采购审批 🎉👩‍💻 "引号" \\ <b>';
  const reply = await open({ ...fine, chat_name: name });
  const { data } = await client.im.v1.chat.get({ path: { chat_id: reply.data.chat_id } });
  assert.deepEqual(Buffer.from(data.name), Buffer.from(name));
});

await test('an Idempotency-Key makes a retry safe', async () => {
  const options = lark.withTenantToken(opened.token);
  options.headers = { ...options.headers, 'Idempotency-Key': 'node-sdk-1' };
  const one = await open(fine, options, byHand);
  const two = await open(fine, options, byHand);
  assert.equal(one.data.chat_id, two.data.chat_id);
});

await test('no token, a bad one, a user’s, one of no known form', async () => {
  const bad = [[undefined, 99991661], ['t-7f1bcd13', 99991663], ['u-7f1bcd13', 99991668], ['7f1bcd13', 99991671]];
  for (const [token, code] of bad) {
    const { data, status } = await thrown(open(fine, token && lark.withTenantToken(token), byHand));
    assert.deepEqual([status, data.code], [400, code]);
  }
});

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
    data: { app_id: env.APP_ID, app_secret: 'wrong' },
  });
  assert.deepEqual([reply.code, reply.msg], [10014, 'app secret invalid']);
});

// The ticket comes as a pushed event, or is put where the SDK would keep it.
await test('a store app: ticket, app token, tenant token', async () => {
  // docs: begin store
  const cache = new lark.DefaultCache();
  await cache.set(lark.CAppTicket, env.STORE_APP_TICKET, undefined, { namespace: env.STORE_APP_ID });
  const store = new lark.Client({
    appId: env.STORE_APP_ID,
    appSecret: env.STORE_APP_SECRET,
    appType: lark.AppType.ISV,
    domain: env.BASE_URL,
    cache,
  });
  const tenant = lark.withTenantKey(env.TENANT_KEY);      // the second argument of each call
  // docs: end
  const before = tokenCalls;
  const reply = await open(fine, tenant, store);
  assert.match(reply.data.chat_id, chatId);
  const second = await open(fine, tenant, store);
  assert.equal(tokenCalls - before, 2, 'the app token and the tenant token, once');
  Object.assign(opened, { store, tenant, stores: [reply.data.chat_id, second.data.chat_id] });
});

// Of the store app's bot, which is in no other chat.
await test('im.v1.chat.listWithIterator walks the pages', async () => {
  const { store, tenant } = opened, chats = [];
  for await (const page of await store.im.v1.chat.listWithIterator({ params: { page_size: 1 } }, tenant))
    chats.push(...page.items.map((chat) => chat.chat_id));
  assert.deepEqual(chats, opened.stores);
  const { data } = await store.im.v1.chat.list({ params: { sort_type: 'ByActiveTimeDesc' } }, tenant);
  assert.deepEqual(data.items.map((chat) => chat.chat_id), [...opened.stores].reverse());
});

await test('kill -9 and a restart: the same token goes on', async () => {
  const before = tokenCalls;
  assert.equal((await fetch(env.RESTART_URL)).status, 200);
  const reply = await open(fine);
  assert.match(reply.data.chat_id, chatId);
  const { data } = await client.im.v1.chat.get({ path: { chat_id: opened.chat } });
  assert.equal(data.name, '群名称');
  assert.equal(tokenCalls, before);
});

// The last: it uses up the minute's 100 calls (contract, appendix A).
await test('the 101st call in a minute', async () => {
  if (env.RECORDING) return 'the same request a hundred times is not worth recording';
  for (let calls = 0; calls <= 100; calls += 1) {
    try {
      await open(fine, { headers: { 'Idempotency-Key': 'limit' } });
    } catch (error) {
      const { data, headers, status } = error.response;
      assert.deepEqual([status, data], [429, { code: 99991400, msg: 'request trigger frequency limit' }]);
      assert.equal(headers['x-ogw-ratelimit-limit'], '100');
      assert.equal(headers['x-ogw-ratelimit-reset'], headers['retry-after']);
      assert.ok(calls > 0, 'the first was refused');
      return undefined;
    }
  }
  return assert.fail('nothing was refused');
});

end();

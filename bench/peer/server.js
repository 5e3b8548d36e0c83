// SPDX-License-Identifier: Apache-2.0
'use strict';

// The do-it-yourself service that scripts/bench compares with: chat_group on Fastify and better-sqlite3,
// with the product's checks and what it keeps of a group, as a careful team would write it in an afternoon.
//
// node server.js DATABASE each|batch
//   each:  every request is a transaction of its own
//   batch: what came in during one turn of the event loop shares a transaction and is answered after it
// DATABASE holds the product's tables, those of tables.sql in place of its chats, and the table access_token. Prints {"url":…} when ready.

const { createHash, randomFillSync, randomUUID } = require('node:crypto');
const Database = require('better-sqlite3');
const fastify = require('fastify');

const SCOPE = 'app_engine:approval:write';
const BATCH_MOST = 512;

const [path, mode] = process.argv.slice(2);
if (!path || (mode !== 'each' && mode !== 'batch')) {
    console.error('usage: node server.js DATABASE each|batch');
    process.exit(2);
}

const db = new Database(path);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.pragma('wal_autocheckpoint = 4000');

const select = {
    token: db.prepare(`SELECT t.tenant_id, t.app_id, a.scopes, t.expires_ms
        FROM access_token t JOIN app a ON a.app_id = t.app_id WHERE t.token_hash = ?`),
    task: db.prepare('SELECT 1 FROM task WHERE tenant_id = ? AND task_id = ?'),
    label: db.prepare(`SELECT l.text FROM task t JOIN workflow_label l
        ON l.tenant_id = t.tenant_id AND l.workflow_instance_id = t.workflow_instance_id
        WHERE t.tenant_id = ? AND t.task_id = ? ORDER BY l.position LIMIT 1`),
    user: db.prepare(`SELECT kunlun_id, name, status
        FROM kunlun_user WHERE tenant_id = ? AND kunlun_id = ?`),
    assignees: db.prepare(`SELECT kunlun_id FROM participant
        WHERE tenant_id = ? AND task_id = ? AND role = 'assignee' ORDER BY position`),
    idempotency: db.prepare(
        'SELECT fingerprint, body FROM idempotency WHERE tenant_id = ? AND key_hash = ?'),
};
const insert = {
    chat: db.prepare(`INSERT INTO chat
        (tenant_id, chat_number, tail, name, owner_id, creator_app_id, chat_status, created_ms)
        VALUES (?, ?, ?, ?, ?, ?, 'normal', ?)`),
    member: db.prepare(`INSERT INTO member
        (tenant_id, chat_number, member_id, member_type, joined_ms) VALUES (?, ?, ?, ?, ?)`),
    taskChat: db.prepare(`INSERT INTO task_chat
        (tenant_id, task_id, chat_number, linked_ms) VALUES (?, ?, ?, ?)`),
    message: db.prepare(`INSERT INTO message
        (tenant_id, chat_number, message_number, tail, msg_type, sender_id, sender_type, content,
            created_ms)
        VALUES (?, ?, ?, ?, 'system', ?, 'app', ?, ?)`),
    event: db.prepare(`INSERT INTO event
        (tenant_id, event_number, tail, event_type, app_id, actor_id, subject_number, body,
            created_ms, log_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    idempotency: db.prepare(`INSERT INTO idempotency
        (tenant_id, key_hash, fingerprint, http_status, body, created_ms)
        VALUES (?, ?, ?, 200, ?, ?)`),
};

class Refusal extends Error {
    constructor(code, reason) {
        super(reason);
        this.code = code;
    }
}

let lastNumber = 0n;
const random = Buffer.alloc(4096);
let randomAt = random.length;

/** As the product makes its ids: 48 bits of time and 16 of sequence; apart from these, 64 of randomness. */
function makeId(nowMs) {
    const first = BigInt(nowMs) << 16n;

    lastNumber = first > lastNumber ? first : lastNumber + 1n;
    if (randomAt === random.length) {
        randomFillSync(random);
        randomAt = 0;
    }
    randomAt += 8;
    return { number: lastNumber, tail: random.readBigInt64LE(randomAt - 8) };
}

const printId = (prefix, { number, tail }) => prefix + number.toString(16).padStart(16, '0') +
    BigInt.asUintN(64, tail).toString(16).padStart(16, '0');

const hash = (text) => createHash('sha256').update(text).digest('hex');

function findUser(tenantId, kunlunId) {
    const user = select.user.get(tenantId, kunlunId);

    if (user === undefined || user.status !== 'active')
        throw new Refusal(2320001, `there is no active user ${kunlunId}`);
    return user;
}

/** Checks what the schema cannot and writes the rows; inside a transaction. */
function openGroup({ caller, taskId, body, key, logId }) {
    const { tenant_id: tenantId, app_id: appId } = caller;
    const keyHash = key && hash(`${appId} POST chat_group ${key}`);
    const fingerprint = key && hash(`${taskId} ${JSON.stringify(body)}`);
    const nowMs = Date.now();

    if (key) {
        const known = select.idempotency.get(tenantId, keyHash);

        if (known !== undefined && known.fingerprint !== fingerprint)
            throw new Refusal(2320001, 'the key was used for another request');
        if (known !== undefined)
            return known.body;
    }
    if (body.chat_id)
        throw new Refusal(2320001, 'this service opens new chats only');
    if (select.task.get(tenantId, taskId) === undefined)
        throw new Refusal(2320001, `there is no task ${taskId}`);

    const operator = findUser(tenantId, body.operator_user_id);
    const invited = body.invite_user_ids ??
        select.assignees.all(tenantId, taskId).map((row) => row.kunlun_id);
    const members = new Map([[operator.kunlun_id, operator]]);
    for (const id of invited)
        if (!members.has(id))
            members.set(id, findUser(tenantId, id));

    const label = select.label.get(tenantId, taskId)?.text;
    const name = body.chat_name || label || '（无主题）';
    const chat = makeId(nowMs), message = makeId(nowMs);
    insert.chat.run(tenantId, chat.number, chat.tail, name, operator.kunlun_id, appId, nowMs);
    for (const id of members.keys())
        insert.member.run(tenantId, chat.number, id, 'user', nowMs);
    insert.member.run(tenantId, chat.number, appId, 'bot', nowMs);
    insert.taskChat.run(tenantId, taskId, chat.number, nowMs);
    insert.message.run(tenantId, chat.number, message.number, message.tail, appId, JSON.stringify({
        template: '{from_user} 从任务「{task}」发起了群聊，成员：{to_chatters}',
        from_user: [operator.name],
        to_chatters: [...members.values()].slice(1).map((user) => user.name),
        task: [label || taskId],
        task_id: taskId,
    }), nowMs);
    const tell = (type, body) => {
        const id = makeId(nowMs);

        insert.event.run(tenantId, id.number, id.tail, type, appId, operator.kunlun_id, chat.number,
            JSON.stringify(body), nowMs, logId);
    };
    tell('im.chat.member.bot.added_v1', { name });
    tell('im.chat.member.user.added_v1', { name, users: [...members.keys()] });

    const answer = JSON.stringify({ code: 0, msg: 'success', data: { chat_id: printId('oc_', chat) } });
    if (key)
        insert.idempotency.run(tenantId, keyHash, fingerprint, answer, nowMs);
    return answer;
}

/** One transaction, one fsync, per request. */
const openOne = db.transaction(openGroup);
const each = (request) => openOne.immediate(request);

/** One transaction for what waits. Refusals write nothing, so they need no savepoint. */
const openAll = db.transaction((requests) => requests.map((request) => {
    try {
        return { answer: openGroup(request.work) };
    } catch (error) {
        if (error instanceof Refusal)
            return { error };
        throw error;
    }
}));

let waiting = [];

function flush() {
    const requests = waiting.splice(0, BATCH_MOST);

    if (waiting.length > 0)
        setImmediate(flush);
    try {
        const outcomes = openAll.immediate(requests);

        requests.forEach((request, i) => (outcomes[i].error
            ? request.reject(outcomes[i].error) : request.resolve(outcomes[i].answer)));
    } catch (error) {
        requests.forEach((request) => request.reject(error));
    }
}

function batch(work) {
    return new Promise((resolve, reject) => {
        waiting.push({ work, resolve, reject });
        if (waiting.length === 1)
            setImmediate(flush);
    });
}

const open = mode === 'each' ? each : batch;
const id = { type: 'string', minLength: 1, maxLength: 64 };
const schema = {
    params: { type: 'object', required: ['task_id'], properties: { task_id: id } },
    body: {
        type: 'object',
        required: ['operator_user_id'],
        properties: {
            operator_user_id: id,
            invite_user_ids: { type: 'array', minItems: 1, maxItems: 20, items: id },
            chat_id: { type: 'string', maxLength: 64 },
            chat_name: { type: 'string' },
        },
    },
};

const app = fastify({
    logger: false,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
});

app.decorateRequest('caller', null);
app.decorateRequest('logId', null);

function authorize(request, reply, done) {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    const caller = token && select.token.get(hash(token));

    request.logId = Date.now() + randomUUID().replaceAll('-', '').slice(0, 21).toUpperCase();
    reply.header('X-Tt-Logid', request.logId);
    if (!caller || caller.expires_ms <= Date.now())
        return done(new Refusal(99991663, 'Invalid access token for authorization.'));
    if (!caller.scopes.split(' ').includes(SCOPE))
        return done(new Refusal(99991672, `Access denied: ${SCOPE} is required.`));
    request.caller = caller;
    return done();
}

app.setErrorHandler((error, request, reply) => {
    const code = error instanceof Refusal ? error.code : error.validation ? 2320001 : 0;

    if (code === 0) {
        console.error(error);
        return reply.code(500).send({ code: 2320002, msg: 'internal error', data: {} });
    }
    return reply.code(400).send({ code, msg: 'param is invalid', error: { message: error.message } });
});

app.post('/open-apis/apaas/v1/user_tasks/:task_id/chat_group', { schema, onRequest: authorize },
    async (request, reply) => {
        const answer = await open({
            caller: request.caller,
            taskId: request.params.task_id,
            body: request.body,
            key: request.headers['idempotency-key'],
            logId: request.logId,
        });

        reply.type('application/json; charset=utf-8');
        return answer;
    });

process.on('SIGTERM', () => {
    app.server.closeAllConnections();
    app.close().then(() => db.close()).then(() => process.exit(0));
});

app.listen({ host: '127.0.0.1', port: 0 }).then((url) => console.log(JSON.stringify({ url })));

// SPDX-License-Identifier: Apache-2.0
// What client.mjs and older.mjs share: test points, and how this SDK shows a refusal.
import assert from 'node:assert/strict';

export const env = process.env;
export const chatId = /^oc_[0-9a-f]{32}$/;
export const silent = { error() {}, warn() {}, info() {}, debug() {}, trace() {} };

let failed = 0;
const say = (text) => process.stdout.write(`${text}\n`);

export async function test(name, body) {
  try {
    const skipped = await body();
    say(`ok - ${name}${skipped ? ` # SKIP ${skipped}` : ''}`);
  } catch (error) {
    failed += 1;
    say(`not ok - ${name}`);
    const text = error.response ? JSON.stringify(error.response.data) : error.stack;
    say(text.replace(/^/gm, '#   '));
  }
}

export const end = () => process.exit(failed ? 1 : 0);

// This SDK throws on HTTP >= 400; the body is where the page's sample reads it.
export async function thrown(call) {
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
    return { data, headers, status };
  }
  return assert.fail('nothing was thrown');
}

export async function invalid(call, field) {
  const { data, status } = await thrown(call);
  assert.equal(status, 400);
  assert.equal(data.code, 2320001);
  assert.equal(data.msg, 'param is invalid');
  assert.ok(data.error.field_violations[0].field.startsWith(field), JSON.stringify(data));
}

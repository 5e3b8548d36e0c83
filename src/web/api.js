// SPDX-License-Identifier: Apache-2.0
// Calls to /web/v1. A refusal of any kind is a Refusal; words.js has the sentence for it.

const CALL_MS_MOST = 20000;

export class Refusal extends Error {
  /** status: HTTP's, 0 when no answer came. code: the server's. fields: what is wrong with which. */
  constructor(status, body = {}, retryAfterMs = 0) {
    super(body.error?.message || body.msg || 'no answer');
    this.status = status;
    this.code = body.code || 0;
    this.fields = body.error?.field_violations || [];
    this.logId = body.error?.log_id || '';
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same call may succeed later: nothing was wrong with what it asked. */
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

let whenSignedOut = () => {};
/** What to do once a call is told that nobody is signed in. */
export function onSignedOut(listener) {
  whenSignedOut = listener;
}

export function get(path, query = {}) {
  const filled = Object.entries(query).filter(([, value]) => value !== '' && value !== undefined);
  const search = new URLSearchParams(filled).toString();
  return call('GET', search ? `${path}?${search}` : path);
}

export function post(path, body = {}) {
  return call('POST', path, body);
}

export function remove(path) {
  return call('DELETE', path);
}

async function call(method, path, body) {
  const answer = await send(method, path, body);
  const parsed = await answer.json().catch(() => null);
  if (answer.ok && parsed?.code === 0) return parsed.data ?? {};
  const refusal = new Refusal(answer.ok ? 0 : answer.status, parsed || {}, retryAfter(answer));
  if (refusal.status === 401) whenSignedOut();
  throw refusal;
}

async function send(method, path, body) {
  const request = {
    method,
    credentials: 'same-origin',
    cache: 'no-store',
    redirect: 'error',
    signal: AbortSignal.timeout(CALL_MS_MOST),
  };
  if (method !== 'GET') {
    request.headers = { 'Content-Type': 'application/json' };
    request.body = JSON.stringify(body ?? {});
  }
  try {
    return await fetch(`/web/v1/${path}`, request);
  } catch {
    throw new Refusal(0);
  }
}

export function retryAfter(answer) {
  const seconds = Number(answer.headers.get('Retry-After'));
  return Number.isFinite(seconds) ? seconds * 1000 : 0;
}

/** A part of an address: ids come from the address bar too. */
export function part(id) {
  return encodeURIComponent(id);
}

// SPDX-License-Identifier: Apache-2.0
// What a message says. Its content is a JSON string of the wire's form and may hold anything: what isn't understood is shown as
// its kind. All of it becomes text nodes; of links only http and https can be followed.
import { element, link } from '/web/dom.js';
import { canSay, say, sayList } from '/web/words.js';
import { nameOf } from '/web/format.js';

const LINES_SHOWN = 24;
const CHARACTERS_SHOWN = 3000;
const LINK = /https?:\/\/[^\s<>"'`，。；：！？、）】》」』]+/gi;
const AFTER_LINK = /[.,;:!?)\]}…]+$/;

function parse(content) {
  try {
    const parsed = JSON.parse(content);
    return parsed && typeof parsed === 'object' ? parsed : {};
  } catch {
    return {};
  }
}

function ofPost(parsed) {
  const post = parsed.content ? parsed : Object.values(parsed).find((value) => value?.content) || {};
  const lines = Array.isArray(post.content) ? post.content : [];
  const text = lines.map((line) => (Array.isArray(line) ? line : []).map((piece) => String(piece?.text ?? '')).join(''));
  return [post.title, ...text].filter((line) => typeof line === 'string' && line !== '').join('\n');
}

/** The text of a message, in the page's language; a kind that isn't text is named. */
export function textOfMessage(message) {
  if (message.deleted) return say('recalled');
  const parsed = parse(message.content);
  if (message.msg_type === 'text' && typeof parsed.text === 'string') return parsed.text;
  if (message.msg_type === 'system') return ofSystem(parsed);
  const post = message.msg_type === 'post' && ofPost(parsed);
  if (post) return post;
  const key = `kind_${message.msg_type}`;
  return canSay(key) ? say(key) : say('kind_other', { kind: message.msg_type });
}

function listOf(parsed, name) {
  const value = Object.hasOwn(parsed, name) ? parsed[name] : [];
  return sayList([value].flat().map(String));
}

/** A template with lists of names. The one that opens a chat has an English form of its own. */
function ofSystem(parsed) {
  if (parsed.task && parsed.from_user) {
    const parts = { from: listOf(parsed, 'from_user'), task: listOf(parsed, 'task'), to: listOf(parsed, 'to_chatters') };
    return say(parts.to ? 'opened_from_task' : 'opened_from_task_alone', parts);
  }
  const template = typeof parsed.template === 'string' ? parsed.template : say('kind_other', { kind: 'system' });
  return template.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(parsed, name) ? listOf(parsed, name) : whole));
}

/** What happened in a chat, in a sentence. */
export function textOfNotice(notice) {
  const { kind, actor, name } = notice;
  const others = notice.users.filter((user) => user.user_id !== actor?.user_id);
  const isByItself = notice.users.length > 0 && others.length === 0;
  const users = sayList((isByItself ? notice.users : others).map(nameOf));
  const values = { actor: nameOf(actor), users, name: name || '' };
  if (kind === 'disbanded') return say('disbanded');
  if (kind === 'renamed') return say(actor ? 'renamed_by' : 'renamed', values);
  if (kind === 'added') {
    if (!isByItself && others.length < notice.users.length) return say('joined_with', values);
    return say(actor && !isByItself ? 'added_by' : 'joined', values);
  }
  return say(actor && !isByItself ? 'removed_by' : 'left', values);
}

/** Text nodes, and links where the text has them. */
export function linked(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(AFTER_LINK, '');
    if (!URL.canParse(address)) continue;
    nodes.push(text.slice(from, match.index), link(address, { dir: 'ltr' }, address));
    from = match.index + address.length;
  }
  nodes.push(text.slice(from));
  return nodes.filter((node) => node !== '');
}

function isLong(text) {
  return text.length > CHARACTERS_SHOWN || text.split('\n', LINES_SHOWN + 1).length > LINES_SHOWN;
}

/** The text of a bubble. A very long one begins folded. */
export function bubbleText(text) {
  if (!isLong(text)) return element('p', { class: 'text', dir: 'auto' }, linked(text));
  const shown = text.split('\n', LINES_SHOWN).join('\n').slice(0, CHARACTERS_SHOWN);
  const paragraph = element('p', { class: 'text', dir: 'auto' }, linked(shown), '…');
  const more = element('button', {
    type: 'button',
    class: 'fold',
    on: {
      click: () => {
        paragraph.replaceChildren(...linked(text));
        more.remove();
      },
    },
  }, say('show_all'));
  return element('div', {}, paragraph, more);
}

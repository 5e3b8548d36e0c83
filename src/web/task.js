// SPDX-License-Identifier: Apache-2.0
// A task: what it is about, whom it concerns, its chats, and the way to a new one.
import { get, part } from '/web/api.js';
import { button, element, icon, link, replace } from '/web/dom.js';
import { canSay, say, sayList } from '/web/words.js';
import { chatName, cut, moment, nameOf, taskName, textOf } from '/web/format.js';
import { refusedPlace, skeleton } from '/web/parts.js';
import { chatAvatar, personLine } from '/web/person.js';
import { openGroup } from '/web/open_group.js';
import { typeMark } from '/web/tasks.js';

const NAMES_SHOWN = 8;
const CHAT_CHARACTERS = 60;
const CHAT_PLACE = '\uFFFC';             // in a sentence, where an object stands

/** A detail view of app.js: { root, heading, take, close }. */
export function taskView(task_id, context) {
  const heading = element('h2', { tabindex: '-1', dir: 'auto' }, say('task'));
  const place = element('div', { class: 'page-body' }, skeleton('page'));
  const head = element('div', { class: 'page-actions' });
  let isClosed = false;
  let current = null;           // the task that is shown

  async function load() {
    try {
      const task = await get(`tasks/${part(task_id)}`);
      if (!isClosed) show(task);
    } catch (refusal) {
      if (!isClosed && !(current && refusal.isPassing)) refuse(refusal);
    }
  }

  function refuse(refusal) {
    current = null;
    replace(head);
    replace(place, refusedPlace(refusal, load));
  }

  function show(task) {
    // An event that changes nothing disturbs nobody.
    if (current && JSON.stringify(task) === JSON.stringify(current)) return;
    if (!current) replace(head, openButton());
    current = task;
    heading.textContent = taskName(task);
    context.setTitle(taskName(task));
    replace(place, taskFacts(task), chatsOf(task), historyOf(task));
  }

  function openButton() {
    return button(say('open_group'), { icon: 'invite', class: 'primary', on: { click: () => openGroup(current, context) } });
  }

  load();
  return {
    root: element('article', { class: 'page' },
      element('header', { class: 'page-head' },
        link('#/tasks', { class: 'button bare back', 'aria-label': say('back_to_tasks') }, icon('back')),
        heading,
        head),
      place),
    heading,
    take: (type, data) => { if (type === 'ready' ? !data.isResumed : type.startsWith('im.chat.')) load(); },
    close: () => { isClosed = true; },
  };
}

/** What a task says about itself: on its own page, and beside its chat. */
export function taskFacts(task) {
  return element('div', { class: 'facts' },
    element('div', { class: 'marks' }, typeMark(task.type), statusMark(task.status)),
    summaries(task.summarys || []),
    element('section', { class: 'card' },
      element('h3', {}, say('people')),
      element('dl', { class: 'pairs' },
        pair('initiator', personLine(task.initiator)),
        pair('started_at', moment(task.task_start_ms)),
        pair('assignees', people(task.assignees)),
        pair('cc', people(task.cc)))));
}

function statusMark(status) {
  const key = `status_${status}`;
  return status && element('span', { class: 'mark plain' }, canSay(key) ? say(key) : status);
}

function summaries(list) {
  if (list.length === 0) return null;
  return element('section', { class: 'card' },
    element('h3', {}, say('contents')),
    element('dl', { class: 'pairs' }, list.map((summary) => element('div', { class: 'pair' },
      element('dt', { dir: 'auto' }, textOf(summary.file_key)),
      element('dd', { dir: 'auto' }, textOf(summary.file_value))))));
}

function pair(key, value) {
  return element('div', { class: 'pair' }, element('dt', {}, say(key)), element('dd', {}, value));
}

function people(persons = []) {
  if (persons.length === 0) return say('nobody');
  return element('ul', { class: 'people' }, persons.map((person) => element('li', {}, personLine(person))));
}

function chatsOf(task) {
  const chats = task.chats || [];
  return element('section', { class: 'card' },
    element('h3', {}, say('its_chats')),
    chats.length > 0
      ? element('ul', { class: 'rows' }, chats.map(chatRow))
      : element('p', { class: 'quiet' }, say('its_chats_empty')));
}

function chatRow(chat) {
  const name = chatName(chat);
  const inside = [
    chatAvatar(chat, name),
    element('span', { class: 'item-text' },
      element('bdi', { class: 'item-title' }, name),
      element('span', { class: 'item-more' }, say('people_n', { n: chat.user_count }))),
    chat.is_member ? icon('forward') : element('span', { class: 'mark plain' }, say('not_a_member')),
  ];
  return element('li', {}, chat.is_member
    ? link(`#/chats/${encodeURIComponent(chat.chat_id)}`, { class: 'row' }, inside)
    : element('span', { class: 'row' }, inside));
}

// ---- what happened with it ----

function historyOf(task) {
  const chats = new Map(task.chats.map((chat) => [chat.chat_id, chat]));
  return element('section', { class: 'card' },
    element('h3', {}, say('history')),
    task.history_has_more && element('p', { class: 'quiet' }, say('history_cut')),
    element('ol', { class: 'history' }, task.history.map((step) => stepRow(step, chats.get(step.chat_id)))));
}

function stepRow(step, chat) {
  const isCounted = chat && !chat.is_member && step.user_count > 0;
  return element('li', { class: 'step' },
    element('p', { dir: 'auto' }, stepText(step, chat)),
    element('p', { class: 'step-more' },
      element('time', { datetime: new Date(step.event_ms).toISOString() }, moment(step.event_ms)),
      isCounted && ` · ${say('people_n', { n: step.user_count })}`));
}

/** A sentence, with the chat's name in it as a link for who may go there. */
function stepText(step, chat) {
  const users = namesOf(step);
  const key = `history_${step.event}${users ? '_with' : ''}`;
  if (!canSay(key)) return step.event;
  const words = say(key, { actor: plain(nameOf(step.actor)) || say('an_app'), users: plain(users), chat: CHAT_PLACE });
  const [before, after] = words.split(CHAT_PLACE);
  return after === undefined ? words : [before, chatLink(step, chat), after];
}

function plain(text) {
  return text.replaceAll(CHAT_PLACE, '');
}

function namesOf(step) {
  const others = (step.users || []).filter((user) => user.user_id !== step.actor?.user_id);
  const names = sayList(others.slice(0, NAMES_SHOWN).map(nameOf));
  const rest = others.length - NAMES_SHOWN;
  return rest > 0 ? say('names_and_more', { names, n: rest, total: others.length }) : names;
}

function chatLink(step, chat) {
  const name = cut(step.name || (chat ? chatName(chat) : say('unnamed_chat')), CHAT_CHARACTERS);
  return chat?.is_member
    ? link(`#/chats/${encodeURIComponent(chat.chat_id)}`, { dir: 'auto' }, name)
    : element('bdi', {}, name);
}

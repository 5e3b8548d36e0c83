// SPDX-License-Identifier: Apache-2.0
// A task: what it is about, whom it concerns, its chats, and the way to a new one.
import { get, part } from '/web/api.js';
import { button, element, icon, link, replace } from '/web/dom.js';
import { canSay, say } from '/web/words.js';
import { chatName, moment, taskName, textOf } from '/web/format.js';
import { refusedPlace, skeleton } from '/web/parts.js';
import { chatAvatar, personLine } from '/web/person.js';
import { openGroup } from '/web/open_group.js';
import { typeMark } from '/web/tasks.js';

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
    replace(place, taskFacts(task), chatsOf(task));
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
    take: (type, data) => { if (type === 'ready' ? !data.isResumed : type.startsWith('im.chat.member.user')) load(); },
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

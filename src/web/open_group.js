// SPDX-License-Identifier: Apache-2.0
// "Open a group chat": whom to invite, and where: a new chat with a name, or one of mine. One uuid goes with one wish, through
// every attempt, so that a lost answer makes no second chat; a wish that was changed is another one.
import { part, post } from '/web/api.js';
import { element, newId, replace } from '/web/dom.js';
import { say } from '/web/words.js';
import { chatName, isDirect, taskName } from '/web/format.js';
import { labelled, openForm } from '/web/dialog.js';
import { segments } from '/web/parts.js';
import { chatAvatar } from '/web/person.js';
import { makePeoplePicker } from '/web/people_picker.js';
import * as chatList from '/web/chat_list.js';

const INVITEES_MOST = 20;
const NAME_CHARACTERS_MOST = 200;

export function openGroup(task, context) {
  const picker = makePeoplePicker({
    most: INVITEES_MOST,
    without: [context.me.user_id],
    suggested: [task.initiator, ...(task.assignees || []), ...(task.cc || [])],
  });
  const where = makeWhere(task);
  const wish = makeWish();

  openForm(say('open_group_for', { task: taskName(task) }), {
    kind: 'tall',
    fields: [
      section(say('invite_whom'), picker.root),
      section(say('where_to'), where.root),
    ],
    submitWords: say('open_chat'),
    busyWords: say('opening'),
    submit: async () => {
      if (picker.chosen().length === 0) return say('choose_somebody');
      if (where.isMissing()) return say('choose_chat');
      return post(`tasks/${part(task.task_id)}/chat_group`, wish({ invite_user_ids: picker.chosen(), ...where.value() }));
    },
    whenDone: (data) => {
      chatList.refresh();
      context.go(`#/chats/${encodeURIComponent(data.chat_id)}`);
    },
  });
}

function section(title, ...children) {
  const id = newId('part');
  return element('div', { class: 'form-part', role: 'group', 'aria-labelledby': id },
    element('h3', { id }, title), children);
}

/** Gives bodies their uuid: the same body the same one. */
export function makeWish() {
  let last = '';
  let uuid = '';
  return (body) => {
    const text = JSON.stringify(body);
    if (text !== last) uuid = crypto.randomUUID();
    last = text;
    return { ...body, uuid };
  };
}

/** The choice between a new chat and mine: { root, value, isMissing }. */
function makeWhere(task) {
  const name = element('input', {
    type: 'text', class: 'input', placeholder: taskName(task), maxlength: NAME_CHARACTERS_MOST, autocomplete: 'off', dir: 'auto',
  });
  const place = element('div', { class: 'where' });
  let isNew = true;
  let chat_id = '';

  function show() {
    replace(place, isNew ? labelled(say('chat_name'), name, say('chat_name_hint')) : myChats());
  }

  function myChats() {
    const chats = chatList.view().chats.filter((chat) => !isDirect(chat));
    if (chats.length === 0) return element('p', { class: 'quiet' }, say('no_chat_to_choose'));
    const group = newId('chat');
    return element('fieldset', { class: 'choices' },
      element('legend', { class: 'unseen' }, say('existing_chat')),
      chats.map((chat) => choice(group, chat)));
  }

  function choice(group, chat) {
    const shown = chatName(chat);
    return element('label', { class: 'choice' },
      element('input', {
        type: 'radio', name: group, value: chat.chat_id, checked: chat.chat_id === chat_id,
        on: { change: () => { chat_id = chat.chat_id; } },
      }),
      chatAvatar(chat, shown),
      element('bdi', { class: 'item-title' }, shown),
      element('span', { class: 'item-more' }, say('people_n', { n: chat.user_count })));
  }

  const choices = [['new', say('new_chat')], ['mine', say('existing_chat')]];
  show();
  return {
    root: element('div', {}, segments(say('where_to'), choices, 'new', (value) => {
      isNew = value === 'new';
      show();
    }), place),
    value: () => (isNew ? newChat(name.value.trim()) : { chat_id }),
    isMissing: () => !isNew && chat_id === '',
  };
}

function newChat(chat_name) {
  return chat_name ? { chat_name } : {};
}

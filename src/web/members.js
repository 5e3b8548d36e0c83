// SPDX-License-Identifier: Apache-2.0
// Beside a chat: its members, and what one may do with it: add people, rename it, leave it.
import { get, part, post } from '/web/api.js';
import { button, element, replace } from '/web/dom.js';
import { say } from '/web/words.js';
import { chatName } from '/web/format.js';
import { labelled, openForm, whileBusy } from '/web/dialog.js';
import { refusedPlace, skeleton } from '/web/parts.js';
import { personLine } from '/web/person.js';
import { makePeoplePicker } from '/web/people_picker.js';
import { makeWish } from '/web/open_group.js';

const ADDED_AT_ONCE_MOST = 50;
const NAME_CHARACTERS_MOST = 200;

/** { root, show(chat), refresh() }: show tells it the chat, refresh that people came or went. */
export function makeMembers(chat_id, context) {
  const heading = element('h3', {}, say('members'));
  const list = element('ul', { class: 'people members' });
  const place = element('div', {}, skeleton('list', 3));
  const actions = element('div', { class: 'side-actions' });
  const path = `chats/${part(chat_id)}`;
  let chat = null;
  let people = [];
  let turn = 0;

  async function refresh() {
    turn += 1;
    const mine = turn;
    try {
      const page = await get(`${path}/members`);
      if (mine !== turn) return;
      people = page.items;
      show(page);
    } catch (refusal) {
      if (mine === turn) replace(place, refusedPlace(refusal, refresh));
    }
  }

  function show(page) {
    heading.textContent = say('members_n', { n: page.member_total });
    replace(list, people.map((person) => memberRow(person, chat, context.me)));
    replace(place, list, page.has_more && moreButton(page.page_token));
  }

  function moreButton(page_token) {
    const more = button(say('more'), {
      class: 'more',
      on: { click: () => whileBusy(more, say('loading'), () => loadMore(page_token)) },
    });
    return more;
  }

  async function loadMore(page_token) {
    const mine = turn;
    const page = await get(`${path}/members`, { page_token }).catch((refusal) => ({ refusal }));
    if (mine !== turn) return;
    if (page.refusal) {
      place.append(refusedPlace(page.refusal));
      return;
    }
    people = [...people, ...page.items];
    show(page);
    list.children[people.length - page.items.length]?.querySelector('.name')?.scrollIntoView({ block: 'nearest' });
  }

  function showActions() {
    replace(actions,
      button(say('add_people'), { icon: 'invite', on: { click: () => addPeople(chat, path, people) } }),
      button(say('rename'), { icon: 'edit', on: { click: () => rename(chat, path) } }),
      button(say('leave'), { icon: 'leave', class: 'danger-quiet', on: { click: () => leave(chat, path, context) } }));
  }

  return {
    root: element('section', { class: 'card' }, heading, actions, place),
    show: (fresh, canChange) => {
      const isOther = chat?.owner_id !== fresh.owner_id;
      chat = fresh;
      if (isOther) refresh();
      if (!canChange) replace(actions);
      else if (actions.childElementCount === 0) showActions();
    },
    refresh,
  };
}

function memberRow(person, chat, me) {
  const isOwner = chat && person.user_id === chat.owner_id;
  const isMe = person.user_id === me.user_id;
  return element('li', {}, personLine(person,
    isMe && element('span', { class: 'mark plain' }, say('you')),
    isOwner && element('span', { class: 'mark plain' }, say('owner'))));
}

function addPeople(chat, path, people) {
  const picker = makePeoplePicker({ most: ADDED_AT_ONCE_MOST, without: people.map((person) => person.user_id) });
  const wish = makeWish();
  openForm(say('add_people_to', { name: chatName(chat) }), {
    kind: 'tall',
    fields: picker.root,
    submitWords: say('add'),
    submit: async () => {
      if (picker.chosen().length === 0) return say('choose_somebody');
      return post(`${path}/members`, wish({ user_ids: picker.chosen() }));
    },
  });
}

function rename(chat, path) {
  const field = element('input', {
    type: 'text', class: 'input', value: chat.name || '', maxlength: NAME_CHARACTERS_MOST, autocomplete: 'off', autofocus: true,
    dir: 'auto',
  });
  openForm(say('rename_title'), {
    fields: labelled(say('chat_name'), field),
    submitWords: say('save'),
    submit: async () => {
      const name = field.value.trim();
      return name === '' ? say('name_empty') : post(`${path}/rename`, { name });
    },
  });
  field.select();
}

function leave(chat, path, context) {
  openForm(say('leave_title', { name: chatName(chat) }), {
    more: say('leave_more'),
    fields: [],
    submitWords: say('leave'),
    isDanger: true,
    submit: () => post(`${path}/leave`),
    whenDone: () => context.go('#/chats'),
  });
}

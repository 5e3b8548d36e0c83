// SPDX-License-Identifier: Apache-2.0
// My chats, the one with the newest message first, with what is unread.
import { button, element, link, reconcile, replace, unseen } from '/web/dom.js';
import { say } from '/web/words.js';
import { brief, chatName, cut, isDirect, nameOf } from '/web/format.js';
import { textOfMessage } from '/web/content.js';
import { emptyPlace, refusedPlace, skeleton } from '/web/parts.js';
import { whileBusy } from '/web/dialog.js';
import { chatAvatar } from '/web/person.js';
import { focusItem } from '/web/tasks.js';
import * as chatList from '/web/chat_list.js';

const PREVIEW_CHARACTERS = 80;
const UNREAD_SHOWN_MOST = 99;

/** A list view of app.js: { root, heading, select, focusItem, close }. */
export function chatsView(context) {
  const heading = element('h2', { tabindex: '-1' }, say('my_chats'));
  const items = element('ul', { class: 'items' });
  const place = element('div', { class: 'list-scroll' }, skeleton('list'));
  let selected = '';

  function show() {
    const { chats, hasMore, isLoaded, refusal } = chatList.view();
    if (!isLoaded) {
      if (refusal) replace(place, refusedPlace(refusal, () => chatList.refresh()));
      return;
    }
    if (chats.length === 0) {
      replace(place, emptyPlace('chats', say('chats_empty'), say('chats_empty_more'),
        link('#/tasks', { class: 'button primary' }, say('go_to_tasks'))));
      return;
    }
    reconcile(items, chats.map((chat) => ({
      key: chat.chat_id,
      version: [chat.name, chat.unread, chat.last_message?.message_id, chat.last_message?.deleted, chat.chat_id === selected].join(),
      build: () => chatItem(chat, context.me, chat.chat_id === selected),
    })));
    if (items.parentNode !== place || Boolean(place.querySelector('.more')) !== hasMore) replace(place, items, hasMore && moreButton());
  }

  function moreButton() {
    const more = button(say('more'), { class: 'more', on: { click: () => whileBusy(more, say('loading'), chatList.loadMore) } });
    return more;
  }

  const stop = chatList.listen(show);
  show();
  return {
    root: element('div', { class: 'list' }, element('header', { class: 'list-head' }, heading), place),
    heading,
    select: (chat_id) => {
      selected = chat_id;
      show();
    },
    focusItem: (chat_id) => focusItem(items, chat_id),
    close: stop,
  };
}

function chatItem(chat, me, isSelected) {
  const name = chatName(chat);
  const last = chat.last_message;
  return element('li', { 'data-id': chat.chat_id },
    link(`#/chats/${encodeURIComponent(chat.chat_id)}`, { class: 'item', 'aria-current': isSelected && 'page' },
      chatAvatar(chat, name),
      element('span', { class: 'item-text' },
        element('span', { class: 'item-line' },
          element('bdi', { class: 'item-title' }, name),
          isDirect(chat) && element('span', { class: 'mark plain' }, say('app')),
          last && element('time', { datetime: new Date(last.create_ms).toISOString() }, brief(last.create_ms))),
        element('span', { class: 'item-line' },
          element('bdi', { class: 'item-more' }, preview(last, me)),
          chat.unread > 0 && unreadMark(chat.unread)))));
}

function preview(message, me) {
  if (!message) return say('no_message_yet');
  const text = cut(textOfMessage(message), PREVIEW_CHARACTERS);
  if (message.msg_type === 'system' || message.deleted) return text;
  const name = message.sender.user_id === me.user_id ? say('you') : nameOf(message.sender);
  return say('said', { name, text });
}

/** A number in a dot, and its meaning for those who don't see it. */
export function unreadMark(count) {
  const shown = count > UNREAD_SHOWN_MOST ? `${UNREAD_SHOWN_MOST}+` : String(count);
  return element('span', { class: 'count' },
    element('span', { 'aria-hidden': 'true' }, shown), unseen(say('unread_n', { n: count })));
}

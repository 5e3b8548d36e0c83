// SPDX-License-Identifier: Apache-2.0
// A chat: what is said, where one writes, and its task and members beside it. It draws what timeline.js and outbox.js hold.
import { get, part, post } from '/web/api.js';
import { announce, button, element, icon, link, reconcile, replace } from '/web/dom.js';
import { say } from '/web/words.js';
import { chatName, cut, isDirect, nameOf } from '/web/format.js';
import { textOfMessage, textOfNotice } from '/web/content.js';
import { refusedPlace, skeleton } from '/web/parts.js';
import { makeComposer } from '/web/composer.js';
import { makeScroller } from '/web/scroller.js';
import { makeSide } from '/web/side.js';
import { rowsOf } from '/web/rows.js';
import * as chatList from '/web/chat_list.js';
import * as lines from '/web/timeline.js';
import * as outbox from '/web/outbox.js';

const READ_WAIT_MS = 300;
const ANNOUNCED_CHARACTERS = 300;
const FINE_POINTER = '(hover: hover) and (pointer: fine)';

/** A detail view of app.js: { root, heading, take, close }. */
export function chatView(chat_id, context) {
  const view = new ChatView(chat_id, context);
  view.begin();
  return view;
}

class ChatView {
  constructor(chat_id, context) {
    this.chat_id = chat_id;
    this.path = `chats/${part(chat_id)}`;
    this.context = context;
    this.chat = null;
    this.timeline = lines.makeTimeline();
    this.sentNow = new Set();
    this.readUpTo = '';
    this.readTold = '';
    this.newBelow = 0;
    this.isOut = false;           // left, removed, or dissolved
    this.isLoading = false;
    this.isLoadingOlder = false;
    this.isClosed = false;
    this.isDrawing = false;
    this.streams = 0;             // that have begun without going on where the last one ended
    this.isStale = false;         // something changed while it was being loaded
    this.readTimer = 0;
    this.build();
  }

  build() {
    this.heading = element('h2', { tabindex: '-1', dir: 'auto' }, say('chats'));
    this.count = element('p', { class: 'chat-count' });
    this.list = element('ol', { class: 'rows-of-talk' });
    this.beginning = element('div', { class: 'beginning' });
    this.box = element('div', { class: 'talk', tabindex: '0', role: 'group' }, this.beginning, this.list);
    this.toNewest = button(say('to_newest'), { icon: 'down', class: 'to-newest', hidden: true, on: { click: () => this.goToEnd() } });
    this.foot = element('div', { class: 'talk-foot' });
    this.side = makeSide(this.chat_id, this.context, { whenClosed: () => this.showSide(false) });
    this.sideButton = button(say('chat_details'), {
      icon: 'people', isBare: true, class: 'side-button', 'aria-expanded': 'false', on: { click: () => this.showSide(true) },
    });
    this.root = element('article', { class: 'chat' },
      element('section', { class: 'conversation' },
        element('header', { class: 'chat-head' },
          link('#/chats', { class: 'button bare back', 'aria-label': say('back_to_chats') }, icon('back')),
          element('div', { class: 'chat-title' }, this.heading, this.count),
          this.sideButton),
        element('div', { class: 'talk-place' }, this.box, this.toNewest),
        this.foot),
      this.side.root);
    this.scroller = makeScroller(this.box, {
      whenMoved: () => this.drawToNewest(),
      whenAtEnd: () => this.atEnd(),
      whenNearBeginning: () => this.loadOlder(),
    });
  }

  begin() {
    replace(this.beginning, skeleton('talk', 6));
    this.stops = [
      outbox.listen((chat_id, message) => { if (chat_id === this.chat_id) this.outboxChanged(message); }),
      () => this.scroller.close(),
    ];
    this.whenSeen = () => this.seenChanged();
    document.addEventListener('visibilitychange', this.whenSeen);
    addEventListener('focus', this.whenSeen);
    this.seenChanged();
    this.load();
  }

  close() {
    if (this.readTimer) this.tellReadNow();
    this.isClosed = true;
    chatList.setOpenChat('');
    document.removeEventListener('visibilitychange', this.whenSeen);
    removeEventListener('focus', this.whenSeen);
    for (const stop of this.stops) stop();
  }

  // ---- loading ----

  async load() {
    if (this.isLoading) {
      this.isStale = true;
      return;
    }
    this.isLoading = true;
    this.isStale = false;
    const { streams } = this;
    try {
      const [chat, page] = await Promise.all([get(this.path), get(`${this.path}/messages`)]);
      if (!this.isClosed) this.loaded(chat, page, streams === this.streams);
    } catch (refusal) {
      if (!this.isClosed) this.refused(refusal);
    }
    this.isLoading = false;
    if (this.isStale && !this.isClosed) this.load();
  }

  loaded(chat, page, isCurrent) {
    const isFirst = !this.timeline.isLoaded;
    if (isFirst) {
      this.readUpTo = chat.last_read_message_id || '';
      this.readTold = this.readUpTo;
    }
    if (isDirect(chat)) this.side.root.remove();    // there is nothing beside it: no task, and nobody who comes or goes
    else if (!this.side.root.isConnected) this.root.append(this.side.root);
    lines.mergeNewest(this.timeline, page, isCurrent);
    this.showChat(chat);
    this.settleOutbox();
    this.draw();
    if (isFirst) this.standFirst();
  }

  refused(refusal) {
    if (this.timeline.isLoaded && refusal.isPassing) return;
    this.composer = null;
    this.side.root.remove();
    replace(this.list);
    replace(this.foot);
    replace(this.beginning, refusedPlace(refusal, () => {
      replace(this.beginning, skeleton('talk', 6));
      this.load();
    }));
  }

  /** At the first unread message if there is one, else at the end. */
  standFirst() {
    const mark = this.list.querySelector('.unread');
    if (mark) this.scroller.toShow(mark);
    else this.scroller.toEnd();
    this.scroller.check();
    if (this.context.wantsFocus() && matchMedia(FINE_POINTER).matches) this.composer?.focus();
  }

  async loadOlder() {
    if (this.isLoadingOlder || !this.timeline.isLoaded || !this.timeline.hasOlder) return;
    this.isLoadingOlder = true;
    this.drawBeginning();
    try {
      const page = await get(`${this.path}/messages`, { page_token: this.timeline.olderToken });
      if (this.isClosed) return;
      lines.mergeOlder(this.timeline, page);
      this.isLoadingOlder = false;
      this.draw();
      this.scroller.check();
    } catch {
      this.isLoadingOlder = false;
      if (!this.isClosed) this.olderFailed();
    }
  }

  olderFailed() {
    replace(this.beginning, element('p', { class: 'quiet' }, say('older_failed')),
      button(say('try_again'), { icon: 'retry', on: { click: () => this.loadOlder() } }));
  }

  // ---- the chat itself ----

  showChat(chat) {
    this.chat = chat;
    const name = chatName(chat);
    const isDissolved = chat.chat_status && chat.chat_status !== 'normal';
    this.isOut = isDissolved;
    this.heading.textContent = name;
    this.count.textContent = isDirect(chat) ? say('with_app') : say('people_n', { n: chat.user_count });
    this.sideButton.hidden = isDirect(chat);
    this.root.classList.toggle('direct', isDirect(chat));
    this.box.setAttribute('aria-label', say('messages_of', { name }));
    this.context.setTitle(name);
    if (!isDirect(chat)) this.side.show(chat, !this.isOut);
    if (isDissolved) this.showOut('disbanded', 'dissolved_more');
    else if (this.composer) this.composer.rename(name);
    else this.makeComposer(name);
  }

  makeComposer(name) {
    this.composer = makeComposer(this.chat_id, name, (text) => this.send(text));
    replace(this.foot, this.composer.root);
  }

  showOut(title, more) {
    this.isOut = true;
    this.composer = null;
    replace(this.foot, element('div', { class: 'out', role: 'status' },
      element('p', { class: 'out-title' }, say(title)), more && element('p', { class: 'quiet' }, say(more))));
    if (this.chat) this.side.show(this.chat, false);
  }

  showSide(isShown) {
    this.root.classList.toggle('with-side', isShown);
    this.sideButton.setAttribute('aria-expanded', String(isShown));
    if (isShown) this.side.focus();
    else this.sideButton.focus();
  }

  // ---- drawing ----

  draw() {
    const unsent = outbox.ofChat(this.chat_id);
    const rows = rowsOf({
      entries: lines.allEntries(this.timeline),
      unsent,
      me: this.context.me,
      readUpTo: this.readUpTo,
      hasOlder: this.timeline.hasOlder,
      sentNow: this.sentNow,
      actions: {
        retry: (uuid) => this.afterwards(() => outbox.retry(uuid)),
        discard: (uuid) => this.afterwards(() => outbox.discard(uuid)),
      },
    });
    this.scroller.keep(() => {
      this.drawBeginning();
      reconcile(this.list, rows);
    });
  }

  drawBeginning() {
    if (!this.timeline.isLoaded) return;
    if (this.isLoadingOlder) replace(this.beginning, element('p', { class: 'quiet' }, say('older_loading')));
    else if (this.timeline.hasOlder) replace(this.beginning);
    else replace(this.beginning, element('p', { class: 'quiet' }, say('chat_begins')));
  }

  drawToNewest() {
    this.toNewest.hidden = this.scroller.isAtEnd();
    if (this.toNewest.hidden) return;
    const words = this.newBelow > 0 ? say('new_below_n', { n: this.newBelow }) : say('to_newest');
    this.toNewest.querySelector('span').textContent = words;
  }

  goToEnd() {
    this.scroller.toEnd();
    this.atEnd();
    (this.composer || this.box).focus();
  }

  atEnd() {
    this.newBelow = 0;
    this.tellRead();
    this.drawToNewest();
  }

  // ---- sending ----

  send(text) {
    this.readUpTo = '';
    this.scroller.toEnd();
    outbox.send(this.chat_id, text);
  }

  /** What one pressed is gone then: the focus goes to where one writes. */
  afterwards(action) {
    action();
    (this.composer || this.box).focus();
  }

  outboxChanged(message) {
    if (message) {
      lines.addSent(this.timeline, message);
      this.sentNow.add(message.message_id);
      chatList.takeMessage(message);
    }
    this.drawSoon();
    if (outbox.ofChat(this.chat_id).some((item) => item.state === 'failed') && !message) announce(say('not_sent'));
  }

  settleOutbox() {
    if (outbox.ofChat(this.chat_id).length === 0) return;
    outbox.settle(this.chat_id, lines.arrivedByUuid(this.timeline));
  }

  // ---- what happens ----

  /** An event of the stream, of any chat. */
  take(type, data) {
    if (type === 'ready') {
      this.streamBegan(data.isResumed);
      return;
    }
    if (data.chat_id !== this.chat_id) return;
    const entry = lines.addEvent(this.timeline, type, data);
    if (type === 'im.message.receive_v1') this.settleOutbox();
    if (type.startsWith('im.chat.')) this.changed(type, data);
    if (!this.timeline.isLoaded) return;
    if (entry && !this.scroller.isAtEnd() && !this.isMine(entry)) this.newBelow += 1;
    if (entry) this.announce(entry);
    this.drawSoon();
  }

  /** Whatever page is under way was asked for before the stream began, and can't close the gap. */
  streamBegan(isResumed) {
    if (isResumed && this.timeline.isLoaded) return;
    if (!isResumed) lines.beginStream(this.timeline);
    this.streams += 1;
    this.load();
  }

  /** What comes within one frame, as when catching up, is drawn together. */
  drawSoon() {
    if (this.isDrawing) return;
    this.isDrawing = true;
    const frame = document.hidden ? setTimeout : requestAnimationFrame;
    frame(() => {
      this.isDrawing = false;
      if (this.isClosed) return;
      this.draw();
      this.drawToNewest();
      if (this.scroller.isAtEnd()) this.tellRead();
    });
  }

  isMine(entry) {
    return entry.message?.sender.user_id === this.context.me.user_id;
  }

  announce(entry) {
    if (this.isMine(entry)) return;
    const text = entry.notice ? textOfNotice(entry.notice) : textOfMessage(entry.message);
    const isSaid = entry.message && entry.message.msg_type !== 'system';
    const sentence = isSaid ? say('said', { name: nameOf(entry.message.sender), text }) : text;
    if (sentence) announce(cut(sentence, ANNOUNCED_CHARACTERS));
  }

  changed(type, data) {
    const isMe = (data.users || []).some((user) => user.user_id === this.context.me.user_id);
    const isGone = type.includes('.deleted_') || type.includes('.withdrawn_');
    if (type === 'im.chat.disbanded_v1') this.showOut('disbanded', 'dissolved_more');
    else if (isGone && isMe) this.showOut('you_left');
    else this.load();
    if (type.startsWith('im.chat.member.user') && !(isGone && isMe)) this.side.refreshMembers();
  }

  // ---- reading ----

  isSeen() {
    return !document.hidden && document.hasFocus();
  }

  seenChanged() {
    const isSeen = this.isSeen();
    chatList.setOpenChat(isSeen ? this.chat_id : '');
    if (!isSeen && document.hidden && this.scroller.isAtEnd()) this.readUpTo = lines.newestMessage(this.timeline)?.message_id || '';
    if (isSeen) this.tellRead();
  }

  /** Tells the server how far was read, a moment after it was. */
  tellRead() {
    clearTimeout(this.readTimer);
    this.readTimer = setTimeout(() => this.tellReadNow(), READ_WAIT_MS);
  }

  async tellReadNow() {
    clearTimeout(this.readTimer);
    this.readTimer = 0;
    const newest = lines.newestMessage(this.timeline);
    if (!newest || this.isOut || !this.isSeen() || !this.scroller.isAtEnd()) return;
    chatList.markRead(this.chat_id);
    if (newest.message_id === this.readTold) return;
    this.readTold = newest.message_id;
    await post(`${this.path}/read`, { message_id: newest.message_id }).catch(() => { this.readTold = ''; });
  }
}

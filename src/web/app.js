// SPDX-License-Identifier: Apache-2.0
// The start, the frame and the way from an address to a view: #/tasks, #/tasks/ID, #/chats, #/chats/ID, #/account, #/link/TOKEN.
// A list view stands at the left and outlives its details; on a narrow screen one of the two is seen.
import { get, onSignedOut } from '/web/api.js';
import { announce, element, icon, link, replace } from '/web/dom.js';
import { say } from '/web/words.js';
import { emptyPlace, refusedPlace, skeleton } from '/web/parts.js';
import { accountView } from '/web/account.js';
import { chatView } from '/web/chat.js';
import { chatsView, unreadMark } from '/web/chats.js';
import { demoStrip, signInView } from '/web/sign_in.js';
import { taskView } from '/web/task.js';
import { tasksView } from '/web/tasks.js';
import * as chatList from '/web/chat_list.js';
import * as live from '/web/live.js';
import * as outbox from '/web/outbox.js';
import * as preferences from '/web/preferences.js';

const SECTIONS = {
  tasks: {
    list: tasksView, detail: taskView, icon: 'tasks', titles: ['my_tasks', 'task'], nothing: ['choose_task', 'choose_task_more'],
  },
  chats: {
    list: chatsView, detail: chatView, icon: 'chats', titles: ['my_chats', 'chat'], nothing: ['choose_chat_title', 'choose_chat_more'],
  },
  account: { list: null, detail: null, icon: 'account', titles: ['my_account', 'my_account'] },
};

const app = document.getElementById('app');
const others = new BroadcastChannel('taskroom');   // other tabs of this browser: they share the session
const page = { context: null, section: '', id: '', list: null, detail: null, title: '', isFirst: true };
const frame = {};

// ---- starting ----

async function start() {
  preferences.apply();
  const token = /^#\/link\/([^/]+)$/.exec(location.hash)?.[1];
  if (token) {
    history.replaceState(null, '', '#/tasks');     // a used-up secret is nothing to keep in the history
    showSignIn('', decode(token));
    return;
  }
  if (!page.context) replace(app, element('main', { class: 'starting' }, skeleton('page', 4)));
  try {
    await signedIn(await get('me'));
  } catch (refusal) {
    if (refusal.status !== 401) replace(app, element('main', { class: 'starting' }, refusedPlace(refusal, start)));
  }
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function signedIn(data) {
  page.context = {
    me: data.user,
    tenantName: data.tenant_name,
    isDemo: data.is_demo,
    demoUsers: data.demo_users || [],
    go: (hash) => { location.hash = hash; },
    setTitle,
    wantsFocus: () => !document.querySelector('dialog[open]'),
    languageChanged: () => rebuild(),
    signedOut: (why) => leave(why),
  };
  outbox.begin(data.user.user_id);
  chatList.begin(data.user.user_id);
  rebuild();
  live.start(() => signedOut());
}

/** The whole frame anew: at the start, and in another language. */
function rebuild() {
  const focused = document.activeElement?.value;
  closeViews();
  page.section = '';
  buildFrame();
  route();
  for (const input of app.querySelectorAll('input:checked')) if (input.value === focused) input.focus();
}

function closeViews() {
  page.list?.close();
  page.detail?.close();
  Object.assign(page, { list: null, detail: null });
}

// ---- signing in and out: the page begins anew, so that nothing of one person is left for the next ----

let isOver = false;
function signedOut() {
  if (isOver) return;
  isOver = true;
  showSignIn(page.context ? say('session_over') : '');
}

function leave(why) {
  isOver = true;
  sessionStorage.clear();
  others.postMessage('session');
  showSignIn(why);
}

function showSignIn(why, linkToken) {
  closeViews();
  page.context = null;
  const whenLanguage = () => showSignIn(why, linkToken);
  const view = signInView({ why, linkToken, whenDone: startAnew, whenLanguage });
  document.title = `${say('sign_in')} · taskroom`;
  replace(app, view.root);
  view.heading.focus();
}

function startAnew() {
  others.postMessage('session');
  location.reload();
}

others.addEventListener('message', () => location.reload());

// ---- the frame ----

function buildFrame() {
  frame.title = element('h1', { class: 'unseen' });
  frame.left = element('section', { class: 'pane left' });
  frame.right = element('section', { class: 'pane right' });
  frame.offline = element('div', { class: 'offline', role: 'status' });
  frame.unread = element('span', { class: 'nav-count' });
  frame.links = Object.entries(SECTIONS).map(([name, section]) => navLink(name, section));
  const main = element('main', { id: 'main', class: 'panes', tabindex: '-1' }, frame.title, frame.left, frame.right);
  const skip = link('#main', {
    class: 'skip',
    on: { click: (event) => { event.preventDefault(); main.focus(); } },
  }, say('skip'));
  replace(app,
    skip,
    element('header', { class: 'top' },
      element('div', { class: 'brand' }, element('span', { class: 'brand-mark', 'aria-hidden': 'true' }), element('span', {}, 'taskroom')),
      element('nav', { 'aria-label': say('navigation') }, element('ul', {}, frame.links.map((item) => element('li', {}, item))))),
    element('div', { class: 'strips' },
      page.context.isDemo && demoStrip(page.context, startAnew),
      frame.offline),
    main);
  showUnread();
}

function navLink(name, section) {
  return link(`#/${name}`, { class: 'nav-link', 'data-section': name },
    icon(section.icon), element('span', {}, say(name)), name === 'chats' && frame.unread);
}

function showUnread() {
  const count = chatList.unreadTotal();
  replace(frame.unread, count > 0 && unreadMark(count));
  document.title = `${count > 0 ? `(${count}) ` : ''}${page.title ? `${page.title} · ` : ''}taskroom`;
}

function setTitle(words) {
  page.title = words;
  frame.title.textContent = words;
  showUnread();
}

function showConnection(state) {
  if (!frame.offline) return;
  const isLost = state === 'lost';
  document.body.classList.toggle('is-offline', isLost);
  replace(frame.offline, isLost && [icon('offline'), element('span', {}, say('connection_lost'))]);
  if (state === 'live' && page.wasLost) announce(say('connection_back'));
  page.wasLost = isLost;
}

// ---- from an address to a view ----

function route() {
  if (!page.context) return;
  for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
  const [, section = '', id = ''] = location.hash.split('/');
  if (section === 'link') {
    location.reload();
    return;
  }
  if (section === '') {
    history.replaceState(null, '', '#/tasks');
    route();
    return;
  }
  const before = { section: page.section, id: page.id };
  Object.assign(page, { section, id: decode(id) });
  showNav();
  showList(before);
  showDetail();
  placeFocus(before);
}

function showNav() {
  for (const item of frame.links) {
    if (item.dataset.section === page.section) item.setAttribute('aria-current', 'page');
    else item.removeAttribute('aria-current');
  }
}

function showList(before) {
  const make = SECTIONS[page.section]?.list;
  if (before.section !== page.section) {
    page.list?.close();
    page.list = make ? make(page.context) : null;
    frame.left.hidden = !make;
    replace(frame.left, page.list?.root);
    if (make) frame.left.setAttribute('aria-label', page.list.heading.textContent);
  }
  page.list?.select(page.id);
  const isDetail = page.id !== '' || !make;
  document.body.dataset.shows = isDetail ? 'detail' : 'list';
  document.body.dataset.section = Object.hasOwn(SECTIONS, page.section) ? page.section : 'none';
}

function showDetail() {
  page.detail?.close();
  const [inList, inDetail] = SECTIONS[page.section]?.titles || ['not_a_page', 'not_a_page'];
  setTitle(say(page.id ? inDetail : inList));      // until the detail knows better
  frame.right.setAttribute('aria-label', say(inDetail));
  page.detail = makeDetail();
  replace(frame.right, page.detail.root);
}

function makeDetail() {
  const section = SECTIONS[page.section];
  if (!section) return still(emptyPlace('empty', say('not_a_page'), say('not_a_page_more')));
  if (!section.detail) return accountView(page.context);
  if (page.id) return section.detail(page.id, page.context);
  const [title, more] = section.nothing;
  return still(emptyPlace(section.icon, say(title), say(more)));
}

function still(root) {
  return { root, take: () => {}, close: () => {} };
}

/** A change of address moves the focus to what it shows; coming back to a list, to where one was. */
function placeFocus(before) {
  const isFirst = page.isFirst;
  page.isFirst = false;
  if (isFirst || (before.section === page.section && before.id === page.id)) return;
  if (page.id === '' && before.section === page.section && page.list?.focusItem(before.id)) return;
  const heading = page.detail?.heading && (page.id || !page.list) ? page.detail.heading : page.list?.heading;
  heading?.focus({ preventScroll: true });
}

addEventListener('hashchange', route);
onSignedOut(signedOut);
live.watch(showConnection);
live.listen((type, data) => {
  if (!page.context) return;
  chatList.take(type, data);
  page.detail?.take(type, data);
  if (type === 'ready') outbox.retryPassing();
});
chatList.listen(() => { if (page.context) showUnread(); });
start();

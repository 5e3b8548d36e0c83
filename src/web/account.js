// SPDX-License-Identifier: Apache-2.0
// My account: who I am, language and theme, where I'm signed in, signing out.
import { get, part, post, remove } from '/web/api.js';
import { announce, button, element, icon, replace } from '/web/dom.js';
import { say, sayRefusal } from '/web/words.js';
import { nameOf, recent } from '/web/format.js';
import { whileBusy } from '/web/dialog.js';
import { refusedPlace, segments, skeleton } from '/web/parts.js';
import { avatar } from '/web/person.js';
import * as preferences from '/web/preferences.js';

// In each list the first that is found counts: most browsers name others too.
const BROWSERS = [['Edg', 'Edge'], ['OPR', 'Opera'], ['Firefox', 'Firefox'], ['Chrome', 'Chrome'], ['Safari', 'Safari']];
const SYSTEMS = [['Android', 'Android'], ['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Windows', 'Windows'], ['Mac OS', 'macOS'], ['Linux', 'Linux']];

/** A detail view of app.js: { root, heading, take, close }. */
export function accountView(context) {
  const heading = element('h2', { tabindex: '-1' }, say('my_account'));
  const sessions = element('div', {}, skeleton('list', 2));
  loadSessions(sessions);
  return {
    root: element('article', { class: 'page' },
      element('header', { class: 'page-head' }, heading),
      element('div', { class: 'page-body' }, whoCard(context), lookCard(context), element('section', { class: 'card' },
        element('h3', {}, say('sessions')), sessions))),
    heading,
    take: () => {},
    close: () => {},
  };
}

function whoCard(context) {
  const complaint = element('p', { class: 'complaint', role: 'alert' });
  const signOut = button(say('sign_out'), {
    icon: 'leave',
    on: {
      click: () => whileBusy(signOut, say('sign_out'), async () => {
        const refusal = await post('sign_out').then(() => null, (error) => error);
        if (refusal && refusal.status !== 401) replace(complaint, sayRefusal(refusal));
        else context.signedOut(say('signed_out'));
      }),
    },
  });
  return element('section', { class: 'card who' },
    avatar(context.me, 'large'),
    element('div', { class: 'item-text' },
      element('bdi', { class: 'who-name' }, nameOf(context.me)),
      element('bdi', { class: 'quiet' }, context.tenantName)),
    signOut,
    complaint);
}

function lookCard(context) {
  const themes = [['', say('theme_system')], ['light', say('theme_light')], ['dark', say('theme_dark')]];
  return element('section', { class: 'card settings' },
    element('div', { class: 'setting' },
      element('h3', {}, say('language')), languageChoice(context.languageChanged)),
    element('div', { class: 'setting' },
      element('h3', {}, say('theme')), segments(say('theme'), themes, preferences.theme(), preferences.setTheme)));
}

/** Each language under its own name. */
export function languageChoice(whenChosen) {
  return segments(say('language'), [['zh', '中文'], ['en', 'English']], preferences.language(), (value) => {
    preferences.setLanguage(value);
    whenChosen();
  });
}

async function loadSessions(place) {
  try {
    const { items } = await get('sessions');
    const own = (session) => (session.is_current ? 0 : 1);
    const sorted = [...items].sort((one, other) => own(one) - own(other) || other.seen_ms - one.seen_ms);
    replace(place, element('ul', { class: 'rows sessions' }, sorted.map((session) => sessionRow(session, place))));
  } catch (refusal) {
    replace(place, refusedPlace(refusal, () => loadSessions(place)));
  }
}

function sessionRow(session, place) {
  const device = deviceOf(session.user_agent);
  const end = button(say('session_end'), {
    class: 'small', 'aria-label': say('session_end_of', { device }), on: { click: () => endSession(end, session, place) },
  });
  return element('li', { class: 'row' },
    icon('device'),
    element('span', { class: 'item-text' },
      element('bdi', { class: 'item-title', title: session.user_agent }, device),
      element('span', { class: 'item-more' },
        `${say('session_seen', { time: recent(session.seen_ms) })} · ${say('session_since', { time: recent(session.created_ms) })}`)),
    session.is_current ? element('span', { class: 'mark done' }, say('session_current')) : end);
}

async function endSession(pressed, session, place) {
  await whileBusy(pressed, say('session_end'), async () => {
    const refusal = await remove(`sessions/${part(session.session_id)}`).then(() => null, (error) => error);
    if (refusal && refusal.status !== 404) {
      pressed.after(element('p', { class: 'complaint', role: 'alert' }, sayRefusal(refusal)));
      return;
    }
    announce(say('session_ended'));
    await loadSessions(place);
  });
}

/** Firefox on Linux; never more than that of what a browser says about itself. */
function deviceOf(user_agent = '') {
  const browser = BROWSERS.find(([sign]) => user_agent.includes(sign))?.[1];
  const system = SYSTEMS.find(([sign]) => user_agent.includes(sign))?.[1];
  if (browser && system) return say('device_on', { browser, system });
  return browser || system || say('unknown_device');
}

// SPDX-License-Identifier: Apache-2.0
// Signing in: by a password, by a one-time link, or in the demo as anybody.
import { get, post } from '/web/api.js';
import { button, element, replace } from '/web/dom.js';
import { say, sayRefusal } from '/web/words.js';
import { nameOf } from '/web/format.js';
import { labelled, openDialog, whileBusy } from '/web/dialog.js';
import { languageChoice } from '/web/account.js';
import { personLine } from '/web/person.js';

/** { root, heading }: whenDone after signing in. why: a sentence to begin with; linkToken: of an address #/link/…. */
export function signInView({ why, linkToken, whenDone, whenLanguage }) {
  const heading = element('h1', { tabindex: '-1' }, say(linkToken ? 'link_title' : 'sign_in_title'));
  const demo = element('div', { class: 'sign-in-demo' });
  const form = linkToken ? linkForm(linkToken, whenDone) : passwordForm(whenDone);
  showDemo(demo, whenDone);
  return {
    heading,
    root: element('main', { class: 'sign-in', id: 'main' },
      element('div', { class: 'sign-in-card' },
        element('div', { class: 'brand-mark', 'aria-hidden': 'true' }),
        heading,
        element('p', { class: 'quiet' }, say(linkToken ? 'link_more' : 'sign_in_more')),
        why && element('p', { class: 'note', role: 'status' }, why),
        form,
        demo),
      element('div', { class: 'sign-in-foot' }, languageChoice(whenLanguage))),
  };
}

function passwordForm(whenDone) {
  const user = element('input', { class: 'input', type: 'text', autocomplete: 'username', autocapitalize: 'off', spellcheck: 'false', required: true });
  const password = element('input', { class: 'input', type: 'password', autocomplete: 'current-password', required: true });
  return makeForm([labelled(say('user_id'), user), labelled(say('password'), password)], 'sign_in_refused', whenDone, () => {
    const body = { user_id: user.value.trim(), password: password.value };
    return body.user_id && body.password ? body : null;
  }, element('p', { class: 'hint' }, say('sign_in_help')));
}

function linkForm(token, whenDone) {
  return makeForm([], 'link_refused', whenDone, () => ({ link: token }));
}

function makeForm(fields, refusedWords, whenDone, body, help) {
  const complaint = element('p', { class: 'complaint', role: 'alert' });
  const submit = button(say('sign_in'), { class: 'primary wide', type: 'submit' });
  const form = element('form', { class: 'form', novalidate: true }, fields, complaint, submit, help);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    const asked = body();
    if (!asked) {
      replace(complaint, say('sign_in_empty'));
      return;
    }
    await whileBusy(submit, say('signing_in'), async () => {
      const refusal = await post('sign_in', asked).then(() => null, (error) => error);
      if (refusal) replace(complaint, refusal.status === 403 ? say(refusedWords) : sayRefusal(refusal));
      else whenDone();
    });
  });
  return form;
}

async function showDemo(place, whenDone) {
  const { is_demo, demo_users } = await get('sign_in').catch(() => ({ is_demo: false }));
  if (!is_demo || demo_users.length === 0) return;
  replace(place,
    element('h2', {}, element('span', { class: 'demo-mark' }, say('demo_mark')), say('or_act_as')),
    peopleButtons(demo_users, '', whenDone));
}

function peopleButtons(persons, current, whenDone) {
  const complaint = element('p', { class: 'complaint', role: 'alert' });
  const act = async (person) => {
    const refusal = await post('act_as', { user_id: person.user_id }).then(() => null, (error) => error);
    if (refusal) replace(complaint, sayRefusal(refusal));
    else whenDone(person);
  };
  return element('div', {},
    element('ul', { class: 'faces' }, persons.map((person) => element('li', {}, element('button', {
      type: 'button', class: 'offer', 'aria-current': person.user_id === current && 'true', on: { click: () => act(person) },
    }, personLine(person), person.user_id === current && element('span', { class: 'mark plain' }, say('this_is_you')))))),
    complaint);
}

/** The strip that says as whom one acts in the demo, with the way to be another. */
export function demoStrip(context, whenDone) {
  const open = () => {
    const { body, close } = openDialog(say('switch_title'), { more: say('switch_more') });
    body.append(peopleButtons(context.demoUsers, context.me.user_id, (person) => {
      close();
      whenDone(person);
    }));
  };
  return element('div', { class: 'demo-strip', role: 'region', 'aria-label': say('demo_mark') },
    element('span', { class: 'demo-mark' }, say('demo_mark')),
    element('span', { class: 'demo-words' }, say('acting_as', { name: nameOf(context.me) })),
    button(say('switch_person'), { icon: 'swap', class: 'small', on: { click: open } }));
}

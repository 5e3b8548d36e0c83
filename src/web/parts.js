// SPDX-License-Identifier: Apache-2.0
// What several views show: an empty place, a refusal, something that is still loading, a choice of a few.
import { button, element, icon, newId, unseen } from '/web/dom.js';
import { say, sayRefusal } from '/web/words.js';

/** Nothing is here, and why, and what to do about it. */
export function emptyPlace(name, title, more, ...children) {
  return element('div', { class: 'empty' },
    element('div', { class: 'empty-mark' }, icon(name)),
    element('p', { class: 'empty-title' }, title),
    more && element('p', { class: 'empty-more' }, more),
    children);
}

export function refusedPlace(refusal, retry) {
  return element('div', { class: 'empty', role: 'alert' },
    element('div', { class: 'empty-mark' }, icon(refusal.status === 0 ? 'offline' : 'warning')),
    element('p', { class: 'empty-title' }, sayRefusal(refusal)),
    retry && button(say('try_again'), { icon: 'retry', on: { click: retry } }));
}

/** Grey lines in the place of what is to come. kind: list, page, talk. */
export function skeleton(kind, lines = 5) {
  return element('div', { class: `skeleton ${kind}`, 'aria-busy': 'true' },
    unseen(say('loading')),
    Array.from({ length: lines }, () => element('div', { class: 'bone', 'aria-hidden': 'true' })));
}

/** Radio buttons side by side: choices are [value, words]. */
export function segments(legend, choices, chosen, whenChosen) {
  const name = newId('choice');
  return element('fieldset', { class: 'segments' },
    element('legend', { class: 'unseen' }, legend),
    choices.map(([value, words]) => element('label', { class: 'segment' },
      element('input', {
        type: 'radio', name, value, checked: value === chosen, on: { change: () => whenChosen(value) },
      }),
      element('span', {}, words))));
}

export function searchField(words, whenTyped, waitMs = 220) {
  let timer = 0;
  const input = element('input', {
    type: 'search', class: 'input', placeholder: words, 'aria-label': words, autocomplete: 'off', spellcheck: 'false',
    on: {
      input: () => {
        clearTimeout(timer);
        timer = setTimeout(() => whenTyped(input.value.trim()), waitMs);
      },
    },
  });
  return element('div', { class: 'search' }, icon('search'), input);
}

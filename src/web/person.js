// SPDX-License-Identifier: Apache-2.0
// How a person looks: a coloured square with a letter or two, beside the name.
import { element } from '/web/dom.js';
import { nameOf } from '/web/format.js';

const COLOURS = 8;

function colourOf(id) {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)) % 65521;
  return sum % COLOURS;
}

/** 张伟 → 伟, Zhang Wei → ZW */
function initials(name) {
  const words = name.trim().split(/\s+/);
  const first = [...(words[0] || '?')];
  if (!/^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}]/u.test(words[0] || '')) {
    return first.length > 1 ? first.slice(-1).join('') : first[0];
  }
  const last = words.length > 1 ? [...words.at(-1)][0] : '';
  return (first[0] + last).toUpperCase();
}

export function avatar(person, kind = '') {
  const colour = colourOf(person.user_id || person.app_id || person.name || '');
  return element('span', { class: `avatar colour-${colour} ${kind}`.trim(), 'aria-hidden': 'true' }, initials(nameOf(person)));
}

/** A square for a chat, by its id's colour. */
export function chatAvatar(chat, name) {
  return element('span', { class: `avatar colour-${colourOf(chat.chat_id)}`, 'aria-hidden': 'true' }, initials(name));
}

/** Face and name on one line. */
export function personLine(person, ...more) {
  return element('span', { class: 'person' }, avatar(person, 'small'), element('bdi', { class: 'name' }, nameOf(person)), more);
}

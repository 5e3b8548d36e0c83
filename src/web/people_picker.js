// SPDX-License-Identifier: Apache-2.0
// Picking people by name: a search field, what it finds, and the chosen ones as chips. A chip is a button that takes its person
// away; Backspace in the empty field takes the last one.
import { get } from '/web/api.js';
import { announce, element, icon, newId, replace, unseen } from '/web/dom.js';
import { say, sayRefusal } from '/web/words.js';
import { nameOf } from '/web/format.js';
import { personLine } from '/web/person.js';

const TYPED_WAIT_MS = 200;

/** { root, chosen }: without are user_ids that aren't offered, suggested are persons who are offered before anything is typed. */
export function makePeoplePicker({ most, without = [], suggested = [], whenChanged = () => {} }) {
  const chosen = new Map();
  const left = new Set(without);
  const ids = { count: newId('count'), title: newId('offered') };
  const chips = element('ul', { class: 'chips', 'aria-label': say('chosen_people') });
  const count = element('p', { class: 'hint', id: ids.count });
  const title = element('p', { class: 'offered-title', id: ids.title });
  const offered = element('ul', { class: 'offered', 'aria-labelledby': ids.title });
  const field = element('input', {
    type: 'text', class: 'input', placeholder: say('search_people'), 'aria-label': say('search_people'), autocomplete: 'off',
    autofocus: true, 'aria-describedby': ids.count, spellcheck: 'false',
  });
  let timer = 0;
  let asked = 0;
  let shown = { words: say('suggested'), people: dedupe(suggested) };

  function show() {
    replace(chips, [...chosen.values()].map(chip));
    replace(count, say('chosen_n', { n: chosen.size, most }));
    const open = offers();
    title.textContent = open.length > 0 || shown.isAnswer ? shown.words : '';
    replace(offered, open.map(offer));
  }

  function offers() {
    return shown.people.filter((person) => !left.has(person.user_id));
  }

  function chip(person) {
    return element('li', {}, element('button', {
      type: 'button', class: 'chip', on: { click: () => { take(person); field.focus(); } },
    }, unseen(say('remove')), ' ', personLine(person), icon('close')));
  }

  function offer(person) {
    const isChosen = chosen.has(person.user_id);
    return element('li', {}, element('button', {
      type: 'button', class: 'offer', 'aria-pressed': String(isChosen), on: { click: (event) => toggle(person, event.currentTarget) },
    }, unseen(say('add')), ' ', personLine(person, person.en_name && person.name !== nameOf(person) && element('bdi', { class: 'other-name' }, person.name)),
    icon(isChosen ? 'check' : 'plus')));
  }

  function toggle(person, pressed) {
    const place = [...offered.querySelectorAll('button')].indexOf(pressed);
    if (chosen.has(person.user_id)) take(person);
    else add(person);
    offered.querySelectorAll('button')[place]?.focus();
  }

  function add(person) {
    if (chosen.size >= most) {
      announce(say('at_most_n', { n: most }));
      count.classList.add('is-full');
      return;
    }
    chosen.set(person.user_id, person);
    announce(say('added_person', { name: nameOf(person) }));
    show();
    whenChanged();
  }

  function take(person) {
    chosen.delete(person.user_id);
    count.classList.remove('is-full');
    announce(say('removed_person', { name: nameOf(person) }));
    show();
    whenChanged();
  }

  async function search() {
    const words = field.value.trim();
    asked += 1;
    const turn = asked;
    if (words === '') {
      shown = { words: say('suggested'), people: dedupe(suggested) };
      show();
      return;
    }
    const answer = await get('users', { search: words }).catch((refusal) => ({ items: [], refusal }));
    if (turn !== asked) return;
    shown = { words: told(answer), people: answer.items, isAnswer: true };
    announce(shown.words);
    show();
  }

  /** Enter takes the first one that is found, and leaves the field ready for the next name. */
  function addFirst() {
    const first = offers().find((person) => !chosen.has(person.user_id));
    if (!first || field.value.trim() === '') return;
    add(first);
    field.value = '';
    search();
  }

  function told(answer) {
    const found = answer.items.filter((person) => !left.has(person.user_id));
    if (answer.refusal) return sayRefusal(answer.refusal);
    return found.length > 0 ? say('found_n', { n: found.length }) : say('no_person_found');
  }

  field.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(search, TYPED_WAIT_MS);
  });
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      if (!event.isComposing) addFirst();
    }
    if (event.key === 'Backspace' && field.value === '' && chosen.size > 0) take([...chosen.values()].at(-1));
    if (event.key === 'ArrowDown') offered.querySelector('button')?.focus();
  });
  offered.addEventListener('keydown', (event) => step(event, offered, field));
  show();
  return {
    root: element('div', { class: 'picker' }, chips, element('div', { class: 'search' }, icon('search'), field), count, title, offered),
    chosen: () => [...chosen.keys()],
  };
}

/** Up and down go through a list of buttons, and from the first one back to the field. */
function step(event, list, field) {
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!move) return;
  event.preventDefault();
  const buttons = [...list.querySelectorAll('button')];
  const place = buttons.indexOf(document.activeElement) + move;
  if (place < 0) field.focus();
  else buttons[place]?.focus();
}

function dedupe(people) {
  return [...new Map(people.map((person) => [person.user_id, person])).values()];
}
